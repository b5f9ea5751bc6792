import { describe, expect, it } from 'vitest';
import { putDatabase } from '../../../support/database-item.ts';
import { FILES, useSearchFixture } from '../../../support/search-fixture.ts';

const fixture = useSearchFixture();

describe('the answer', () => {
  it('has the shape that the next pipeline function joins', async () => {
    const answer = await fixture.ask({ values: [1, 0, 0, 0], topK: 2 });

    expect(answer).toEqual({
      hits: [
        {
          id: 'p1',
          pk: `${fixture.plain.id}#g1#-`,
          sk: expect.stringMatching(/^p1\u001f[0-9a-f]{12}-[0-9a-f]{8}$/) as unknown,
          score: expect.closeTo(1, 5) as unknown,
          distance: expect.any(Number) as unknown,
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
        tookMs: expect.any(Number) as unknown,
        cold: expect.any(Boolean) as unknown,
        exact: true,
        segments: 2,
        candidates: 9,
        matchedFilter: null,
        bytesFetched: expect.any(Number) as unknown,
        estimatedCostUsd: expect.any(Number) as unknown,
      },
      records: null,
    });
  });

  it('names the records of chunks by their file', async () => {
    const { hits } = await fixture.ask({ values: [0, 0, 0, 1], topK: 1 });

    expect(hits[0]).toMatchObject({
      id: `${FILES[0]}:1:0`,
      pk: `${fixture.plain.id}#g1#${FILES[0]}`,
      sk: 'v000001#00000000\u001f0',
      fileId: FILES[0],
    });
  });

  it('estimates more than the price of an API call and less than a cent', async () => {
    const { stats } = await fixture.ask({ values: [1, 0, 0, 0] });

    expect(stats.estimatedCostUsd).toBeGreaterThan(4e-6);
    expect(stats.estimatedCostUsd).toBeLessThan(0.01);
  });

  it('is warm once the index is in memory', async () => {
    await fixture.ask({ values: [1, 0, 0, 0] });

    const { stats } = await fixture.ask({ values: [1, 0, 0, 0] });

    expect(stats).toMatchObject({ cold: false, bytesFetched: 0 });
  });
});

describe('selected fields', () => {
  it('are read when they are selected', async () => {
    const selection = [
      'hits',
      'hits/id',
      'hits/text',
      'hits/values',
      'hits/highlights',
      'hits/highlights/start',
    ];

    const { hits, records } = await fixture.ask(
      { text: 'fox', values: [1, 0, 0, 0], topK: 2 },
      { selection },
    );

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

    const { hits } = await fixture.ask({ values: [1, 0, 0, 0], groupByFile: true }, options);

    expect(hits.every(({ values }) => values?.length === 4)).toBe(true);
  });

  it('give no highlights without a text', async () => {
    const { hits, records } = await fixture.ask({ values: [1, 0, 0, 0] }, { selection: ['hits/highlights'] });

    expect(hits.every(({ highlights }) => highlights === null)).toBe(true);
    expect(records).toBeNull();
  });

  it('come with records when there are more hits than the resolver can read', async () => {
    const database = await putDatabase(fixture.backend.tables);
    const many = Array.from({ length: 150 }, (_, index) => ({
      id: `m${index}`,
      values: [1, index / 150, 0, 0],
    }));
    await fixture.vectors.data('upsertVectors', { databaseId: database.id, vectors: many });

    const more = await fixture.ask({ databaseId: database.id, values: [1, 0, 0, 0], topK: 101 });
    const fewer = await fixture.ask({ databaseId: database.id, values: [1, 0, 0, 0], topK: 100 });

    expect(more.hits).toHaveLength(101);
    expect(new Set(more.records?.map(({ sk }) => sk))).toEqual(new Set(more.hits.map(({ sk }) => sk)));
    expect(fewer.records).toBeNull();
  });

  it('are refused when the answer would be too large', async () => {
    const database = await putDatabase(fixture.backend.tables);
    const text = 'lorem ipsum '.repeat(2_700);
    for (let round = 0; round < 2; round++) {
      const many = Array.from({ length: 100 }, (_, index) => ({
        id: `${round}-${index}`,
        values: [1, 0, 0, 0],
        text,
      }));
      await fixture.vectors.data('upsertVectors', { databaseId: database.id, vectors: many });
    }

    const input = { databaseId: database.id, values: [1, 0, 0, 0], topK: 200 };
    const error = await fixture.refuse(input, { selection: ['hits/id', 'hits/text'] });
    const { hits } = await fixture.ask(input, { selection: ['hits/id', 'hits/metadata'] });

    expect(hits).toHaveLength(200);
    expect(error).toMatchObject({
      kind: 'PAYLOAD_TOO_LARGE',
      info: { field: 'input.topK', limit: 4_900_000 },
    });
  });
});

describe('access', () => {
  it('answers NOT_FOUND for unknown databases and for those of others alike', async () => {
    const unknown = await fixture.refuse({ databaseId: 'nowhere', values: [1, 0, 0, 0] });
    const foreign = await fixture.refuse({ values: [1, 0, 0, 0] }, { databaseIds: ['nowhere'] });

    const field = 'input.databaseId';
    expect(unknown).toMatchObject({ kind: 'NOT_FOUND', info: { field, actual: 'nowhere' } });
    expect(foreign).toMatchObject({ kind: 'NOT_FOUND', info: { field } });
  });

  it('answers an empty database with no hits', async () => {
    const empty = await putDatabase(fixture.backend.tables);

    const answer = await fixture.ask({ databaseId: empty.id, values: [1, 0, 0, 0] });

    expect(answer).toMatchObject({ hits: [], version: '000000000000', records: null });
  });
});
