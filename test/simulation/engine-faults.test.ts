import { describe, expect, it } from 'vitest';
import type { VectorDatabase } from '../../engine/api.ts';
import { isVectorDbError, memoryPointer, memoryStore } from '../../engine/index.ts';
import { makeChange, makeQuery, makeRow, openTestDatabase, upsert } from '../support/engine-database.ts';
import { faultyStorage, virtualClock, type Fault } from '../support/faulty-storage.ts';

const GROUPS = ['g0', 'g1'];
const GROUP_SIZE = 3;

/** One write of all rows of a group: the rows carry the number of the write. A further row is never replaced. */
async function writeGroup(database: VectorDatabase, group: string, stamp: number): Promise<void> {
  const rows = Array.from({ length: GROUP_SIZE }, (_, i) =>
    makeRow(`${group}-${i}`, [1, stamp], { metadata: { group, stamp }, address: `${group}-${i}@${stamp}` }),
  );
  const ballast = makeRow(ballastId(group, stamp), [0, 1]);
  const add = [
    await database.writeSegment([...rows.slice(0, 1), ballast]),
    await database.writeSegment(rows.slice(1)),
  ];
  await database.commit(makeChange({ add }));
}

function ballastId(group: string, stamp: number): string {
  return `ballast-${group}-${stamp}`;
}

async function deleteGroup(database: VectorDatabase, group: string): Promise<void> {
  const removeIds = Array.from({ length: GROUP_SIZE }, (_, i) => `${group}-${i}`);
  await database.commit(makeChange({ removeIds }));
}

/** Runs an operation until it succeeds. */
async function persist(run: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await run();
      return;
    } catch (error) {
      if (!isVectorDbError(error, 'Unavailable')) throw error;
    }
  }
}

describe('storage that fails at one step', () => {
  const scenario = async (database: VectorDatabase): Promise<void> => {
    for (let i = 0; i < 9; i++) await persist(() => writeGroup(database, GROUPS[i % 2]!, i));
    for (let i = 0; i < 9; i++) {
      await persist(() => upsert(database, [makeRow(`single-${i}`, [1, i], { address: `x@${i}` })]));
    }
    await persist(() => deleteGroup(database, 'g0'));
    await persist(() => database.compact());
    await persist(() => database.sweepOrphans(0));
  };

  const countSteps = async (): Promise<number> => {
    let steps = 0;
    await runWithFault(-1, 'before', () => (steps += 1));
    return steps;
  };

  const runWithFault = async (at: number, fault: Fault, onStep: () => void): Promise<void> => {
    const base = { store: memoryStore(() => clock.now()), pointer: memoryPointer() };
    const clock = virtualClock();
    let step = 0;
    const faulty = faultyStorage(base.store, base.pointer, () => {
      onStep();
      clock.advance(1);
      return step++ === at ? fault : 'none';
    });
    const { database } = openTestDatabase({ metric: 'DOT_PRODUCT' }, { ...faulty, clock });

    await scenario(database);

    // A fresh reader has no cache: what it sees is what is stored.
    const fresh = openTestDatabase({ metric: 'DOT_PRODUCT' }, base).database;
    const { hits } = await fresh.search(makeQuery({ values: [0, 1], topK: 100 }));
    const expected = [
      ...Array.from({ length: 9 }, (_, i) => ({ id: `single-${i}`, score: i })),
      ...Array.from({ length: GROUP_SIZE }, (_, i) => ({ id: `g1-${i}`, score: 7 })),
      ...Array.from({ length: 9 }, (_, i) => ({ id: ballastId(GROUPS[i % 2]!, i), score: 1 })),
    ].sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    expect(hits.map(({ id, score }) => ({ id, score }))).toEqual(expected);
    expect(base.pointer.current()).toMatchObject({ vectorCount: 21, fileCount: 0 });
  };

  it('ends in the same state, whichever step it was', async () => {
    const steps = await countSteps();
    expect(steps).toBeGreaterThan(100);

    for (let at = 0; at < steps; at++) {
      for (const fault of ['before', 'after'] as const) await runWithFault(at, fault, () => undefined);
    }
  });
});
