import { describe, expect, it } from 'vitest';
import type { PointerUpdate } from '../../../engine/api.ts';
import { createCache, memoryPointer, memoryStore, VectorDbError } from '../../../engine/index.ts';
import {
  kernels,
  makeChange,
  makeRow,
  openTestDatabase,
  PREFIX,
  searchIds,
} from '../../support/engine-database.ts';

describe('commits that overlap', () => {
  it('share one manifest, in the order of their arrival', async () => {
    const { database, pointer } = openTestDatabase({ metric: 'DOT_PRODUCT' });
    const segments = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        database.writeSegment([makeRow('a', [1, i], { address: `a@${i}` }), makeRow(`b${i}`, [i, 1])]),
      ),
    );

    const commits = await Promise.all(
      segments.map((segment) => database.commit(makeChange({ add: [segment] }))),
    );

    expect(commits.map(({ removed }) => removed.map(({ address }) => address))).toEqual([
      [],
      ...Array.from({ length: 9 }, (_, i) => [`a@${i}`]),
    ]);
    expect(new Set(commits.map(({ version }) => version)).size).toBeLessThan(4);
    expect((await database.readRows(['a']))[0]?.address).toBe('a@9');
    expect((pointer as ReturnType<typeof memoryPointer>).current()?.vectorCount).toBe(11);
  });

  it('are refused alone', async () => {
    const { database } = openTestDatabase();
    const write = (id: string, n: number | string) =>
      database.writeSegment([makeRow(id, [1, 0], { metadata: { n } })]);
    await database.commit(makeChange({ add: [await write('first', 1)] }));
    const [good, wrong, late] = [
      await write('good', 2),
      await write('wrong', 'text'),
      await write('late', 3),
    ];
    const gone = { ...good, key: `${PREFIX}segments/${'0'.repeat(64)}.seg` };

    const outcomes = await Promise.allSettled(
      [[good], [wrong], [gone], [late]].map((add) => database.commit(makeChange({ add }))),
    );

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(
      outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : [])),
    ).toMatchObject([
      { kind: 'InvalidInput', info: { field: 'metadata.n' } },
      { kind: 'NotFound', info: { field: 'add' } },
    ]);
    expect((await searchIds(database, { values: [1, 0] })).sort()).toEqual(['first', 'good', 'late']);
  });

  it('have the outcome of an attempt that the storage carries out late', async () => {
    const { database, ...late } = openLate();
    const write = async (fileVersion: number) =>
      database.writeSegment([
        makeRow('a', [1, 0], { fileId: 'f', fileVersion, address: `a@${fileVersion}` }),
      ]);
    await database.commit(makeChange({ add: [await write(5)] }));
    const add = [await write(3)];
    late.delayNext();

    const removal = database.commit(makeChange({ removeIds: ['a'] }));
    const older = database.commit(makeChange({ add, removeFiles: [{ fileId: 'f', beforeVersion: 3 }] }));
    const outcomes = await Promise.allSettled([removal, older]);
    await late.carryOut();

    const isMade = (await database.readRows(['a']))[0]?.address === 'a@3';
    expect(outcomes.map(({ status }) => status)).toEqual(
      isMade ? ['fulfilled', 'fulfilled'] : ['rejected', 'rejected'],
    );
  });
});

/** Opens a database whose pointer can lose the answer of a move and make it later; the removal then fails to read once. */
function openLate() {
  const pointer = memoryPointer();
  const store = memoryStore();
  let isDelayed = false;
  let kept: (() => Promise<boolean>) | null = null;
  let isReadingRefused = false;
  const { database } = openTestDatabase(
    {},
    {
      cache: createCache({ kernels, objectBytes: 600, vectorBytes: 0 }),
      store: {
        ...store,
        getTail: (key, length) => {
          if (!isReadingRefused) return store.getTail(key, length);
          isReadingRefused = false;
          return Promise.reject(new VectorDbError('Unavailable', 'Injected: the store is away.'));
        },
      },
      pointer: {
        read: () => pointer.read(),
        compareAndSet: (expected, next: PointerUpdate) => {
          if (!isDelayed) return pointer.compareAndSet(expected, next);
          isDelayed = false;
          isReadingRefused = true;
          kept = () => pointer.compareAndSet(expected, next);
          return Promise.reject(new VectorDbError('Unavailable', 'Injected: no answer.'));
        },
      },
    },
  );
  return {
    database,
    delayNext: () => {
      isDelayed = true;
    },
    carryOut: async () => {
      isReadingRefused = false;
      await kept?.();
    },
  };
}
