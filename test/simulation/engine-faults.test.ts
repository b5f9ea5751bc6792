import { describe, expect, it } from 'vitest';
import type { VectorDatabase } from '../../engine/api.ts';
import { isVectorDbError, memoryPointer, memoryStore, seededRandom } from '../../engine/index.ts';
import { makeChange, makeQuery, makeRow, openTestDatabase, upsert } from '../support/engine-database.ts';
import { faultyStorage, virtualClock, type Fault } from '../support/faulty-storage.ts';

const GROUPS = ['g0', 'g1', 'g2', 'g3', 'g4', 'g5'];
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

/** Returns the stamp of every group that is visible; fails when a group is visible in part or in two versions. */
async function readGroups(database: VectorDatabase): Promise<Map<string, number>> {
  const { hits } = await database.search(makeQuery({ values: [1, 0], topK: 1000 }));
  expect(new Set(hits.map(({ id }) => id)).size).toBe(hits.length);
  const stamps = new Map<string, number[]>();
  for (const { id, address } of hits) {
    if (id.startsWith('ballast')) continue;
    const group = id.split('-')[0]!;
    stamps.set(group, [...(stamps.get(group) ?? []), Number(address.split('@')[1])]);
  }
  return new Map(
    Array.from(stamps, ([group, seen]) => {
      expect(seen, `rows of ${group}`).toEqual(new Array<number>(GROUP_SIZE).fill(seen[0]!));
      return [group, seen[0]!];
    }),
  );
}

/** Runs an operation that may fail, and again until it succeeds; false when the writer crashed instead. */
async function persist(run: () => Promise<unknown>, hasCrashed: () => boolean): Promise<boolean> {
  for (;;) {
    try {
      await run();
      return true;
    } catch (error) {
      if (!isVectorDbError(error, 'Unavailable')) throw error;
      if (hasCrashed()) return false;
    }
  }
}

describe('storage that fails at one step', () => {
  const scenario = async (database: VectorDatabase): Promise<void> => {
    for (let i = 0; i < 9; i++)
      await persist(
        () => writeGroup(database, GROUPS[i % 2]!, i),
        () => false,
      );
    for (let i = 0; i < 9; i++) {
      await persist(
        () => upsert(database, [makeRow(`single-${i}`, [1, i], { address: `x@${i}` })]),
        () => false,
      );
    }
    await persist(
      () => deleteGroup(database, 'g0'),
      () => false,
    );
    await persist(
      () => database.compact(),
      () => false,
    );
    await persist(
      () => database.sweepOrphans(0),
      () => false,
    );
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

describe.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'writers, compactors and sweepers over failing storage, seed %i',
  (seed) => {
    it('never loses an acknowledged write, and never shows a part of one', async () => {
      const random = seededRandom(seed);
      const clock = virtualClock();
      const base = { store: memoryStore(() => clock.now()), pointer: memoryPointer() };
      const decide = (): Fault => {
        clock.advance(1);
        const dice = random();
        return dice < 0.02 ? 'before' : dice < 0.04 ? 'after' : 'none';
      };
      const connect = (): VectorDatabase => {
        const faulty = faultyStorage(base.store, base.pointer, decide);
        return openTestDatabase(
          { metric: 'DOT_PRODUCT' },
          { ...faulty, clock, seed: Math.floor(random() * 1e9) },
        ).database;
      };
      /** What each group may show: one stamp when the last write was acknowledged, more when a writer crashed. */
      const possible = new Map<string, Set<number | null>>(GROUPS.map((group) => [group, new Set([null])]));
      const acknowledged: string[] = [];
      let isDone = false;

      const writer = async (group: string): Promise<void> => {
        let database = connect();
        for (let stamp = 1; stamp <= 25; stamp++) {
          const isDelete = random() < 0.2;
          const state = isDelete ? null : stamp;
          possible.get(group)!.add(state);
          const run = (): Promise<void> =>
            isDelete ? deleteGroup(database, group) : writeGroup(database, group, stamp);
          const isAcknowledged = await persist(run, () => random() < 0.3);
          if (isAcknowledged) possible.set(group, new Set([state]));
          else database = connect();
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const background = async (run: (database: VectorDatabase) => Promise<unknown>): Promise<void> => {
        const database = connect();
        while (!isDone) {
          await run(database).catch((error: unknown) => {
            if (!isVectorDbError(error, 'Unavailable')) throw error;
          });
          await clock.sleep(random() * 50);
        }
      };

      const others = Promise.all([
        background((database) => database.compact()),
        background((database) => database.compact()),
        background((database) => database.sweepOrphans(5_000)),
        background(readGroups),
      ]);
      await Promise.all(GROUPS.map(writer));
      isDone = true;
      await others;

      const reader = openTestDatabase({ metric: 'DOT_PRODUCT' }, base).database;
      const visible = await readGroups(reader);
      for (const [group, states] of possible) {
        expect([...states], `state of ${group}`).toContain(visible.get(group) ?? null);
      }
      const kept = await reader.readRows(acknowledged);
      expect(kept.map(({ id }) => id)).toEqual(acknowledged);
      const { hits } = await reader.search(makeQuery({ values: [1, 0], topK: 1000 }));
      expect(base.pointer.current()!.vectorCount).toBe(hits.length);
    });
  },
);
