import { addLanes } from './lanes';

/** Scales each row of D floats to length 1; rows of zeros stay. */
export function normalizeRows(rows: usize, count: i32, D: i32): void {
  const width = (<usize>D) << 2;
  for (let n = 0; n < count; n++) {
    const row = rows + <usize>n * width;
    let squared = squaredLength(row, D);
    // Squares of very small or large values leave the range of f32: bring the row into it first.
    if (!(squared > 1e-30 && squared < 1e30)) {
      const largest = largestOf(row, D);
      if (largest == 0) continue;
      divide(row, D, largest);
      squared = squaredLength(row, D);
    }
    divide(row, D, sqrt<f32>(squared));
  }
}

/** Returns the squared length of a row. */
export function squaredLength(row: usize, D: i32): f32 {
  return multiplyRows(row, row, D);
}

/** Returns the dot product of two rows, without fused operations: all variants agree to the last bit. */
export function multiplyRows(one: usize, other: usize, D: i32): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let i = 0;
  for (; i + 8 <= D; i += 8) {
    const at = (<usize>i) << 2;
    a = f32x4.add(a, f32x4.mul(v128.load(one + at), v128.load(other + at)));
    b = f32x4.add(b, f32x4.mul(v128.load(one + at, 16), v128.load(other + at, 16)));
  }
  let sum = addLanes(a, b);
  for (; i < D; i++) {
    const at = (<usize>i) << 2;
    sum += load<f32>(one + at) * load<f32>(other + at);
  }
  return sum;
}

function largestOf(row: usize, D: i32): f32 {
  let largest: f32 = 0;
  for (let i = 0; i < D; i++) largest = max<f32>(largest, abs<f32>(load<f32>(row + ((<usize>i) << 2))));
  return largest;
}

function divide(row: usize, D: i32, divisor: f32): void {
  const divisors = f32x4.splat(divisor);
  let i = 0;
  for (; i + 4 <= D; i += 4) {
    const at = row + ((<usize>i) << 2);
    v128.store(at, f32x4.div(v128.load(at), divisors));
  }
  for (; i < D; i++) {
    const at = row + ((<usize>i) << 2);
    store<f32>(at, load<f32>(at) / divisor);
  }
}

/**
 * Adds each row of D floats to the sum of its list (D floats, f32) and counts it (u32). The list of row n is the u32
 * at `lists + n * listStride`.
 */
export function addRows(
  rows: usize,
  lists: usize,
  listStride: i32,
  count: i32,
  D: i32,
  sums: usize,
  counts: usize,
): void {
  const width = (<usize>D) << 2;
  for (let n = 0; n < count; n++) {
    const list = <usize>load<u32>(lists + <usize>n * <usize>listStride);
    const row = rows + <usize>n * width;
    const sum = sums + list * width;
    for (let i: usize = 0; i < width; i += 32) {
      v128.store(sum + i, f32x4.add(v128.load(sum + i), v128.load(row + i)));
      v128.store(sum + i, f32x4.add(v128.load(sum + i, 16), v128.load(row + i, 16)), 16);
    }
    store<u32>(counts + (list << 2), load<u32>(counts + (list << 2)) + 1);
  }
}
