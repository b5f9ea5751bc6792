import { describe, expect, it } from 'vitest';
import type { Metric, ObjectStore, Row, SearchQuery, VectorDatabase } from '../../engine/api.ts';
import {
  countingStore,
  createCache,
  loadKernels,
  memoryPointer,
  memoryStore,
  openDatabase,
} from '../../engine/index.ts';
import { clusteredRows, clusteredVectors } from '../support/clustered-rows.ts';
import { makeChange, makeQuery, openTestDatabase, PREFIX, upsert } from '../support/engine-database.ts';
import { oracleSearch } from '../support/search-oracle.ts';

const DIMENSION = 32;
const ROWS = 6000;
const rows = clusteredRows(ROWS, DIMENSION, {
  metadataOf: (row) => ({ share: (row * 7919) % 1000, half: row % 2 === 0 }),
});
const queries = clusteredVectors(40, DIMENSION, { seed: 1, draw: 5 });

async function openWith(metric: Metric, added: Row[] = rows): Promise<VectorDatabase> {
  const { database } = openTestDatabase({ dimension: DIMENSION, metric });
  await upsert(database, added);
  return database;
}

/** Returns the share of the oracle's rows that searches found; every score must be the oracle's. */
async function measureRecall(
  database: VectorDatabase,
  stored: readonly Row[],
  { metric, query = {} }: { metric: Metric; query?: Partial<SearchQuery> },
): Promise<number> {
  let [found, wanted] = [0, 0];
  for (const values of queries) {
    const asked = { ...makeQuery({ values }), ...query };
    const expected = oracleSearch(stored, asked, metric);
    const { hits } = await database.search(asked);
    const scores = new Map(
      oracleSearch(stored, { ...asked, topK: stored.length }, metric).map((hit) => [hit.id, hit.score]),
    );
    for (const { id, score } of hits) expect(score).toBeCloseTo(scores.get(id)!, 3);
    const ids = new Set(hits.map(({ id }) => id));
    wanted += expected.length;
    found += expected.filter(({ id }) => ids.has(id)).length;
  }
  return found / wanted;
}

const metrics: Metric[] = ['COSINE', 'DOT_PRODUCT', 'EUCLIDEAN'];

describe.each(metrics)('an index under %s', (metric) => {
  it('finds the nearest rows, and more of them with more effort', async () => {
    const database = await openWith(metric);

    const usual = await measureRecall(database, rows, { metric });
    const deep = await measureRecall(database, rows, { metric, query: { effort: 1 } });

    expect(usual).toBeGreaterThan(0.95);
    expect(deep).toBeGreaterThan(0.99);
  });

  it('answers exactly when asked to', async () => {
    const database = await openWith(metric);

    expect(await measureRecall(database, rows, { metric, query: { exact: true, topK: 50 } })).toBe(1);
  });

  it.each([1, 10, 100, 500])('finds no less under a filter that lets %d of 1000 through', async (share) => {
    const database = await openWith(metric);
    const filter = { field: 'share', number: { lt: share } };

    const recall = await measureRecall(database, rows, { metric, query: { filter } });

    expect(recall).toBeGreaterThan(0.95);
  });
});

describe('an index', () => {
  it('leaves out what was deleted, and follows updates and compaction', async () => {
    const database = await openWith('COSINE');
    const removeIds = rows.filter((_, i) => i % 3 === 0).map(({ id }) => id);
    const moved = rows
      .filter((_, i) => i % 3 === 1)
      .map((row, i) => ({ ...row, values: queries[i % 40]!.map((x) => x + i / 1e4) }));
    await database.commit(makeChange({ removeIds }));
    await upsert(database, moved);
    const kept = [...rows.filter((_, i) => i % 3 === 2), ...moved];

    expect(await measureRecall(database, kept, { metric: 'COSINE' })).toBeGreaterThan(0.9);
    await database.compact();
    expect(await measureRecall(database, kept, { metric: 'COSINE' })).toBeGreaterThan(0.9);
    expect(await measureRecall(database, kept, { metric: 'COSINE', query: { exact: true } })).toBe(1);
  });

  it('finds one nearest row among equal ones in the order of ids', async () => {
    const same = queries[0]!;
    const equal = rows.map((row, i) => (i % 1000 === 7 ? { ...row, values: same } : row));
    const database = await openWith('EUCLIDEAN', equal);

    const { hits } = await database.search(makeQuery({ values: same, topK: 6 }));

    expect(hits.map(({ id }) => id)).toEqual(equal.filter((_, i) => i % 1000 === 7).map(({ id }) => id));
    expect(hits.every(({ distance }) => distance === 0)).toBe(true);
  });

  it('is the same bytes for the same rows', async () => {
    const keys = await Promise.all(
      [rows, rows.toReversed()].map(async (some) => {
        const { database } = openTestDatabase({ dimension: DIMENSION });
        return (await database.writeSegment(some)).key;
      }),
    );

    expect(keys[0]).toBe(keys[1]);
  });

  it.each([1, 3, 8, 100, 784])('works for vectors of %d values', async (dimension) => {
    const some = clusteredRows(4200, dimension);
    const { database } = openTestDatabase({ dimension, metric: 'EUCLIDEAN' });
    await upsert(database, some);

    for (const row of [some[0]!, some[4199]!]) {
      const { hits } = await database.search(makeQuery({ values: row.values, topK: 1, effort: 1 }));
      expect(hits[0]!.distance).toBe(0);
    }
  });

  it('answers rows whose ids are too long for records', async () => {
    const long = rows
      .slice(0, 5000)
      .map((row) => ({ ...row, id: `${row.id}-${'x'.repeat(300)}`, fileId: null }));
    const database = await openWith('COSINE', long);

    const { hits } = await database.search(makeQuery({ values: long[77]!.values, topK: 1 }));

    expect(hits[0]).toMatchObject({ id: long[77]!.id, address: long[77]!.address, fileId: null });
  });
});

async function onlySegment(store: ObjectStore): Promise<{ key: string; sizeBytes: number }> {
  const found: { key: string; sizeBytes: number }[] = [];
  for await (const object of store.list(`${PREFIX}segments/`)) found.push(object);
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** Opens a second reader of a database, with its own cache. */
async function reader(
  source: { store: ObjectStore; pointer: ReturnType<typeof memoryPointer> },
  { vectorBytes }: { vectorBytes: number },
): Promise<VectorDatabase> {
  const kernels = await loadKernels({ arenaBytes: 64 << 20 });
  const cache = createCache({ kernels, objectBytes: 1 << 20, vectorBytes });
  const config = { dimension: DIMENSION, metric: 'COSINE' as const, prefix: PREFIX };
  return openDatabase({ ...source, kernels, cache, config });
}

/** Writes the rows to a store that counts. */
async function writeSource(): Promise<{
  store: ReturnType<typeof countingStore>;
  pointer: ReturnType<typeof memoryPointer>;
}> {
  const source = { store: countingStore(memoryStore()), pointer: memoryPointer() };
  const { database } = openTestDatabase({ dimension: DIMENSION, metric: 'COSINE' }, source);
  await upsert(database, rows);
  return source;
}

describe('searches of an index', () => {
  it.each([0, 0.25, 0.5, 1])('answer as many rows as asked for at effort %d', async (effort) => {
    const database = await openWith('COSINE');

    for (const topK of [1, 60, 500, 1000, 2048, 3000]) {
      const { hits } = await database.search(makeQuery({ values: queries[2]!, topK, effort }));
      expect(new Set(hits.map(({ id }) => id)).size).toBe(topK);
    }
  });

  it('are as deep after a deletion as before', async () => {
    const database = await openWith('COSINE');
    const before = await database.search(makeQuery({ values: queries[2]! }));
    await database.commit(makeChange({ removeIds: [before.hits[0]!.id] }));

    const after = await database.search(makeQuery({ values: queries[2]! }));

    expect(after.stats.candidates).toBe(before.stats.candidates);
    expect(after.hits.map(({ id }) => id)).not.toContain(before.hits[0]!.id);
  });

  it('read only the rows of a narrow filter', async () => {
    const source = await writeSource();
    const database = await reader(source, { vectorBytes: 64 << 20 });
    const segment = await onlySegment(source.store);

    for (const exact of [false, true]) {
      const query = makeQuery({ values: queries[0]!, exact, filter: { field: 'share', number: { lt: 1 } } });
      const { hits, stats } = await database.search(query);
      expect(hits).toHaveLength(6);
      expect(stats.bytesFetched).toBeLessThan(segment.sizeBytes / 5);
    }
  });

  it('read hardly more rows of many segments than of one', async () => {
    const source = { store: countingStore(memoryStore()), pointer: memoryPointer() };
    const { database } = openTestDatabase({ dimension: DIMENSION, metric: 'COSINE' }, source);
    const some = clusteredRows(4200, DIMENSION);
    for (let n = 0; n < 6; n++)
      await upsert(
        database,
        some.map((row) => ({ ...row, id: `${n}-${row.id}` })),
      );
    const many = await reader(source, { vectorBytes: 64 << 20 });
    await many.search(makeQuery({ values: queries[1]! }));
    source.store.counts.get = 0;

    const { hits } = await many.search(makeQuery({ values: queries[2]! }));

    const found = oracleSearch(some, makeQuery({ values: queries[2]!, topK: 2 }), 'COSINE');
    const nearest = found.flatMap(({ id }) => Array.from({ length: 6 }, (_, n) => `${n}-${id}`));
    expect(hits.map(({ id }) => id).sort()).toEqual(nearest.slice(0, 10).sort());
    expect(source.store.counts.get).toBeLessThan(100);
  });

  it('do not disturb each other when they overlap', async () => {
    const database = await openWith('COSINE');
    const asked = queries.flatMap((values, i) => [
      makeQuery({ values }),
      makeQuery({ values, topK: 3 + (i % 20), filter: { field: 'share', number: { lt: 150 + i } } }),
    ]);
    for (const query of asked) await database.search(query);
    const alone = [];
    for (const query of asked) alone.push((await database.search(query)).hits);

    const together = await Promise.all(asked.map((query) => database.search(query)));

    expect(together.map(({ hits }) => hits)).toEqual(alone);
  });
});

describe('reading an index', () => {
  it('gives the same answers with and without room in memory', async () => {
    const source = await writeSource();
    const roomy = await reader(source, { vectorBytes: 64 << 20 });
    const tight = await reader(source, { vectorBytes: 0 });

    for (const values of queries) {
      for (const query of [
        makeQuery({ values }),
        makeQuery({ values, filter: { field: 'share', number: { lt: 300 } } }),
      ]) {
        const expected = (await roomy.search(query)).hits;
        expect((await tight.search(query)).hits).toEqual(expected);
      }
    }
  });

  it('needs no storage once the segment is resident', async () => {
    const source = await writeSource();
    const database = await reader(source, { vectorBytes: 64 << 20 });
    for (const values of queries) await database.search(makeQuery({ values }));
    const before = { ...source.store.counts };

    const { stats } = await database.search(makeQuery({ values: queries[3]!.map((x) => -x) }));

    expect(source.store.counts).toEqual(before);
    expect(stats).toMatchObject({ cold: false, bytesFetched: 0, exact: false });
  });

  it('reads a small part of the segment for its first search', async () => {
    const source = await writeSource();
    const database = await reader(source, { vectorBytes: 64 << 20 });

    const { stats } = await database.search(makeQuery({ values: queries[0]!, effort: 0.2 }));

    const segment = await onlySegment(source.store);
    expect(stats.cold).toBe(true);
    expect(stats.bytesFetched).toBeLessThan(segment.sizeBytes / 3);
  });

  it('refuses damaged lists and records', async () => {
    const source = await writeSource();
    const segment = await onlySegment(source.store);
    const bytes = await source.store.get(segment.key);
    const untouched = await reader(source, { vectorBytes: 64 << 20 });
    const right = (await untouched.search(makeQuery({ values: queries[1]!, effort: 1 }))).hits;
    let refused = 0;
    for (let at = 100; at < bytes.length; at += Math.floor(bytes.length / 60)) {
      const damaged = bytes.slice();
      damaged[at]! ^= 0x10;
      const store = memoryStore();
      for await (const { key } of source.store.list('')) await store.put(key, await source.store.get(key));
      await store.put(segment.key, damaged);
      const database = await reader({ ...source, store }, { vectorBytes: 64 << 20 });
      try {
        expect((await database.search(makeQuery({ values: queries[1]!, effort: 1 }))).hits).toEqual(right);
      } catch (error) {
        expect(error).toMatchObject({ kind: 'CorruptData' });
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(3);
  });
});
