import { squaredLength } from './rows';
import { touchRows } from './touch';

// Rows in 8 bits: D x i8, f32 scale, f32 scale * sum of the i8 values, and f32 squared length of the row where the
// stride leaves room for it. Queries have 7 bits, which is what the relaxed dot product is defined for.

/** Ranges below this are treated as zero, since their reciprocal would leave the range of f32. */
const SMALLEST_RANGE: f32 = 1e-30;

/** Quantizes rows of D floats symmetrically to i8. */
export function quantizeRows8(rows: usize, count: i32, D: i32, out: usize, stride: i32): void {
  const width = (<usize>D) << 2;
  for (let n = 0; n < count; n++) {
    const row = rows + <usize>n * width;
    const target = out + <usize>n * <usize>stride;
    const largest = largestAbsolute(row, width);
    const isZero = largest < SMALLEST_RANGE;
    const scale: f32 = isZero ? 0 : largest / 127;
    const sum = roundRow(row, D, isZero ? 0 : 127 / largest, target);
    store<f32>(target + <usize>D, scale);
    store<f32>(target + <usize>D, scale * <f32>sum, 4);
    if (stride >= D + 12) store<f32>(target + <usize>D, squaredLength(row, D), 8);
  }
}

function largestAbsolute(row: usize, width: usize): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  for (let i: usize = 0; i < width; i += 32) {
    a = f32x4.max(a, f32x4.abs(v128.load(row + i)));
    b = f32x4.max(b, f32x4.abs(v128.load(row + i, 16)));
  }
  return largestLane(f32x4.max(a, b));
}

function largestLane(lanes: v128): f32 {
  return max<f32>(
    max<f32>(f32x4.extract_lane(lanes, 0), f32x4.extract_lane(lanes, 1)),
    max<f32>(f32x4.extract_lane(lanes, 2), f32x4.extract_lane(lanes, 3)),
  );
}

function roundRow(row: usize, D: i32, factor: f32, out: usize): i32 {
  const factors = f32x4.splat(factor);
  let sum = i32x4.splat(0);
  for (let i = 0; i < D; i += 8) {
    const at = row + ((<usize>i) << 2);
    const low = rounded(f32x4.mul(v128.load(at), factors));
    const high = rounded(f32x4.mul(v128.load(at, 16), factors));
    sum = i32x4.add(sum, i32x4.add(low, high));
    const words = i16x8.narrow_i32x4_s(low, high);
    v128.store64_lane(out + <usize>i, i8x16.narrow_i16x8_s(words, words), 0);
  }
  return (
    i32x4.extract_lane(sum, 0) +
    i32x4.extract_lane(sum, 1) +
    i32x4.extract_lane(sum, 2) +
    i32x4.extract_lane(sum, 3)
  );
}

/** Rounds to the nearest integer, halves to the even one. */
function rounded(values: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(values));
}

/** Quantizes a query of D floats to 0..127; `info` gets f32 minimum and f32 step. */
export function quantizeQuery7(query: usize, D: i32, out: usize, info: usize): void {
  const width = (<usize>D) << 2;
  let low = v128.load(query);
  let high = low;
  for (let i: usize = 0; i < width; i += 16) {
    const values = v128.load(query + i);
    low = f32x4.min(low, values);
    high = f32x4.max(high, values);
  }
  const minimum = -largestLane(f32x4.neg(low));
  const range = largestLane(high) - minimum;
  const isFlat = range < SMALLEST_RANGE;
  const minima = f32x4.splat(minimum);
  const factors = f32x4.splat(isFlat ? 0 : 127 / range);
  for (let i: usize = 0; i < width; i += 32) {
    const a = rounded(f32x4.mul(f32x4.sub(v128.load(query + i), minima), factors));
    const b = rounded(f32x4.mul(f32x4.sub(v128.load(query + i, 16), minima), factors));
    const words = i16x8.narrow_i32x4_s(a, b);
    v128.store64_lane(out + (i >> 2), i8x16.narrow_i16x8_s(words, words), 0);
  }
  store<f32>(info, minimum);
  store<f32>(info, isFlat ? 0 : range / 127, 4);
}

/** Writes the estimated scores of `count` consecutive rows in 8 bits, higher being better. */
export function dotRows8(
  query7: usize,
  info: usize,
  rows8: usize,
  count: i32,
  D: i32,
  stride: i32,
  out: usize,
): void {
  const bytes = <usize>stride;
  let n = 0;
  for (; n + 4 <= count; n += 4) {
    const a = rows8 + <usize>n * bytes;
    const b = a + bytes;
    const c = b + bytes;
    const d = c + bytes;
    // Row after row: prefetching follows one stream at almost twice the rate of four.
    const sumA = multiplyRow(query7, a, D);
    const sumB = multiplyRow(query7, b, D);
    const sumC = multiplyRow(query7, c, D);
    const sumD = multiplyRow(query7, d, D);
    const sums = addFour(sumA, sumB, sumC, sumD);
    writeFour(sums, info, a, b, c, d, D, stride, out + ((<usize>n) << 2));
  }
  for (; n < count; n++) scoreOne(query7, info, rows8 + <usize>n * bytes, D, stride, out + ((<usize>n) << 2));
}

/** As `dotRows8`, for the rows that `indexes` (u32) names. */
export function dotRows8At(
  query7: usize,
  info: usize,
  rows8: usize,
  indexes: usize,
  count: i32,
  D: i32,
  stride: i32,
  out: usize,
): void {
  let n = 0;
  for (; n + 4 <= count; n += 4) {
    const at = (<usize>n) << 2;
    const a = rows8 + <usize>load<u32>(indexes + at) * <usize>stride;
    const b = rows8 + <usize>load<u32>(indexes + at, 4) * <usize>stride;
    const c = rows8 + <usize>load<u32>(indexes + at, 8) * <usize>stride;
    const d = rows8 + <usize>load<u32>(indexes + at, 12) * <usize>stride;
    if ((n & 15) == 0) store<u32>(out + at, touchRows(rows8, indexes + at, count - n, stride, 64));
    writeFour(multiplyFour(query7, a, b, c, d, D), info, a, b, c, d, D, stride, out + at);
  }
  for (; n < count; n++) {
    const at = (<usize>n) << 2;
    scoreOne(query7, info, rows8 + <usize>load<u32>(indexes + at) * <usize>stride, D, stride, out + at);
  }
}

/** Adds the products of 16 pairs of bytes to four sums. The query's bytes are 0..127, so no sum of two saturates. */
function multiplyAdd16(row: usize, query: usize, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(row), v128.load(query), sum);
  }
  return multiplyAdd8(row + 8, query + 8, multiplyAdd8(row, query, sum));
}

/** As `multiplyAdd16`, for 8 pairs. */
function multiplyAdd8(row: usize, query: usize, sum: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(v128.load_ext<i8>(row), v128.load_ext<i8>(query)));
}

/** Returns four parts of the sum of products of a row and the query. */
function multiplyRow(query: usize, row: usize, D: i32): v128 {
  let a = i32x4.splat(0);
  let b = a;
  let i: usize = 0;
  for (; i + 32 <= <usize>D; i += 32) {
    a = multiplyAdd16(row + i, query + i, a);
    b = multiplyAdd16(row + i + 16, query + i + 16, b);
  }
  for (; i + 16 <= <usize>D; i += 16) a = multiplyAdd16(row + i, query + i, a);
  if (i < <usize>D) b = multiplyAdd8(row + i, query + i, b);
  return i32x4.add(a, b);
}

/** Returns the sums of products of four rows and the query. */
function multiplyFour(query: usize, a: usize, b: usize, c: usize, d: usize, D: i32): v128 {
  let sumA = i32x4.splat(0);
  let sumB = sumA;
  let sumC = sumA;
  let sumD = sumA;
  let i: usize = 0;
  for (; i + 16 <= <usize>D; i += 16) {
    sumA = multiplyAdd16(a + i, query + i, sumA);
    sumB = multiplyAdd16(b + i, query + i, sumB);
    sumC = multiplyAdd16(c + i, query + i, sumC);
    sumD = multiplyAdd16(d + i, query + i, sumD);
  }
  if (i < <usize>D) {
    sumA = multiplyAdd8(a + i, query + i, sumA);
    sumB = multiplyAdd8(b + i, query + i, sumB);
    sumC = multiplyAdd8(c + i, query + i, sumC);
    sumD = multiplyAdd8(d + i, query + i, sumD);
  }
  return addFour(sumA, sumB, sumC, sumD);
}

/** Returns the four totals of four vectors of sums. */
function addFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
}

function writeFour(
  sums: v128,
  info: usize,
  a: usize,
  b: usize,
  c: usize,
  d: usize,
  D: i32,
  stride: i32,
  out: usize,
): void {
  const tail = <usize>D;
  store<f32>(out, score(info, a + tail, i32x4.extract_lane(sums, 0), stride - D));
  store<f32>(out, score(info, b + tail, i32x4.extract_lane(sums, 1), stride - D), 4);
  store<f32>(out, score(info, c + tail, i32x4.extract_lane(sums, 2), stride - D), 8);
  store<f32>(out, score(info, d + tail, i32x4.extract_lane(sums, 3), stride - D), 12);
}

function scoreOne(query: usize, info: usize, row: usize, D: i32, stride: i32, out: usize): void {
  const sum = multiplyRow(query, row, D);
  const total =
    i32x4.extract_lane(sum, 0) +
    i32x4.extract_lane(sum, 1) +
    i32x4.extract_lane(sum, 2) +
    i32x4.extract_lane(sum, 3);
  store<f32>(out, score(info, row + <usize>D, total, stride - D));
}

/** Turns the sum of products into the score; `tail` is the address after the row's i8 values, of `tailBytes` bytes. */
function score(info: usize, tail: usize, sum: i32, tailBytes: i32): f32 {
  const dot = load<f32>(tail) * load<f32>(info, 4) * <f32>sum + load<f32>(info) * load<f32>(tail, 4);
  return tailBytes >= 12 ? dot * 2 - load<f32>(tail, 8) : dot;
}
