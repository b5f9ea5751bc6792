import { describe, expect, it } from 'vitest';
import type { Metric, Row } from '../../engine/api.ts';
import { seededRandom } from '../../engine/index.ts';
import { makeQuery, makeRow, openTestDatabase, upsert } from '../support/engine-database.ts';
import { oracleSearch } from '../support/search-oracle.ts';

const DIMENSIONS = [1, 2, 3, 31, 32, 33, 63, 64, 65, 383, 384, 1536, 4095, 4096];
/** Both sides of the threshold from which segments have an index. */
const MIN_INDEX_ROWS = 16;
const METRICS: Metric[] = ['DOT_PRODUCT', 'EUCLIDEAN', 'COSINE'];

/** Small integers, never all zero: many ties, and products that are exact in f32. */
function someRows(count: number, dimension: number): Row[] {
  const random = seededRandom(dimension);
  return Array.from({ length: count }, (_, i) => {
    const values = Array.from({ length: dimension }, () => Math.floor(random() * 5) - 2);
    return makeRow(`id-${i % 2}-${i}`, [...values.slice(1), values[0] === 0 ? 1 : values[0]!]);
  });
}

describe.each(METRICS)('vectors of any length under %s', (metric) => {
  it.each(DIMENSIONS)('are ranked as by brute force: %d values', async (dimension) => {
    for (const count of [5, MIN_INDEX_ROWS + 20]) {
      const rows = someRows(count, dimension);
      rows.push({ ...rows[0]!, id: 'same', address: 'at-same' });
      const { database } = openTestDatabase({ dimension, metric }, { minIndexRows: MIN_INDEX_ROWS });
      await upsert(database, rows);

      for (const topK of [3, 1000]) {
        const query = makeQuery({ values: rows[1]!.values, topK, exact: true, excludeIds: [rows[2]!.id] });
        const expected = oracleSearch(rows, query, metric);
        const { hits } = await database.search(query);

        expect(hits).toHaveLength(expected.length);
        hits.forEach(({ score }, i) => {
          const scale = Math.max(1, Math.abs(expected[i]!.score));
          expect(Math.abs(score - expected[i]!.score) / scale).toBeLessThan(1e-5);
        });
        expect(hits.map(({ id }) => id)).not.toContain(rows[2]!.id);
        if (metric === 'DOT_PRODUCT') expect(hits.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      }

      const query = makeQuery({ values: rows[1]!.values, topK: 3, effort: 1 });
      const scores = new Map(
        oracleSearch(rows, { ...query, topK: 1000 }, metric).map(({ id, score }) => [id, score]),
      );
      const { hits } = await database.search(query);
      expect(hits).toHaveLength(3);
      for (const { id, score } of hits)
        expect(Math.abs(score - scores.get(id)!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(score)));
    }
  });

  it('that are few or none are answered at any effort, and minScore cuts', async () => {
    for (const count of [0, 1, MIN_INDEX_ROWS + 1]) {
      const rows = someRows(count, 32);
      const { database } = openTestDatabase({ dimension: 32, metric }, { minIndexRows: MIN_INDEX_ROWS });
      if (count > 0) await upsert(database, rows);
      const values = someRows(1, 32)[0]!.values;
      const all = oracleSearch(rows, makeQuery({ values, topK: 1000 }), metric);

      for (const choice of [{ effort: 0 }, { effort: 1 }, { exact: true }]) {
        const { hits } = await database.search(makeQuery({ values, topK: 1000, ...choice }));
        expect(hits.map(({ id }) => id).sort()).toEqual(all.map(({ id }) => id).sort());

        const minScore = ((all[0]?.score ?? 0) + (all.at(-1)?.score ?? 0)) / 2 + 1e-3;
        const cut = await database.search(makeQuery({ values, topK: 1000, minScore, ...choice }));
        const kept = all.filter(({ score }) => score >= minScore);
        expect(cut.hits.map(({ id }) => id).sort()).toEqual(kept.map(({ id }) => id).sort());
      }
    }
  });

  it.each([NaN, Infinity, -Infinity, 1e16, 3e38])('with %d are refused', async (value) => {
    const { database } = openTestDatabase({ dimension: 3, metric });
    await upsert(database, [makeRow('a', [1, 0, 0])]);
    const refused = { kind: 'InvalidInput' };

    await expect(database.writeSegment([makeRow('b', [1, value, 0])])).rejects.toMatchObject(refused);
    await expect(database.search(makeQuery({ values: [1, value, 0] }))).rejects.toMatchObject(refused);
  });

  it('with zeros, and those that are next to zero or huge, are right or refused', async () => {
    const { database } = openTestDatabase({ dimension: 2, metric });
    const zero = makeRow('zero', [0, -0]);
    const rows = [makeRow('huge', [1e15, -1e15]), makeRow('tiny', [1e-45, -0]), makeRow('one', [1, 0])];
    const isRefused = metric === 'COSINE';
    if (isRefused)
      await expect(database.writeSegment([zero])).rejects.toMatchObject({ kind: 'InvalidInput' });
    else rows.push(zero);
    await upsert(database, rows);

    for (const values of [
      [1, 0],
      [1e-45, 0],
      [1e15, 1e15],
    ]) {
      const query = makeQuery({ values, topK: 10, exact: true });
      const expected = new Map(oracleSearch(rows, query, metric).map(({ id, score }) => [id, score]));
      const { hits } = await database.search(query);
      expect(hits).toHaveLength(rows.length);
      for (const { id, score } of hits) {
        const wanted = expected.get(id)!;
        expect(Math.abs(score - wanted), `${id} ${values.join()}`).toBeLessThanOrEqual(
          1e-4 * Math.max(1, Math.abs(wanted)),
        );
      }
    }
    if (isRefused)
      await expect(database.search(makeQuery({ values: [0, -0] }))).rejects.toMatchObject({
        kind: 'InvalidInput',
      });
  });
});
