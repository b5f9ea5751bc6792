import { describe, expect, it } from 'vitest';
import type { Metric, SearchQuery } from '../../../engine/api.ts';
import {
  countingStore,
  createCache,
  fileStore,
  loadKernels,
  memoryPointer,
  memoryStore,
} from '../../../engine/index.ts';
import {
  kernels,
  makeChange,
  makeQuery,
  makeRow,
  openTestDatabase,
  searchIds,
  upsert,
} from '../../support/engine-database.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { PI, cos, sin, SQRT1_2 } = Math;

describe('scores', () => {
  it.each<[Metric, number, number]>([
    ['COSINE', SQRT1_2, 1 - SQRT1_2],
    ['DOT_PRODUCT', 6, -6],
    ['EUCLIDEAN', 1 / 3, 2],
  ])('of %s are higher for better hits, beside the raw distance', async (metric, score, distance) => {
    const { database } = openTestDatabase({ metric });
    await upsert(database, [makeRow('a', [2, 2])]);

    const { hits } = await database.search(
      makeQuery({ values: [metric === 'EUCLIDEAN' ? 4 : 3, metric === 'EUCLIDEAN' ? 2 : 0] }),
    );

    expect(hits).toMatchObject([{ id: 'a', address: 'at-a', fileId: null, stages: null }]);
    expect(hits[0]!.score).toBeCloseTo(score, 6);
    expect(hits[0]!.distance).toBeCloseTo(distance, 6);
  });

  it('order equals by id, across segments too', async () => {
    const { database } = openTestDatabase();
    for (const id of ['d', 'b', 'e', 'a', 'c'])
      await upsert(database, [makeRow(id, [1, 0]), makeRow(`${id}2`, [1, 0])]);

    expect(await searchIds(database, { values: [1, 0], topK: 4 })).toEqual(['a', 'a2', 'b', 'b2']);
  });

  it('below minScore are left out', async () => {
    const { database } = openTestDatabase();
    await upsert(
      database,
      Array.from({ length: 10 }, (_, i) => makeRow(`r${i}`, [cos((i * PI) / 18), sin((i * PI) / 18)])),
    );

    expect(await searchIds(database, { values: [1, 0], minScore: cos(PI / 7) })).toEqual(['r0', 'r1', 'r2']);
  });

  it('rank a rare word above a frequent one, and a short text above a long one', async () => {
    const { database } = openTestDatabase();
    await upsert(database, [
      makeRow('long', [1, 0], { text: 'common rare and many other words that make it longer' }),
      makeRow('short', [1, 0], { text: 'common rare' }),
      makeRow('frequent', [1, 0], { text: 'common common' }),
      makeRow('none', [1, 0], { text: 'nothing' }),
    ]);

    expect(await searchIds(database, { text: 'RARE common' })).toEqual(['short', 'long', 'frequent']);
  });
});

describe('hybrid search', () => {
  async function open() {
    const { database } = openTestDatabase();
    await upsert(database, [
      makeRow('both', [0.9, 0.1], { text: 'fox jumps' }),
      makeRow('near', [1, 0], { text: 'nothing' }),
      makeRow('word', [0, 1], { text: 'fox' }),
    ]);
    return database;
  }

  it('explains each stage', async () => {
    const database = await open();

    const { hits } = await database.search(makeQuery({ values: [1, 0], text: 'fox absent', explain: true }));

    expect(hits.map(({ id }) => id)).toEqual(['word', 'both', 'near']);
    expect(hits[1]!.stages).toMatchObject([
      { stage: 'vector', rank: 2, detail: expect.stringContaining('distance') as string },
      { stage: 'keyword', rank: 2, detail: 'words: fox' },
      {
        stage: 'fusion',
        rank: 2,
        score: 1 / 62 + 1 / 62,
        detail: 'reciprocal ranks: 1/(60 + 2) + 1/(60 + 2)',
      },
    ]);
    expect(hits[2]!.stages![1]).toEqual({
      stage: 'keyword',
      rank: null,
      score: null,
      detail: 'no word of the query',
    });
  });

  it('weighs scaled scores', async () => {
    const database = await open();
    const search = (vectorWeight: number) =>
      searchIds(database, {
        values: [1, 0],
        text: 'fox',
        fusion: { method: 'WEIGHTED', k: 60, vectorWeight },
      });

    expect(await search(1)).toEqual(['near', 'both', 'word']);
    expect(await search(0)).toEqual(['word', 'both', 'near']);
  });

  it('answers with one list when the other is empty', async () => {
    const database = await open();

    expect(await searchIds(database, { values: [1, 0], text: 'absent' })).toEqual(['near', 'both', 'word']);
    expect(await searchIds(database, { text: '?!' })).toEqual([]);
  });
});

describe('a query', () => {
  const valid = makeQuery({ values: [1, 0] });

  it.each<[string, Partial<SearchQuery>, object]>([
    ['without a vector', { values: null }, { kind: 'InvalidInput', info: { field: 'values' } }],
    [
      'of another dimension',
      { values: Float32Array.of(1) },
      { kind: 'InvalidInput', info: { code: 'DIMENSION_MISMATCH', actual: 1, limit: 2 } },
    ],
    ['with NaN', { values: Float32Array.of(1, NaN) }, { kind: 'InvalidInput', info: { field: 'values[1]' } }],
    ['of zeros under cosine', { values: Float32Array.of(0, 0) }, { kind: 'InvalidInput' }],
    ['without words', { mode: 'KEYWORD', text: '  ' }, { kind: 'InvalidInput', info: { field: 'text' } }],
    ['hybrid without text', { mode: 'HYBRID' }, { kind: 'InvalidInput', info: { field: 'text' } }],
    ['for 0 hits', { topK: 0 }, { kind: 'InvalidInput', info: { field: 'topK' } }],
    ['for half a hit', { topK: 1.5 }, { kind: 'InvalidInput', info: { field: 'topK' } }],
    ['for too many hits', { topK: 10_001 }, { kind: 'LimitExceeded', info: { limit: 10_000 } }],
    [
      'with a malformed version',
      { minVersion: '7' },
      { kind: 'InvalidInput', info: { field: 'minVersion' } },
    ],
    ['for a version to come', { minVersion: '000000000009' }, { kind: 'Unavailable' }],
    ['with a NaN score', { minScore: NaN }, { kind: 'InvalidInput', info: { field: 'minScore' } }],
    ['with too much effort', { effort: 2 }, { kind: 'InvalidInput', info: { field: 'effort' } }],
    [
      'with a negative k',
      { fusion: { method: 'RRF', k: -1, vectorWeight: 0.5 } },
      { kind: 'InvalidInput', info: { field: 'fusion.k' } },
    ],
    [
      'with a weight above 1',
      { fusion: { method: 'WEIGHTED', k: 60, vectorWeight: 2 } },
      { kind: 'InvalidInput' },
    ],
    ['with an endless text', { mode: 'KEYWORD', text: 'x'.repeat(100_001) }, { kind: 'LimitExceeded' }],
    [
      'with endless words',
      { mode: 'KEYWORD', text: Array.from({ length: 1025 }, (_, i) => `w${i}`).join(' ') },
      { kind: 'LimitExceeded' },
    ],
  ])('%s is refused', async (_, query, problem) => {
    const { database } = openTestDatabase();
    await upsert(database, [makeRow('a', [1, 0], { text: 'a' })]);

    await expect(database.search({ ...valid, ...query })).rejects.toMatchObject(problem);
  });

  it('on an empty database answers nothing', async () => {
    const { database } = openTestDatabase();

    expect(await database.search(valid)).toMatchObject({
      hits: [],
      version: '000000000000',
      stats: { segments: 0 },
    });
    expect(await searchIds(database, { text: 'a' })).toEqual([]);
    expect(await database.readRows(['a'])).toEqual([]);
    expect(await database.compact()).toBe(0);
  });

  it.each([1, 3, 4, 15, 16, 17, 63, 384, 4096])('of dimension %i finds itself', async (dimension) => {
    const { database } = openTestDatabase({ dimension });
    const vector = (seed: number) =>
      Array.from({ length: dimension }, (_, i) => sin(seed * 7 + i * (seed + 1)) + 0.01);
    await upsert(database, [
      makeRow('b', vector(1)),
      makeRow('a', vector(2)),
      makeRow(
        'c',
        vector(3).map((x) => -x),
      ),
    ]);

    const { hits } = await database.search(makeQuery({ values: vector(2) }));

    expect(hits).toHaveLength(3);
    expect(dimension === 1 || hits[0]!.id === 'a').toBe(true);
    expect(hits[0]!.score).toBeCloseTo(1, 5);
  });

  it('counts what it did', async () => {
    const { database } = openTestDatabase();
    await upsert(
      database,
      Array.from({ length: 20 }, (_, i) =>
        makeRow(`r${i}`, [1, i], { fileId: i < 5 ? 'f' : null, metadata: { n: i } }),
      ),
    );
    await database.commit(makeChange({ removeIds: ['r0'] }));

    const filtered = await database.search(
      makeQuery({
        values: [1, 0],
        filter: { field: 'n', number: { lt: 10 } },
        fileIds: ['f'],
        excludeIds: ['r1'],
      }),
    );
    const plain = await database.search(valid);

    expect(filtered.stats).toMatchObject({ matchedFilter: 4, candidates: 3, exact: true, segments: 1 });
    expect(filtered.hits.map(({ id }) => id)).toEqual(['r2', 'r3', 'r4']);
    expect(plain.stats).toMatchObject({ matchedFilter: null, candidates: 19, cold: false });
  });
});

describe('storage reads of a search', () => {
  const rows = (count: number, dimension: number) =>
    Array.from({ length: count }, (_, i) =>
      makeRow(
        `r${i}`,
        Array.from({ length: dimension }, (_, n) => sin(i + n)),
        { text: `word${i}` },
      ),
    );

  it('are one per small segment when cold, and none when warm', async () => {
    const store = countingStore(memoryStore());
    const pointer = memoryPointer();
    const writer = openTestDatabase({ dimension: 8 }, { store, pointer }).database;
    for (let i = 0; i < 3; i++)
      await upsert(
        writer,
        rows(5, 8).map((row) => ({ ...row, id: `${i}-${row.id}` })),
      );
    const { database } = openTestDatabase({ dimension: 8 }, { store, pointer });
    const query = makeQuery({ values: new Float32Array(8).fill(1), text: 'word1' });
    Object.assign(store.counts, { get: 0, getTail: 0 });

    const cold = await Promise.all([database.search(query), database.search(query), database.search(query)]);
    const afterCold = { ...store.counts };
    const warm = await database.search(query);

    // One manifest, three tails: searches at the same time share them.
    expect([afterCold.get, afterCold.getTail]).toEqual([1, 3]);
    expect(cold.map(({ stats }) => stats.cold)).toContain(true);
    expect({ get: store.counts.get, getTail: store.counts.getTail }).toEqual({ get: 1, getTail: 3 });
    expect(warm.stats).toMatchObject({ cold: false, bytesFetched: 0 });
  });

  it('stay few for a large segment', async () => {
    const store = countingStore(memoryStore());
    const pointer = memoryPointer();
    await upsert(openTestDatabase({ dimension: 64 }, { store, pointer }).database, rows(2000, 64));
    const { database } = openTestDatabase({ dimension: 64 }, { store, pointer });
    Object.assign(store.counts, { get: 0, getTail: 0 });

    await database.search(makeQuery({ values: new Float32Array(64).fill(1) }));

    expect(store.counts.getTail).toBe(1);
    expect(store.counts.get).toBeLessThanOrEqual(4);
  });

  it('give the same answers when nothing fits into memory', async () => {
    const options = { store: memoryStore(), pointer: memoryPointer() };
    const ample = openTestDatabase({ dimension: 64 }, options).database;
    for (let i = 0; i < 3; i++)
      await upsert(
        ample,
        rows(700, 64).map((row) => ({ ...row, id: `${i}-${row.id}` })),
      );
    const tiny = await loadKernels({ arenaBytes: 1 << 16 });
    const cache = createCache({ kernels: tiny, objectBytes: 0, vectorBytes: 1 << 16 });
    const tight = openTestDatabase({ dimension: 64 }, { ...options, kernels: tiny, cache }).database;
    const query = makeQuery({ values: new Float32Array(64).fill(0.3), topK: 500 });

    const [expected, ...answers] = await Promise.all([
      ample.search(query),
      tight.search(query),
      tight.search(query),
    ]);

    for (const { hits } of answers) expect(hits).toEqual(expected.hits);
  });

  it('evict the vectors of one segment for those of another', async () => {
    const store = memoryStore();
    const one = createCache({ kernels, vectorBytes: 700 * 64 * 4 });
    const { database } = openTestDatabase({ dimension: 64 }, { store, cache: one });
    const used = kernels.arena.usedBytes();
    for (let i = 0; i < 3; i++)
      await upsert(
        database,
        rows(700, 64).map((row) => ({ ...row, id: `${i}-${row.id}` })),
      );

    for (let i = 0; i < 3; i++) {
      expect(
        (await database.search(makeQuery({ values: new Float32Array(64).fill(1), topK: 3000 }))).hits,
      ).toHaveLength(2100);
    }

    expect(kernels.arena.usedBytes() - used).toBeLessThanOrEqual(700 * 64 * 4);
  });

  it('score each segment by its own vectors when there is room for one alone', async () => {
    const options = { store: memoryStore(), pointer: memoryPointer() };
    const { database: ample } = openTestDatabase({ dimension: 64, metric: 'DOT_PRODUCT' }, options);
    for (let i = 1; i <= 6; i++) {
      const scaled = Array.from({ length: 300 }, (_, n) =>
        makeRow(`${i}-${n}`, new Float32Array(64).fill(i + n / 1000)),
      );
      await upsert(ample, scaled);
    }
    const cache = createCache({ kernels, vectorBytes: 300 * 64 * 4 });
    const { database: tight } = openTestDatabase(
      { dimension: 64, metric: 'DOT_PRODUCT' },
      { ...options, cache },
    );
    const query = makeQuery({ values: new Float32Array(64).fill(1), topK: 500 });

    const expected = await ample.search(query);

    expect((await tight.search(query)).hits).toEqual(expected.hits);
  });

  it('work from files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'engine-'));
    try {
      const options = { store: fileStore(folder), pointer: memoryPointer() };
      await upsert(openTestDatabase({ dimension: 8 }, options).database, rows(300, 8));
      const { database } = openTestDatabase({ dimension: 8 }, options);

      const { hits } = await database.search(makeQuery({ values: rows(300, 8)[42]!.values, text: 'word42' }));

      expect(hits[0]).toMatchObject({ id: 'r42' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
