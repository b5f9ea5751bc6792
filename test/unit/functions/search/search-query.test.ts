import { describe, expect, it } from 'vitest';
import type { SearchInput } from '../../../../schema/generated/types.ts';
import { FILES, idsOf, useSearchFixture } from '../../../support/search-fixture.ts';

const fixture = useSearchFixture();

describe('the mode', () => {
  it.each([
    ['VECTOR with values', {}, { values: [1, 0, 0, 0] }, ['vector']],
    ['KEYWORD with text alone', {}, { text: 'fox' }, ['keyword']],
    ['HYBRID with text and values', {}, { text: 'fox', values: [1, 0, 0, 0] }, ['vector', 'keyword']],
  ])('is %s', async (_name, _database, input, stages) => {
    const { hits } = await fixture.ask({ ...input, explain: true, topK: 1 });

    const found = hits[0]?.stages?.map(({ stage }) => stage.toLowerCase()) ?? [];
    for (const stage of stages) expect(found.join(' ')).toContain(stage);
    if (stages.length === 1)
      expect(found.join(' ')).not.toContain(stages[0] === 'vector' ? 'keyword' : 'vector');
  });

  it('is HYBRID with text and an embedding', async () => {
    const { hits } = await fixture.ask({ databaseId: fixture.embedded.id, text: 'red fox', explain: true });

    const stages = hits[0]?.stages?.map(({ stage }) => stage).join(' ') ?? '';
    expect(['p1', 'p2']).toContain(hits[0]?.id);
    expect(stages).toMatch(/vector/i);
    expect(stages).toMatch(/keyword/i);
  });

  it('VECTOR embeds the text', async () => {
    const answer = await fixture.ask({
      databaseId: fixture.embedded.id,
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
    expect(await fixture.refuse(input)).toMatchObject({
      kind: 'VALIDATION',
      info: { field, retryable: false },
    });
  });

  it('refuses a vector of another dimension with limit and actual', async () => {
    expect(await fixture.refuse({ values: [1, 0, 0] })).toMatchObject({
      kind: 'DIMENSION_MISMATCH',
      info: { field: 'input.values', limit: 4, actual: 3 },
    });
  });
});

describe('the vector', () => {
  it('may come as base64 of little-endian floats', async () => {
    const bytes = Buffer.alloc(16);
    [0, 1, 0, 0].forEach((value, index) => bytes.writeFloatLE(value, index * 4));

    expect(idsOf(await fixture.ask({ valuesBase64: bytes.toString('base64'), topK: 1 }))).toEqual(['p4']);
  });

  it('may be that of a stored vector, which is left out', async () => {
    const answer = await fixture.ask({ likeVectorId: 'p1', topK: 3 });

    expect(idsOf(answer)).toEqual(['p2', 'p3', expect.any(String) as unknown]);
    expect(await fixture.refuse({ likeVectorId: 'nobody' })).toMatchObject({
      kind: 'NOT_FOUND',
      info: { field: 'input.likeVectorId', actual: 'nobody' },
    });
  });
});

describe('filters', () => {
  it('work in both spellings', async () => {
    const one = await fixture.ask({ values: [1, 0, 0, 0], filter: { field: 'year', number: { gte: 2003 } } });
    const other = await fixture.ask({ values: [1, 0, 0, 0], filterJson: '{"year":{"$gte":2003}}' });
    const parsed = await fixture.ask({ values: [1, 0, 0, 0], filterJson: { year: { $gte: 2003 } } as never });

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
    expect((await fixture.refuse({ values: [1, 0, 0, 0], ...input })).kind).toBe(kind);
  });

  it('refuse to nest without end', async () => {
    let filter: object = { field: 'year', exists: true };
    for (let depth = 0; depth < 40; depth++) filter = { not: filter };

    expect(await fixture.refuse({ values: [1, 0, 0, 0], filter })).toMatchObject({
      kind: 'VALIDATION',
      info: { limit: 16 },
    });
  });

  it('take file ids and a least score', async () => {
    const inFile = await fixture.ask({ values: [0, 0, 0, 1], fileIds: [FILES[1]] });
    const good = await fixture.ask({ values: [1, 0, 0, 0], minScore: 0.9 });

    expect(inFile.hits.map(({ fileId }) => fileId)).toEqual([FILES[1], FILES[1]]);
    expect(idsOf(good)).toEqual(['p1', 'p2']);
  });
});
