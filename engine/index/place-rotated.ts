import type { Metric } from '../api.ts';
import type { Kernels } from '../kernels/kernels.ts';
import type { Rotation } from './rotation.ts';

/** Bytes of the int8 form of a row: the values, scale, scaled sum, and under EUCLIDEAN the squared length. */
export function row8Bytes(dimension: number, metric: Metric): number {
  return dimension + (metric === 'EUCLIDEAN' ? 12 : 8);
}

/** Where rows to index come from. */
export interface RowSource {
  /** Row-major. */
  values: Float32Array;
  dimension: number;
  rotation: Rotation;
}

/** Copies the rows of the given numbers into the kernels' memory, padded, and rotates them there. */
export function placeRotated(
  kernels: Kernels,
  { values, dimension, rotation }: RowSource,
  { numbers, address, signs }: { numbers: Uint32Array; address: number; signs: number },
): void {
  const padded = rotation.dimension;
  const memory = kernels.arena.memory.buffer();
  const target = new Float32Array(memory, address, numbers.length * padded);
  if (padded !== dimension) target.fill(0);
  numbers.forEach((row, i) => {
    target.set(values.subarray(row * dimension, (row + 1) * dimension), i * padded);
  });
  kernels.functions.rotateRows(address, numbers.length, padded, signs);
}
