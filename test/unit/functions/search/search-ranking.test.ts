import { describe, expect, it } from 'vitest';
import { FILES, idsOf, useSearchFixture } from '../../../support/search-fixture.ts';

const fixture = useSearchFixture();

describe('ranking', () => {
  it('takes the method and weight of the fusion', async () => {
    const weigh = async (vectorWeight: number) =>
      idsOf(
        await fixture.ask({
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
      (await fixture.ask({ text: 'fox', values: [1, 0, 0, 0], topK: 1, fusion: { method: 'RRF', k } }))
        .hits[0]?.score ?? 0;

    expect(await scoreWith(1)).toBeGreaterThan(await scoreWith(1000));
  });

  it('is diverse when asked, and explains it', async () => {
    const alike = await fixture.ask({ values: [1, 0, 0, 0], topK: 2 });
    const diverse = await fixture.ask({ values: [1, 0, 0, 0], topK: 2, diversity: 0.7, explain: true });
    const certain = await fixture.ask({ values: [1, 0, 0, 0], topK: 2, diversity: 0 });

    expect(idsOf(alike)).toEqual(['p1', 'p2']);
    expect(idsOf(diverse)[0]).toBe('p1');
    expect(idsOf(diverse)[1]).not.toBe('p2');
    expect(idsOf(certain)).toEqual(idsOf(alike));
    expect(diverse.hits[1]?.stages?.at(-1)).toMatchObject({ stage: 'diversity', rank: 2 });
    expect(diverse.hits[0]?.values).toBeNull();
  });

  it('groups hits by file, best file first', async () => {
    const { hits, groups } = await fixture.ask({ values: [0, 0, 0.3, 1], topK: 5, groupByFile: true });

    expect(hits).toHaveLength(5);
    expect(groups?.map(({ fileId }) => fileId)).toEqual([FILES[1], FILES[0], null]);
    expect(groups?.flatMap(({ ids }) => ids).sort()).toEqual(hits.map(({ id }) => id).sort());
    expect(groups?.[0]?.ids).toEqual(hits.filter(({ fileId }) => fileId === FILES[1]).map(({ id }) => id));
  });

  it('is exact when asked, at any effort', async () => {
    const exact = await fixture.ask({ values: [1, 0, 0, 0], exact: true });
    const quick = await fixture.ask({ values: [1, 0, 0, 0], effort: 0 });

    expect(exact.stats.exact).toBe(true);
    expect(idsOf(exact)).toHaveLength(9);
    expect(quick.hits.length).toBeGreaterThan(0);
  });

  it('asserts a version that was written', async () => {
    const shortened = String(Number(fixture.receipt.version));

    expect(
      idsOf(await fixture.ask({ values: [1, 0, 0, 0], minVersion: fixture.receipt.version })),
    ).toHaveLength(9);
    expect(idsOf(await fixture.ask({ values: [1, 0, 0, 0], minVersion: shortened }))).toHaveLength(9);
    expect(await fixture.refuse({ values: [1, 0, 0, 0], minVersion: '000000999999' })).toMatchObject({
      kind: 'UNAVAILABLE',
      info: { retryable: true },
    });
  });
});
