import type { KernelFunctions } from '../kernels.ts';
import type { LinearMemoryViews } from './linear-memory.ts';
import { sumInEights } from './sums.ts';

/* eslint max-params: 'off' -- kernels take addresses and counts, as their WebAssembly twins do. */

const { fround } = Math;

/** Returns the squared length of a row in f32. */
export function squaredLength(row: Float32Array): number {
  return sumInEights(row.length, (i) => row[i]! * row[i]!);
}

function normalize(row: Float32Array): void {
  let squared = squaredLength(row);
  if (!(squared > fround(1e-30) && squared < fround(1e30))) {
    const largest = row.reduce((found, value) => Math.max(found, Math.abs(value)), 0);
    if (largest === 0) return;
    for (let i = 0; i < row.length; i++) row[i]! /= largest;
    squared = squaredLength(row);
  }
  const length = fround(Math.sqrt(squared));
  for (let i = 0; i < row.length; i++) row[i]! /= length;
}

/** Flips signs, scales, and applies the butterflies of distance 1, 2, 4, ... to a row in place. */
function transform(row: Float32Array, signs: Float32Array): void {
  const scale = fround(1 / Math.sqrt(row.length));
  for (let i = 0; i < row.length; i++) row[i] = fround(row[i]! * signs[i]!) * scale;
  for (let distance = 1; distance < row.length; distance *= 2) {
    for (let i = 0; i < row.length; i++) {
      if ((i & distance) !== 0) continue;
      const [a, b] = [row[i]!, row[i + distance]!];
      row[i] = a + b;
      row[i + distance] = a - b;
    }
  }
}

function rotate(row: Float32Array, signs: Float32Array): void {
  const D = row.length;
  const span = 2 ** Math.floor(Math.log2(D));
  for (let round = 0; round < 4; round++) {
    const flips = signs.subarray(round * D, (round + 1) * D);
    const start = round % 2 === 0 ? 0 : D - span;
    for (let i = 0; i < D; i++) if (i < start || i >= start + span) row[i]! *= flips[i]!;
    transform(row.subarray(start, start + span), flips.subarray(start, start + span));
  }
}

/** Makes the scalar twins of `rotate.ts` and `rows.ts`. */
export function scalarRows(
  memory: LinearMemoryViews,
): Pick<KernelFunctions, 'rotateRows' | 'normalizeRows' | 'addRows'> {
  const { floats, integers } = memory;
  return {
    rotateRows: (rows, count, D, signs) => {
      for (let n = 0; n < count; n++) rotate(floats(rows + n * D * 4, D), floats(signs, 4 * D));
    },
    normalizeRows: (rows, count, D) => {
      for (let n = 0; n < count; n++) normalize(floats(rows + n * D * 4, D));
    },
    addRows: (rows, lists, listStride, count, D, sums, counts) => {
      for (let n = 0; n < count; n++) {
        const list = integers(lists + n * listStride, 1)[0]!;
        const row = floats(rows + n * D * 4, D);
        const sum = floats(sums + list * D * 4, D);
        for (let i = 0; i < D; i++) sum[i]! += row[i]!;
        integers(counts + list * 4, 1)[0]! += 1;
      }
    },
  };
}
