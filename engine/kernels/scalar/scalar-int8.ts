import type { KernelFunctions } from '../kernels.ts';
import type { LinearMemoryViews } from './linear-memory.ts';
import { squaredLength } from './scalar-rows.ts';
import { roundHalfEven, SMALLEST_RANGE } from './sums.ts';

/* eslint max-params: 'off' -- kernels take addresses and counts, as their WebAssembly twins do. */

const { fround } = Math;

function quantizeRow(memory: LinearMemoryViews, row: Float32Array, out: number, stride: number): void {
  const D = row.length;
  const largest = row.reduce((found, value) => Math.max(found, Math.abs(value)), 0);
  const isZero = largest < SMALLEST_RANGE;
  const scale = isZero ? 0 : fround(largest / 127);
  const factor = isZero ? 0 : fround(127 / largest);
  const values = memory.signedBytes(out, D);
  for (let i = 0; i < D; i++) values[i] = roundHalfEven(fround(row[i]! * factor));
  const sum = values.reduce((total, value) => total + value, 0);
  memory.floats(out + D, 2).set([scale, fround(scale * sum)]);
  if (stride >= D + 12) memory.floats(out + D + 8, 1)[0] = squaredLength(row);
}

function quantizeQuery(query: Float32Array, out: Uint8Array): [minimum: number, step: number] {
  const minimum = query.reduce((found, value) => Math.min(found, value), Infinity);
  const maximum = query.reduce((found, value) => Math.max(found, value), -Infinity);
  const range = fround(maximum - minimum);
  const isFlat = range < SMALLEST_RANGE;
  const factor = isFlat ? 0 : fround(127 / range);
  for (let i = 0; i < query.length; i++) {
    out[i] = roundHalfEven(fround(fround(query[i]! - minimum) * factor));
  }
  return [minimum, isFlat ? 0 : fround(range / 127)];
}

/** Makes the scalar twins of `int8.ts`. */
export function scalarInt8(
  memory: LinearMemoryViews,
): Pick<KernelFunctions, 'quantizeRows8' | 'quantizeQuery7' | 'dotRows8' | 'dotRows8At'> {
  const { floats, integers, bytes, signedBytes } = memory;

  function score(query7: number, info: number, row: number, D: number, stride: number): number {
    const query = bytes(query7, D);
    const [minimum, step] = floats(info, 2) as unknown as [number, number];
    const [scale, scaledSum] = floats(row + D, 2) as unknown as [number, number];
    const sum = signedBytes(row, D).reduce((total, value, i) => total + value * query[i]!, 0);
    const product = fround(fround(fround(scale * step) * fround(sum)) + fround(minimum * scaledSum));
    return stride >= D + 12 ? fround(fround(product * 2) - floats(row + D + 8, 1)[0]!) : product;
  }

  return {
    quantizeRows8: (rows, count, D, out, stride) => {
      for (let n = 0; n < count; n++) {
        quantizeRow(memory, floats(rows + n * D * 4, D), out + n * stride, stride);
      }
    },
    quantizeQuery7: (query, D, out, info) => {
      floats(info, 2).set(quantizeQuery(floats(query, D), bytes(out, D)));
    },
    dotRows8: (query7, info, rows8, count, D, stride, out) => {
      const scores = floats(out, count);
      for (let n = 0; n < count; n++) scores[n] = score(query7, info, rows8 + n * stride, D, stride);
    },
    dotRows8At: (query7, info, rows8, indexes, count, D, stride, out) => {
      const scores = floats(out, count);
      integers(indexes, count).forEach((row, n) => {
        scores[n] = score(query7, info, rows8 + row * stride, D, stride);
      });
    },
  };
}
