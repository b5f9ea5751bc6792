import { describe, expect, it } from 'vitest';
import { datasetPlan, bucketCount, bucketOf } from '../../../bench/datasets/dataset-plan.ts';
import { findNearest, sharedFloats } from '../../../bench/datasets/nearest.ts';
import { textLikeSource } from '../../../bench/datasets/text-like.ts';

const shape = { ...datasetPlan('text20k').shape!, dimension: 32, latent: 16, clusters: 20, topics: 4 };

function draw(rows: number, seed: number): Float32Array {
  const vectors = sharedFloats(rows * shape.dimension);
  const next = textLikeSource({ ...shape, seed });
  for (let n = 0; n < rows; n++) next(vectors.subarray(n * shape.dimension, (n + 1) * shape.dimension));
  return vectors;
}

describe('generated vectors', () => {
  it('are the same for the same seed and others for another', () => {
    expect(draw(5, 1)).toEqual(draw(5, 1));
    expect(draw(5, 1)).not.toEqual(draw(5, 2));
  });

  it('have length 1', () => {
    const [vector] = [draw(1, 3)];

    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  });

  it('fall evenly into buckets', () => {
    const counts = new Array<number>(bucketCount).fill(0);
    for (let row = 0; row < 100 * bucketCount; row++) counts[bucketOf(row)]! += 1;

    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(150);
  });
});

describe('true neighbours', () => {
  it.each(['COSINE', 'EUCLIDEAN'] as const)('are those of a plain sort under %s', async (metric) => {
    const base = draw(300, 4);
    const queries = draw(7, 5);
    const { dimension } = shape;
    const distance = (query: number, row: number): number => {
      let sum = 0;
      for (let i = 0; i < dimension; i++) {
        const [left, right] = [queries[query * dimension + i]!, base[row * dimension + i]!];
        sum += metric === 'COSINE' ? -left * right : (left - right) ** 2;
      }
      return sum;
    };

    const found = await findNearest({ base, queries, rowIds: null, dimension, k: 12, metric });

    for (let query = 0; query < 7; query++) {
      const sorted = Array.from({ length: 300 }, (_, row) => row).sort(
        (a, b) => distance(query, a) - distance(query, b),
      );
      expect([...found.neighbours.subarray(query * 12, query * 12 + 12)]).toEqual(sorted.slice(0, 12));
    }
  });

  it('are only those rows that compete', async () => {
    const base = draw(100, 6);
    const queries = draw(2, 7);
    const rowIds = Uint32Array.from([3, 50, 99]);
    const { dimension } = shape;

    const { neighbours } = await findNearest({ base, queries, rowIds, dimension, k: 4, metric: 'COSINE' });

    expect([...neighbours.subarray(0, 3)].sort((a, b) => a - b)).toEqual([3, 50, 99]);
    expect(neighbours[3]).toBe(0xffff_ffff);
  });
});
