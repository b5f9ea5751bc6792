import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Filter, Metric, Row, SearchQuery, VectorDatabase } from '../../engine/api.ts';
import { kernels, makeChange, makeQuery, makeRow, openTestDatabase } from '../support/engine-database.ts';
import { oracleMatches, oracleSearch, type OracleHit } from '../support/search-oracle.ts';
import { createCache } from '../../engine/index.ts';

const WORDS = ['red', 'Blue', 'green', 'sea', 'See', 'naïve', 'naive', 'x1', '東京', "don't"];

const ids = fc.integer({ min: 0, max: 11 }).map((n) => `id-${n}`);
const files = fc.constantFrom(null, 'f1', 'f2', 'f3');
const metadata = fc.record(
  {
    color: fc.constantFrom('red', 'blue', 'Blue', ''),
    year: fc.constantFrom(-1, 0, 1.5, 2020, 1e300),
    isNew: fc.boolean(),
    tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

/** Small integers: their products are exact in f32, so that the engine must agree with the oracle to the last place. */
function rowsOf(dim: number): fc.Arbitrary<Row> {
  return fc
    .record({
      id: ids,
      fileId: files,
      version: fc.integer({ min: 1, max: 3 }),
      values: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: dim, maxLength: dim }),
      text: fc.option(fc.array(fc.constantFrom(...WORDS), { maxLength: 6 }).map((words) => words.join(' '))),
      metadata,
    })
    .filter(({ values }) => values.some((value) => value !== 0))
    .map(({ id, fileId, version, values, text, metadata: fields }) =>
      makeRow(id, values, { fileId, fileVersion: version, text, metadata: fields }),
    );
}

const leaf = fc.oneof(
  fc.record({
    field: fc.constant('color'),
    string: fc.oneof(
      fc.record({ eq: fc.constantFrom('red', 'none', '') }),
      fc.record({ ne: fc.constant('red') }),
      fc.record({ in: fc.constantFrom(['red', 'blue'], []) }),
      fc.record({ notIn: fc.constantFrom(['red', 'blue'], []) }),
      fc.record({ beginsWith: fc.constantFrom('b', '') }),
      fc.record({ contains: fc.constantFrom('lu', 'ed') }),
      fc.record({ gt: fc.constant('Blue'), lte: fc.constant('blue') }),
      fc.record({ gte: fc.constant('blue') }),
      fc.record({ lt: fc.constant('blue') }),
    ),
  }),
  fc.record({
    field: fc.constant('year'),
    number: fc.oneof(
      fc.record({ eq: fc.constantFrom(0, 2020, 5) }),
      fc.record({ ne: fc.constant(0) }),
      fc.record({ gt: fc.constant(0), lt: fc.constant(2020) }),
      fc.record({ gte: fc.constant(1.5) }),
      fc.record({ lte: fc.constant(-1) }),
      fc.record({ in: fc.constantFrom([0, 1.5], []) }),
      fc.record({ notIn: fc.constant([0, 1.5]) }),
      fc.record({ between: fc.constant([0, 2020]) }),
    ),
  }),
  fc.record({
    field: fc.constant('isNew'),
    boolean: fc.oneof(fc.record({ eq: fc.boolean() }), fc.record({ ne: fc.boolean() })),
  }),
  fc.record({
    field: fc.constant('tags'),
    list: fc.oneof(
      fc.record({ contains: fc.constantFrom('a', '', 'zz') }),
      fc.record({ containsAny: fc.constantFrom(['a', 'b'], [], ['zz']) }),
      fc.record({ containsAll: fc.constantFrom(['a', 'b'], [], ['a', 'zz']) }),
    ),
  }),
  fc.record({ field: fc.constantFrom('color', 'year', 'isNew', 'tags'), exists: fc.boolean() }),
);
const filters: fc.Arbitrary<Filter> = fc.letrec<{ node: Filter }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf as fc.Arbitrary<Filter>,
    fc.record({ and: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('node') }),
  ),
})).node;

function queriesOf(dim: number): fc.Arbitrary<SearchQuery> {
  return fc
    .record({
      mode: fc.constantFrom('VECTOR' as const, 'KEYWORD' as const, 'HYBRID' as const),
      values: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: dim, maxLength: dim }),
      text: fc
        .array(fc.constantFrom(...WORDS, 'absent'), { minLength: 1, maxLength: 4 })
        .map((words) => words.join(', ')),
      topK: fc.constantFrom(1, 2, 5, 10_000),
      filter: fc.option(filters),
      fileIds: fc.option(fc.constantFrom<string[][]>(['f1'], ['f2', 'f3'], ['none'], [])),
      excludeIds: fc.constantFrom<string[][]>([], ['id-1'], ['id-2', 'none']),
      method: fc.constantFrom('RRF' as const, 'WEIGHTED' as const),
    })
    .filter(({ values }) => values.some((value) => value !== 0))
    .map(({ method, ...query }) => makeQuery({ ...query, fusion: { method, k: 60, vectorWeight: 0.25 } }));
}

type Step =
  | { kind: 'upsert'; segments: Row[][]; removeIds: string[] }
  | { kind: 'remove'; removeIds: string[] }
  | { kind: 'removeFile'; fileId: string }
  | { kind: 'compact' }
  | { kind: 'search'; query: SearchQuery };

function stepsOf(dim: number): fc.Arbitrary<Step[]> {
  const segment = fc.uniqueArray(rowsOf(dim), { minLength: 1, maxLength: 6, selector: ({ id }) => id });
  return fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('upsert' as const),
          segments: fc.array(segment, { minLength: 1, maxLength: 9 }),
          removeIds: fc.array(ids, { maxLength: 1 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('remove' as const),
          removeIds: fc.array(ids, { maxLength: 3 }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('removeFile' as const),
          fileId: fc.constantFrom('f1', 'f2', 'none'),
        }),
      },
      { weight: 2, arbitrary: fc.constant({ kind: 'compact' as const }) },
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('search' as const), query: queriesOf(dim) }) },
    ),
    { minLength: 1, maxLength: 14 },
  );
}

/** What should be stored, by the definition of a commit. */
type Model = Map<string, Row>;

async function takeStep(database: VectorDatabase, model: Model, step: Step, metric: Metric): Promise<void> {
  if (step.kind === 'compact') await database.compact();
  if (step.kind === 'search') await compareSearch(database, model, step.query, metric);
  if (step.kind === 'upsert') {
    const add = [];
    for (const rows of step.segments) add.push(await database.writeSegment(rows));
    for (const id of step.removeIds) model.delete(id);
    for (const row of step.segments.flat()) model.set(row.id, row);
    const commit = await database.commit(makeChange({ add, removeIds: step.removeIds }));
    expect(commit.vectorCount).toBe(model.size);
  }
  if (step.kind === 'remove' || step.kind === 'removeFile') {
    const isRemoved = (row: Row): boolean =>
      step.kind === 'remove' ? step.removeIds.includes(row.id) : row.fileId === step.fileId;
    const expected = [...model.values()]
      .filter(isRemoved)
      .map(({ id, address, fileId }) => ({ id, address, fileId }));
    const change =
      step.kind === 'remove'
        ? { removeIds: step.removeIds }
        : { removeFiles: [{ fileId: step.fileId, beforeVersion: Infinity }] };
    const { removed } = await database.commit(makeChange(change));
    expect(removed.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      expected.sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
    for (const { id } of expected) model.delete(id);
  }
}

async function compareSearch(
  database: VectorDatabase,
  model: Model,
  query: SearchQuery,
  metric: Metric,
): Promise<void> {
  const known = Object.keys(await database.metadataFields());
  const usesUnknown = query.filter !== null && fieldsOf(query.filter).some((field) => !known.includes(field));
  if (usesUnknown) {
    await expect(database.search(query)).rejects.toMatchObject({
      kind: 'InvalidInput',
      info: { code: 'UNKNOWN_FIELD' },
    });
    return;
  }
  const { hits, stats } = await database.search(query);
  expectSameHits(hits, oracleSearch(model.values(), query, metric), { ...query, metric });
  if (query.filter !== null && query.fileIds === null) {
    const matching = [...model.values()].filter((row) => oracleMatches(row, query.filter!));
    expect(stats.matchedFilter).toBe(matching.length);
    expect(await database.findIds(query.filter, 100)).toEqual(matching.map(({ id }) => id).sort());
  }
}

function fieldsOf(filter: Filter): string[] {
  const children = [...(filter.and ?? []), ...(filter.or ?? []), ...(filter.not ? [filter.not] : [])];
  return [...(typeof filter.field === 'string' ? [filter.field] : []), ...children.flatMap(fieldsOf)];
}

/**
 * Under cosine the values are rounded, so equals may change places with what is within rounding of them; in a fused list that
 * changes scores as well.
 */
function expectSameHits(
  hits: { id: string; score: number }[],
  expected: OracleHit[],
  { metric, mode, topK }: { metric: Metric; mode: SearchQuery['mode']; topK: number },
): void {
  expect(hits).toHaveLength(expected.length);
  if (metric !== 'COSINE') expect(hits.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
  else if (hits.length < topK)
    expect(hits.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
  if (metric === 'COSINE' && mode === 'HYBRID') return;
  hits.forEach(({ score }, i) => {
    expect(score).toBeCloseTo(expected[i]!.score, 5);
  });
}

async function expectSameState(database: VectorDatabase, model: Model, metric: Metric): Promise<void> {
  const stored = await database.readRows(Array.from({ length: 12 }, (_, i) => `id-${i}`));
  expect(stored.map(({ id }) => id).sort()).toEqual([...model.keys()].sort());
  for (const row of stored) {
    const { address, fileId, fileVersion, metadata: fields, values } = model.get(row.id)!;
    expect(row).toMatchObject({ address, fileId, fileVersion, metadata: fields });
    expect(Object.keys(row.metadata).sort()).toEqual(Object.keys(fields).sort());
    if (metric !== 'COSINE') expect([...row.values]).toEqual([...values].map((value) => value + 0));
  }
}

describe.each<Metric>(['DOT_PRODUCT', 'EUCLIDEAN', 'COSINE'])('random writes and searches: %s', (metric) => {
  it('answers like a brute-force search over the rows that should be there', async () => {
    const run = fc
      .constantFrom(1, 2, 5, 17)
      .chain((dim) => fc.record({ dim: fc.constant(dim), steps: stepsOf(dim), isCacheTiny: fc.boolean() }));
    await fc.assert(
      fc.asyncProperty(run, async ({ dim, steps, isCacheTiny }) => {
        const cache = createCache(isCacheTiny ? { kernels, objectBytes: 500, vectorBytes: 0 } : { kernels });
        const { database, pointer } = openTestDatabase({ dimension: dim, metric }, { cache });
        const model: Model = new Map();

        for (const step of steps) await takeStep(database, model, step, metric);
        await expectSameState(database, model, metric);

        const { manifest } = await pointer.read();
        const last = (
          pointer as unknown as { current(): { vectorCount: number; fileCount: number } | null }
        ).current();
        expect(manifest === null).toBe(last === null);
        expect(last?.vectorCount ?? 0).toBe(model.size);
        expect(last?.fileCount ?? 0).toBe(
          new Set([...model.values()].flatMap(({ fileId }) => fileId ?? [])).size,
        );
      }),
      { numRuns: 100 },
    );
  });
});
