import { multiplyAdd, reduce } from './lanes';
import { touchRows } from './touch';

// Additions are grouped in four accumulators of four lanes, then reduced in one fixed order: `scalar-dot.ts` repeats that
// order, so that the plain SIMD module and the scalar oracle agree to the last bit.

function dot(query: usize, row: usize, dim: i32): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let i = 0;
  for (; i + 16 <= dim; i += 16) {
    const at = (<usize>i) << 2;
    a = multiplyAdd(v128.load(query + at), v128.load(row + at), a);
    b = multiplyAdd(v128.load(query + at, 16), v128.load(row + at, 16), b);
    c = multiplyAdd(v128.load(query + at, 32), v128.load(row + at, 32), c);
    d = multiplyAdd(v128.load(query + at, 48), v128.load(row + at, 48), d);
  }
  for (; i + 4 <= dim; i += 4) {
    const at = (<usize>i) << 2;
    a = multiplyAdd(v128.load(query + at), v128.load(row + at), a);
  }
  let sum = reduce(a, b, c, d);
  for (; i < dim; i++) {
    const at = (<usize>i) << 2;
    sum += load<f32>(query + at) * load<f32>(row + at);
  }
  return sum;
}

/** Writes the dot product of the query with each of `count` consecutive rows to `out`. */
export function dotRows(query: usize, rows: usize, count: i32, dim: i32, out: usize): void {
  const stride = (<usize>dim) << 2;
  for (let n = 0; n < count; n++) {
    store<f32>(out + ((<usize>n) << 2), dot(query, rows + <usize>n * stride, dim));
  }
}

/** As `dotRows`, for the rows of `stride` bytes that `indexes` (u32) names. */
export function dotRowsAt(
  query: usize,
  rows: usize,
  indexes: usize,
  count: i32,
  dim: i32,
  stride: i32,
  out: usize,
): void {
  for (let n = 0; n < count; n++) {
    const at = (<usize>n) << 2;
    // One read in each quarter of a page: the rest follows from these.
    if ((n & 15) == 0) store<u32>(out + at, touchRows(rows, indexes + at, count - n, stride, 1024));
    store<f32>(out + at, dot(query, rows + <usize>load<u32>(indexes + at) * <usize>stride, dim));
  }
}
