import type { KernelFunctions } from '../kernels.ts';
import type { LinearMemoryViews } from './linear-memory.ts';
import { sumInSixteens } from './sums.ts';

/* eslint max-params: 'off' -- kernels take addresses and counts, as their WebAssembly twins do. */

type Score = (query: Float32Array, row: Float32Array) => number;

/** Returns the f32 dot product exactly as the plain SIMD kernel computes it. */
export function scalarDot(query: Float32Array, row: Float32Array): number {
  return sumInSixteens(query.length, (i) => query[i]! * row[i]!);
}

/** Returns the f32 squared Euclidean distance exactly as the plain SIMD kernel computes it. */
export function scalarSquaredL2(query: Float32Array, row: Float32Array): number {
  return sumInSixteens(query.length, (i) => {
    const difference = Math.fround(query[i]! - row[i]!);
    return difference * difference;
  });
}

/** Makes the scalar twins of `dot.ts` and `l2.ts`. */
export function scalarDots(
  memory: LinearMemoryViews,
): Pick<KernelFunctions, 'dotRows' | 'dotRowsAt' | 'l2Rows' | 'l2RowsAt'> {
  const { floats, integers } = memory;
  const overRows =
    (score: Score) => (query: number, rows: number, count: number, dim: number, out: number) => {
      const scores = floats(out, count);
      for (let n = 0; n < count; n++) {
        scores[n] = score(floats(query, dim), floats(rows + n * dim * 4, dim));
      }
    };
  const overIndexes =
    (score: Score) =>
    (
      query: number,
      rows: number,
      indexes: number,
      count: number,
      dim: number,
      stride: number,
      out: number,
    ): void => {
      const scores = floats(out, count);
      const chosen = integers(indexes, count);
      for (let n = 0; n < count; n++) {
        scores[n] = score(floats(query, dim), floats(rows + chosen[n]! * stride, dim));
      }
    };
  const negativeL2: Score = (query, row) => -scalarSquaredL2(query, row);
  return {
    dotRows: overRows(scalarDot),
    dotRowsAt: overIndexes(scalarDot),
    l2Rows: overRows(negativeL2),
    l2RowsAt: overIndexes(negativeL2),
  };
}
