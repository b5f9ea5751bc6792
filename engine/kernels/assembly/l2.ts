import { multiplyAdd, reduce } from './lanes';
import { touchRows } from './touch';

// Additions are ordered as in `dot.ts`.

function squaredL2(query: usize, row: usize, dim: i32): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  let i = 0;
  for (; i + 16 <= dim; i += 16) {
    const at = (<usize>i) << 2;
    const da = f32x4.sub(v128.load(query + at), v128.load(row + at));
    const db = f32x4.sub(v128.load(query + at, 16), v128.load(row + at, 16));
    const dc = f32x4.sub(v128.load(query + at, 32), v128.load(row + at, 32));
    const dd = f32x4.sub(v128.load(query + at, 48), v128.load(row + at, 48));
    a = multiplyAdd(da, da, a);
    b = multiplyAdd(db, db, b);
    c = multiplyAdd(dc, dc, c);
    d = multiplyAdd(dd, dd, d);
  }
  for (; i + 4 <= dim; i += 4) {
    const at = (<usize>i) << 2;
    const da = f32x4.sub(v128.load(query + at), v128.load(row + at));
    a = multiplyAdd(da, da, a);
  }
  let sum = reduce(a, b, c, d);
  for (; i < dim; i++) {
    const at = (<usize>i) << 2;
    const difference = load<f32>(query + at) - load<f32>(row + at);
    sum += difference * difference;
  }
  return sum;
}

/** Writes the negative squared Euclidean distance to each of `count` consecutive rows, so that higher is better. */
export function l2Rows(query: usize, rows: usize, count: i32, dim: i32, out: usize): void {
  const stride = (<usize>dim) << 2;
  for (let n = 0; n < count; n++) {
    store<f32>(out + ((<usize>n) << 2), -squaredL2(query, rows + <usize>n * stride, dim));
  }
}

/** As `l2Rows`, for the rows of `stride` bytes that `indexes` (u32) names. */
export function l2RowsAt(
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
    store<f32>(out + at, -squaredL2(query, rows + <usize>load<u32>(indexes + at) * <usize>stride, dim));
  }
}
