import { describe, expect, it } from 'vitest';
import { emptyManifest, type Manifest } from '../../../engine/manifest/manifest.ts';
import { planSearch } from '../../../engine/query/plan-search.ts';
import { coalesce } from '../../../engine/segment/segment-file.ts';
import { makeQuery, PREFIX } from '../../support/engine-database.ts';

const config = { dimension: 2, metric: 'COSINE' as const, prefix: PREFIX };
const manifest: Manifest = {
  ...emptyManifest('000000000001'),
  fields: [{ name: 'year', type: 'NUMBER', sketch: [] }],
};

describe('search plan', () => {
  it('scales the query vector and loads no section for a plain vector search', () => {
    const plan = planSearch(makeQuery({ values: [3, 4] }), manifest, config);

    expect(plan).toMatchObject({
      mode: 'VECTOR',
      topK: 10,
      depth: 10,
      words: null,
      filter: null,
      sections: [],
    });
    expect([...plan.values!]).toEqual([Math.fround(0.6), Math.fround(0.8)]);
  });

  it('looks deeper into both lists of a hybrid search, and loads what words and filter need', () => {
    const query = makeQuery({
      values: [1, 0],
      text: 'Foxes and foxes, AND',
      filter: {
        or: [
          { field: 'year', number: { gt: 1 } },
          { field: 'year', exists: false },
        ],
      },
      fileIds: ['f'],
    });

    const plan = planSearch(query, manifest, config);

    expect(plan).toMatchObject({ depth: 200, words: [{ term: 'and' }, { term: 'foxes' }] });
    expect(plan.sections).toEqual([
      'files',
      'file-codes',
      'terms',
      'posting-blocks',
      'lengths',
      'plain-rows',
      'column:year',
    ]);
    expect(planSearch({ ...query, topK: 100 }, manifest, config).depth).toBe(400);
    expect(planSearch({ ...query, topK: 10_000 }, manifest, config).depth).toBe(10_000);
  });
});

describe('reads of a segment', () => {
  const entry = (offset: number, length: number) => ({
    name: String(offset),
    offset,
    length,
    blockBytes: 1,
    checksums: new Uint32Array(),
  });

  it('join neighbours and leave what is far apart', () => {
    expect(coalesce([entry(300_000, 10), entry(64, 100), entry(192, 50), entry(60_000, 0)])).toEqual([
      { offset: 64, length: 59_936 },
      { offset: 300_000, length: 10 },
    ]);
    expect(coalesce([])).toEqual([]);
  });
});
