import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../engine/api.ts';
import { memoryStore } from '../../../engine/index.ts';
import { compactionLimits, planCompaction } from '../../../engine/manifest/plan-compaction.ts';
import type { SegmentEntry } from '../../../engine/manifest/manifest.ts';
import {
  makeChange,
  makeQuery,
  makeRow,
  openTestDatabase,
  searchIds,
  upsert,
} from '../../support/engine-database.ts';

/** Runs `meanwhile` once, when the next segment is put. */
function interruptPut(): { store: ObjectStore; atNextPut: (meanwhile: () => Promise<void>) => void } {
  const inner = memoryStore();
  let pending: (() => Promise<void>) | null = null;
  const store: ObjectStore = {
    ...inner,
    put: async (key, bytes) => {
      await inner.put(key, bytes);
      const run = key.includes('/segments/') ? pending : null;
      if (run === null) return;
      pending = null;
      await run();
    },
  };
  return { store, atNextPut: (meanwhile) => (pending = meanwhile) };
}

async function eightPairs(database: ReturnType<typeof openTestDatabase>['database']): Promise<void> {
  for (let i = 0; i < 8; i++) {
    const text = `word${i} shared`;
    await upsert(database, [
      makeRow(`a${i}`, [1, i], { text, metadata: { n: i, kind: 'a', tags: [`t${i}`] } }),
      makeRow(`b${i}`, [i, 1], { text: null }),
    ]);
  }
}

describe('compaction', () => {
  it('merges small segments into one that answers the same', async () => {
    const { database } = openTestDatabase({ metric: 'DOT_PRODUCT' });
    await eightPairs(database);
    await database.commit(makeChange({ removeIds: ['a3', 'b4'] }));
    const queries = [
      makeQuery({ values: [1, 2], topK: 100, explain: true }),
      makeQuery({ text: 'shared word5 word3', topK: 100, explain: true }),
      makeQuery({ values: [1, 1], text: 'shared', filter: { field: 'n', number: { gte: 2 } } }),
      makeQuery({ values: [1, 1], filter: { field: 'tags', list: { containsAny: ['t1', 't7'] } } }),
    ];
    const ask = () => Promise.all(queries.map(async (query) => (await database.search(query)).hits));
    const before = await ask();

    const merged = await database.compact();

    expect(merged).toBe(8);
    expect(await ask()).toEqual(before);
    const { stats } = await database.search(queries[0]!);
    expect(stats).toMatchObject({ segments: 1, candidates: 14 });
    expect(await database.compact()).toBe(0);
  });

  it('keeps the removals that came while it merged', async () => {
    const { store, atNextPut } = interruptPut();
    const { database } = openTestDatabase({}, { store });
    await eightPairs(database);
    atNextPut(async () => {
      await database.commit(makeChange({ removeIds: ['a1', 'b7'] }));
    });

    expect(await database.compact()).toBe(8);

    expect((await database.readRows(['a1', 'b7', 'a2'])).map(({ id }) => id)).toEqual(['a2']);
    const { hits, stats } = await database.search(makeQuery({ values: [1, 0], topK: 100 }));
    expect([hits.length, stats.segments]).toEqual([14, 1]);
  });

  it('keeps the replacements that came while it merged', async () => {
    const { store, atNextPut } = interruptPut();
    const { database } = openTestDatabase({ metric: 'DOT_PRODUCT' }, { store });
    await eightPairs(database);
    atNextPut(async () => {
      await upsert(database, [makeRow('a1', [99, 0])]);
    });

    await database.compact();

    expect(await database.readRows(['a1'])).toMatchObject([{ values: Float32Array.of(99, 0) }]);
    expect((await database.search(makeQuery({ values: [1, 0], topK: 100 }))).hits).toHaveLength(16);
  });

  it('does not lose a row that came back while it merged', async () => {
    const { store, atNextPut } = interruptPut();
    const { database } = openTestDatabase({}, { store });
    const rows = [makeRow('back', [1, 0]), makeRow('stays', [0, 1])];
    const segment = await database.writeSegment(rows);
    await database.commit(makeChange({ add: [segment] }));
    await database.commit(makeChange({ removeIds: ['back'] }));
    for (let i = 0; i < 7; i++) await upsert(database, [makeRow(`x${i}`, [1, 1])]);
    atNextPut(async () => {
      await database.commit(makeChange({ add: [segment] }));
    });

    await database.compact();

    expect((await searchIds(database, { values: [1, 0], topK: 20 })).sort()).toEqual(
      ['back', 'stays', ...Array.from({ length: 7 }, (_, i) => `x${i}`)].sort(),
    );
  });

  it('gives up a merge that another compaction did first', async () => {
    const { store, atNextPut } = interruptPut();
    const { database } = openTestDatabase({}, { store });
    await eightPairs(database);
    atNextPut(async () => {
      await database.compact();
      await upsert(database, [makeRow('a1', [7, 7])]);
    });

    await database.compact();

    expect((await database.search(makeQuery({ values: [1, 0], topK: 100 }))).hits).toHaveLength(16);
  });

  it('forgets segments without live rows', async () => {
    const { database } = openTestDatabase();
    await upsert(database, [makeRow('a', [1, 0])]);

    const { vectorCount } = await database.commit(makeChange({ removeIds: ['a'] }));

    const { stats } = await database.search(makeQuery({ values: [1, 0] }));
    expect([vectorCount, stats.segments]).toEqual([0, 0]);
  });
});

describe('compaction plan', () => {
  const plan = (segments: SegmentEntry[]) => planCompaction(segments, compactionLimits());
  const entry = (key: string, live: number, rest: object = {}) => ({
    key,
    rows: live,
    live,
    sizeBytes: live * 100,
    tombstones: null,
    ...rest,
  });
  const many = (count: number, live: number) =>
    Array.from({ length: count }, (_, i) => entry(`${live}-${i}`, live));

  it('waits until a tier is full', () => {
    expect(plan([...many(7, 1), ...many(7, 10), ...many(7, 100)])).toBeNull();
    expect(plan([...many(7, 1), ...many(8, 10)])).toHaveLength(8);
  });

  it('takes the smallest tier first, and no more than a merge can hold', () => {
    expect(plan([...many(9, 100), ...many(100, 3)])?.map(({ live }) => live)).toEqual(new Array(64).fill(3));
    const large = many(20, 100_000).map((one) => ({ ...one, sizeBytes: 150 << 20 }));
    expect(plan(large)).toBeNull();
  });

  it('keeps fewer large segments than small ones', () => {
    expect(plan(many(4, 20_000))).toHaveLength(4);
    expect(plan(many(3, 20_000))).toBeNull();
    expect(plan(many(7, 600))).toBeNull();
  });

  it('rewrites a segment that is mostly dead', () => {
    expect(plan([entry('a', 100, { rows: 1000 })])).toHaveLength(1);
    expect(plan([entry('a', 600, { rows: 1000 })])).toBeNull();
  });

  it('is not kept from small segments by a large one of their tier', () => {
    const small = many(10, 50_000).map((one) => ({ ...one, sizeBytes: 10 << 20 }));
    const large = entry('large', 50_000, { sizeBytes: 511 << 20 });

    expect(plan([large, ...small])).toEqual(small);
  });

  it('keeps to the limits that it is given', () => {
    const segments = many(40, 3);

    expect(planCompaction(segments, compactionLimits({ maxSegments: 10 }))).toHaveLength(10);
    expect(planCompaction(segments, compactionLimits({ maxBytes: 9 * 300 }))).toHaveLength(9);
    expect(planCompaction(segments, compactionLimits({ maxBytes: 7 * 300 }))).toBeNull();
    for (const [name, value] of [
      ['maxBytes', 0],
      ['maxSegments', 7],
      ['maxSegments', NaN],
    ] as const) {
      expect(() => compactionLimits({ [name]: value })).toThrow(`compaction.${name}`);
    }
  });
});
