import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SearchVectorsAnswer } from '../../../../functions/search/search-vectors.ts';
import type { DatabaseItem } from '../../../../functions/shared/database-item.ts';
import type { SearchInput, WriteReceipt } from '../../../../schema/generated/types.ts';
import { putDatabase } from '../../../support/database-item.ts';
import {
  callerOf,
  type CallOptions,
  type FunctionBackend,
  startFunctionBackend,
} from '../../../support/function-backend.ts';

let backend: FunctionBackend;
let vectors: ReturnType<typeof callerOf>;
let search: ReturnType<typeof callerOf>;
/** Brings its own vectors of four values. */
let plain: DatabaseItem;
/** Embeds texts. */
let embedded: DatabaseItem;
let receipt: WriteReceipt;

const FILES = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'] as const;

const POEMS = [
  { id: 'p1', values: [1, 0, 0, 0], text: 'the red fox jumps', metadata: { colour: 'red', year: 2001 } },
  { id: 'p2', values: [0.99, 0.1, 0, 0], text: 'a red fox sleeps', metadata: { colour: 'red', year: 2002 } },
  { id: 'p3', values: [0.8, 0.6, 0, 0], text: 'blue whales sing', metadata: { colour: 'blue', year: 2003 } },
  { id: 'p4', values: [0, 1, 0, 0], text: 'green frogs croak', metadata: { colour: 'green', year: 2004 } },
  { id: 'p5', values: [0, 0, 1, 0] },
];

async function addChunks(database: DatabaseItem): Promise<void> {
  const { openEngine } = await import('../../../../functions/shared/open-database.ts');
  const { recordKey } = await import('../../../../functions/shared/record-key.ts');
  const { putRecords } = await import('../../../../functions/shared/records.ts');
  const engine = await openEngine(database);
  const rows = FILES.flatMap((fileId, file) =>
    [0, 1].map((chunk) => ({
      id: `${fileId}:1:${chunk}`,
      address: '0',
      fileId,
      fileVersion: 1,
      values: Float32Array.from([0, 0, 0.2 * file + 0.1 * chunk, 1]),
      text: `chunk ${chunk} of file ${file}`,
      metadata: {},
    })),
  );
  const segment = await engine.writeSegment(rows);
  await putRecords(
    backend.tables.records,
    rows.map(({ id, fileId, text }, index) => ({
      ...recordKey({ databaseId: database.id, generation: 1 }, id, '0'),
      id,
      databaseId: database.id,
      fileId,
      fileVersion: 1,
      chunkIndex: index % 2,
      text,
      metadata: null,
      page: 1,
      startOffset: 0,
      endOffset: text.length,
      createdAt: new Date().toISOString(),
      writeId: '0',
    })),
  );
  await engine.commit({ add: [segment], removeIds: [], removeFiles: [], finishedWrites: [] });
}

beforeAll(async () => {
  backend = await startFunctionBackend();
  vectors = callerOf((await import('../../../../functions/vectors/handler.ts')).handler);
  search = callerOf((await import('../../../../functions/search/handler.ts')).handler);
  plain = await putDatabase(backend.tables);
  const embedding = { provider: 'local', model: 'lexical-384', dimension: 384 };
  embedded = await putDatabase(backend.tables, { dimension: 384, embedding });
  receipt = await vectors.data('upsertVectors', { databaseId: plain.id, vectors: POEMS });
  await addChunks(plain);
  const texts = POEMS.slice(0, 4).map(({ id, text, metadata }) => ({ id, text, metadata }));
  await vectors.data('upsertVectors', { databaseId: embedded.id, vectors: texts });
});
afterAll(() => backend.stop());

const ask = (input: Partial<SearchInput>, options?: CallOptions) =>
  search.data<SearchVectorsAnswer>('searchVectors', { input: { databaseId: plain.id, ...input } }, options);
const refuse = (input: Partial<SearchInput>, options?: CallOptions) =>
  search.error('searchVectors', { input: { databaseId: plain.id, ...input } }, options);
const idsOf = ({ hits }: SearchVectorsAnswer) => hits.map(({ id }) => id);

describe('the answer', () => {
  it('has the shape that the next pipeline function joins', async () => {
    const answer = await ask({ values: [1, 0, 0, 0], topK: 2 });

    expect(answer).toEqual({
      hits: [
        {
          id: 'p1',
          pk: `${plain.id}#g1#-`,
          sk: expect.stringMatching(/^p1\u001f[0-9a-f]{12}-[0-9a-f]{8}$/),
          score: expect.closeTo(1, 5),
          distance: expect.any(Number),
          fileId: null,
          stages: null,
          values: null,
          highlights: null,
        },
        expect.objectContaining({ id: 'p2' }),
      ],
      groups: null,
      version: '000000000002',
      stats: {
        tookMs: expect.any(Number),
        cold: expect.any(Boolean),
        exact: true,
        segments: 2,
        candidates: 9,
        matchedFilter: null,
        bytesFetched: expect.any(Number),
        estimatedCostUsd: expect.any(Number),
      },
      records: null,
    });
  });

  it('names the records of chunks by their file', async () => {
    const { hits } = await ask({ values: [0, 0, 0, 1], topK: 1 });

    expect(hits[0]).toMatchObject({
      id: `${FILES[0]}:1:0`,
      pk: `${plain.id}#g1#${FILES[0]}`,
      sk: 'v000001#00000000\u001f0',
      fileId: FILES[0],
    });
  });

  it('estimates more than the price of an API call and less than a cent', async () => {
    const { stats } = await ask({ values: [1, 0, 0, 0] });

    expect(stats.estimatedCostUsd).toBeGreaterThan(4e-6);
    expect(stats.estimatedCostUsd).toBeLessThan(0.01);
  });

  it('is warm once the index is in memory', async () => {
    await ask({ values: [1, 0, 0, 0] });

    const { stats } = await ask({ values: [1, 0, 0, 0] });

    expect(stats).toMatchObject({ cold: false, bytesFetched: 0 });
  });
});

describe('the mode', () => {
  it.each([
    ['VECTOR with values', {}, { values: [1, 0, 0, 0] }, ['vector']],
    ['KEYWORD with text alone', {}, { text: 'fox' }, ['keyword']],
    ['HYBRID with text and values', {}, { text: 'fox', values: [1, 0, 0, 0] }, ['vector', 'keyword']],
  ])('is %s', async (_name, _database, input, stages) => {
    const { hits } = await ask({ ...input, explain: true, topK: 1 });

    const found = hits[0]?.stages?.map(({ stage }) => stage.toLowerCase()) ?? [];
    for (const stage of stages) expect(found.join(' ')).toContain(stage);
    if (stages.length === 1)
      expect(found.join(' ')).not.toContain(stages[0] === 'vector' ? 'keyword' : 'vector');
  });

  it('is HYBRID with text and an embedding', async () => {
    const { hits } = await ask({ databaseId: embedded.id, text: 'red fox', explain: true });

    const stages = hits[0]?.stages?.map(({ stage }) => stage).join(' ') ?? '';
    expect(['p1', 'p2']).toContain(hits[0]?.id);
    expect(stages).toMatch(/vector/i);
    expect(stages).toMatch(/keyword/i);
  });

  it('VECTOR embeds the text', async () => {
    const answer = await ask({
      databaseId: embedded.id,
      text: 'singing blue whales',
      mode: 'VECTOR',
      topK: 1,
    });

    expect(idsOf(answer)).toEqual(['p3']);
    expect(answer.hits[0]?.distance).not.toBeNull();
  });

  it.each([
    [{}, 'input.text'],
    [{ text: '  ' }, 'input.text'],
    [{ mode: 'KEYWORD', values: [1, 0, 0, 0] }, 'input.text'],
    [{ mode: 'HYBRID', values: [1, 0, 0, 0] }, 'input.text'],
    [{ mode: 'HYBRID', text: 'fox' }, 'input.values'],
    [{ mode: 'VECTOR', text: 'fox' }, 'input.values'],
    [{ values: [1, 0, 0, 0], valuesBase64: 'AACAPwAAAAAAAAAAAAAAAA==' }, 'input.valuesBase64'],
    [{ values: [1, 0, 0, 0], likeVectorId: 'p1' }, 'input.likeVectorId'],
    [{ values: [0, 0, 0, 0] }, 'input.values'],
    [{ valuesBase64: 'AAAAAAAAAAAAAAAAAAAAAA==' }, 'input.valuesBase64'],
    [{ valuesBase64: 'AACAPw=' }, 'input.valuesBase64'],
    [{ values: [1, 0, 0, 0], topK: 0 }, 'input.topK'],
    [{ values: [1, 0, 0, 0], topK: 1001 }, 'input.topK'],
    [{ values: [1, 0, 0, 0], effort: 1.5 }, 'input.effort'],
    [{ values: [1, 0, 0, 0], diversity: -0.1 }, 'input.diversity'],
    [{ values: [1, 0, 0, 0], fusion: { method: 'RRF', k: 0 } }, 'input.fusion.k'],
    [{ values: [1, 0, 0, 0], fusion: { method: 'WEIGHTED', vectorWeight: 2 } }, 'input.fusion.vectorWeight'],
    [{ values: [1, 0, 0, 0], fileIds: [] }, 'input.fileIds'],
    [{ values: [1, 0, 0, 0], minVersion: 'new' }, 'input.minVersion'],
    [{ values: [1, 0, 0, 0], filter: { field: 'year' }, filterJson: '{"year":1}' }, 'input.filterJson'],
    [{ values: [1, 0, 0, 0], filter: { and: [] } }, 'input.filter.and'],
  ] as [Partial<SearchInput>, string][])('refuses %j', async (input, field) => {
    expect(await refuse(input)).toMatchObject({ kind: 'VALIDATION', info: { field, retryable: false } });
  });

  it('refuses a vector of another dimension with limit and actual', async () => {
    expect(await refuse({ values: [1, 0, 0] })).toMatchObject({
      kind: 'DIMENSION_MISMATCH',
      info: { field: 'input.values', limit: 4, actual: 3 },
    });
  });
});

describe('the vector', () => {
  it('may come as base64 of little-endian floats', async () => {
    const bytes = Buffer.alloc(16);
    [0, 1, 0, 0].forEach((value, index) => bytes.writeFloatLE(value, index * 4));

    expect(idsOf(await ask({ valuesBase64: bytes.toString('base64'), topK: 1 }))).toEqual(['p4']);
  });

  it('may be that of a stored vector, which is left out', async () => {
    const answer = await ask({ likeVectorId: 'p1', topK: 3 });

    expect(idsOf(answer)).toEqual(['p2', 'p3', expect.any(String)]);
    expect(await refuse({ likeVectorId: 'nobody' })).toMatchObject({
      kind: 'NOT_FOUND',
      info: { field: 'input.likeVectorId', actual: 'nobody' },
    });
  });
});

describe('filters', () => {
  it('work in both spellings', async () => {
    const one = await ask({ values: [1, 0, 0, 0], filter: { field: 'year', number: { gte: 2003 } } });
    const other = await ask({ values: [1, 0, 0, 0], filterJson: '{"year":{"$gte":2003}}' });
    const parsed = await ask({ values: [1, 0, 0, 0], filterJson: { year: { $gte: 2003 } } as never });

    expect(idsOf(one)).toEqual(['p3', 'p4']);
    expect(one.stats.matchedFilter).toBe(2);
    expect([idsOf(other), idsOf(parsed)]).toEqual([idsOf(one), idsOf(one)]);
  });

  it.each([
    [{ filter: { field: 'size', number: { eq: 1 } } }, 'UNKNOWN_FIELD'],
    [{ filterJson: '{"size":1}' }, 'UNKNOWN_FIELD'],
    [{ filterJson: '{"year":{"$regex":"x"}}' }, 'UNSUPPORTED_OPERATOR'],
    [{ filterJson: '[]' }, 'VALIDATION'],
  ] as [Partial<SearchInput>, string][])('refuse %j', async (input, kind) => {
    expect((await refuse({ values: [1, 0, 0, 0], ...input })).kind).toBe(kind);
  });

  it('refuse to nest without end', async () => {
    let filter: object = { field: 'year', exists: true };
    for (let depth = 0; depth < 40; depth++) filter = { not: filter };

    expect(await refuse({ values: [1, 0, 0, 0], filter })).toMatchObject({
      kind: 'VALIDATION',
      info: { limit: 16 },
    });
  });

  it('take file ids and a least score', async () => {
    const inFile = await ask({ values: [0, 0, 0, 1], fileIds: [FILES[1]] });
    const good = await ask({ values: [1, 0, 0, 0], minScore: 0.9 });

    expect(inFile.hits.map(({ fileId }) => fileId)).toEqual([FILES[1], FILES[1]]);
    expect(idsOf(good)).toEqual(['p1', 'p2']);
  });
});

describe('ranking', () => {
  it('takes the method and weight of the fusion', async () => {
    const weigh = async (vectorWeight: number) =>
      idsOf(
        await ask({
          text: 'frogs',
          values: [1, 0, 0, 0],
          topK: 1,
          fusion: { method: 'WEIGHTED', vectorWeight },
        }),
      );

    expect(await weigh(1)).toEqual(['p1']);
    expect(await weigh(0)).toEqual(['p4']);
  });

  it('takes the constant of reciprocal ranks', async () => {
    const scoreWith = async (k: number) =>
      (await ask({ text: 'fox', values: [1, 0, 0, 0], topK: 1, fusion: { method: 'RRF', k } })).hits[0]
        ?.score ?? 0;

    expect(await scoreWith(1)).toBeGreaterThan(await scoreWith(1000));
  });

  it('is diverse when asked, and explains it', async () => {
    const alike = await ask({ values: [1, 0, 0, 0], topK: 2 });
    const diverse = await ask({ values: [1, 0, 0, 0], topK: 2, diversity: 0.7, explain: true });
    const certain = await ask({ values: [1, 0, 0, 0], topK: 2, diversity: 0 });

    expect(idsOf(alike)).toEqual(['p1', 'p2']);
    expect(idsOf(diverse)[0]).toBe('p1');
    expect(idsOf(diverse)[1]).not.toBe('p2');
    expect(idsOf(certain)).toEqual(idsOf(alike));
    expect(diverse.hits[1]?.stages?.at(-1)).toMatchObject({ stage: 'diversity', rank: 2 });
    expect(diverse.hits[0]?.values).toBeNull();
  });

  it('groups hits by file, best file first', async () => {
    const { hits, groups } = await ask({ values: [0, 0, 0.3, 1], topK: 5, groupByFile: true });

    expect(hits).toHaveLength(5);
    expect(groups?.map(({ fileId }) => fileId)).toEqual([FILES[1], FILES[0], null]);
    expect(groups?.flatMap(({ ids }) => ids).sort()).toEqual(hits.map(({ id }) => id).sort());
    expect(groups?.[0]?.ids).toEqual(hits.filter(({ fileId }) => fileId === FILES[1]).map(({ id }) => id));
  });

  it('is exact when asked, at any effort', async () => {
    const exact = await ask({ values: [1, 0, 0, 0], exact: true });
    const quick = await ask({ values: [1, 0, 0, 0], effort: 0 });

    expect(exact.stats.exact).toBe(true);
    expect(idsOf(exact)).toHaveLength(9);
    expect(quick.hits.length).toBeGreaterThan(0);
  });

  it('asserts a version that was written', async () => {
    const shortened = String(Number(receipt.version));

    expect(idsOf(await ask({ values: [1, 0, 0, 0], minVersion: receipt.version }))).toHaveLength(9);
    expect(idsOf(await ask({ values: [1, 0, 0, 0], minVersion: shortened }))).toHaveLength(9);
    expect(await refuse({ values: [1, 0, 0, 0], minVersion: '000000999999' })).toMatchObject({
      kind: 'UNAVAILABLE',
      info: { retryable: true },
    });
  });
});

describe('selected fields', () => {
  it('are read when they are selected', async () => {
    const selection = ['hits', 'hits/id', 'hits/values', 'hits/highlights', 'hits/highlights/start'];

    const { hits, records } = await ask({ text: 'fox', values: [1, 0, 0, 0], topK: 2 }, { selection });

    expect(hits[0]?.values).toEqual([1, 0, 0, 0]);
    expect(hits[0]?.highlights).toEqual([{ start: 8, end: 11 }]);
    expect(records?.map(({ id, text }) => [id, text]).sort()).toEqual([
      ['p1', 'the red fox jumps'],
      ['p2', 'a red fox sleeps'],
    ]);
    expect(records?.[0]).toHaveProperty('pk');
  });

  it('may be selected through groups', async () => {
    const options = { selection: ['groups', 'groups/hits', 'groups/hits/values'] };

    const { hits } = await ask({ values: [1, 0, 0, 0], groupByFile: true }, options);

    expect(hits.every(({ values }) => values?.length === 4)).toBe(true);
  });

  it('give no highlights without a text', async () => {
    const { hits, records } = await ask({ values: [1, 0, 0, 0] }, { selection: ['hits/highlights'] });

    expect(hits.every(({ highlights }) => highlights === null)).toBe(true);
    expect(records).toBeNull();
  });

  it('come with records when there are more hits than the resolver can read', async () => {
    const database = await putDatabase(backend.tables);
    const many = Array.from({ length: 150 }, (_, index) => ({
      id: `m${index}`,
      values: [1, index / 150, 0, 0],
    }));
    await vectors.data('upsertVectors', { databaseId: database.id, vectors: many });

    const more = await ask({ databaseId: database.id, values: [1, 0, 0, 0], topK: 101 });
    const fewer = await ask({ databaseId: database.id, values: [1, 0, 0, 0], topK: 100 });

    expect(more.hits).toHaveLength(101);
    expect(new Set(more.records?.map(({ sk }) => sk))).toEqual(new Set(more.hits.map(({ sk }) => sk)));
    expect(fewer.records).toBeNull();
  });

  it('are refused when the answer would be too large', async () => {
    const database = await putDatabase(backend.tables);
    const text = 'lorem ipsum '.repeat(2_700);
    for (let round = 0; round < 2; round++) {
      const many = Array.from({ length: 100 }, (_, index) => ({
        id: `${round}-${index}`,
        values: [1, 0, 0, 0],
        text,
      }));
      await vectors.data('upsertVectors', { databaseId: database.id, vectors: many });
    }

    const error = await refuse({ databaseId: database.id, values: [1, 0, 0, 0], topK: 200 });

    expect(error).toMatchObject({
      kind: 'PAYLOAD_TOO_LARGE',
      info: { field: 'input.topK', limit: 4_900_000 },
    });
  });
});

describe('access', () => {
  it('answers NOT_FOUND for unknown databases and for those of others alike', async () => {
    const unknown = await refuse({ databaseId: 'nowhere', values: [1, 0, 0, 0] });
    const foreign = await refuse({ values: [1, 0, 0, 0] }, { databaseIds: ['nowhere'] });

    expect(unknown).toMatchObject({ kind: 'NOT_FOUND', info: { field: 'databaseId' } });
    expect(foreign).toMatchObject({ kind: 'NOT_FOUND', info: { field: 'databaseId' } });
  });

  it('answers an empty database with no hits', async () => {
    const empty = await putDatabase(backend.tables);

    const answer = await ask({ databaseId: empty.id, values: [1, 0, 0, 0] });

    expect(answer).toMatchObject({ hits: [], version: '000000000000', records: null });
  });
});
