// Scoring and selection over rows in linear memory. All addresses are bytes; rows are row-major f32 of `dim` values.
// Additions are grouped in four accumulators of four lanes, then reduced in one fixed order: `scalar-kernels.ts` repeats
// that order, so that the plain SIMD module and the scalar oracle agree to the last bit.

function multiplyAdd(a: v128, b: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, sum);
  return f32x4.add(sum, f32x4.mul(a, b));
}

function reduce(a: v128, b: v128, c: v128, d: v128): f32 {
  const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  return (
    f32x4.extract_lane(sum, 0) +
    f32x4.extract_lane(sum, 1) +
    (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
  );
}

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

/** Writes the dot product of the query with each of `count` consecutive rows to `out`. */
export function dotRows(query: usize, rows: usize, count: i32, dim: i32, out: usize): void {
  const stride = (<usize>dim) << 2;
  for (let n = 0; n < count; n++) {
    store<f32>(out + ((<usize>n) << 2), dot(query, rows + <usize>n * stride, dim));
  }
}

/** As `dotRows`, for the rows that `indexes` (u32) names. */
export function dotRowsAt(query: usize, rows: usize, indexes: usize, count: i32, dim: i32, out: usize): void {
  const stride = (<usize>dim) << 2;
  for (let n = 0; n < count; n++) {
    const at = (<usize>n) << 2;
    store<f32>(out + at, dot(query, rows + <usize>load<u32>(indexes + at) * stride, dim));
  }
}

/** Writes the negative squared Euclidean distance to each of `count` consecutive rows, so that higher is better. */
export function l2Rows(query: usize, rows: usize, count: i32, dim: i32, out: usize): void {
  const stride = (<usize>dim) << 2;
  for (let n = 0; n < count; n++) {
    store<f32>(out + ((<usize>n) << 2), -squaredL2(query, rows + <usize>n * stride, dim));
  }
}

/** As `l2Rows`, for the rows that `indexes` (u32) names. */
export function l2RowsAt(query: usize, rows: usize, indexes: usize, count: i32, dim: i32, out: usize): void {
  const stride = (<usize>dim) << 2;
  for (let n = 0; n < count; n++) {
    const at = (<usize>n) << 2;
    store<f32>(out + at, -squaredL2(query, rows + <usize>load<u32>(indexes + at) * stride, dim));
  }
}

// The heap holds entries of 8 bytes { f32 score, u32 row }, the worst at the root. Of equal scores the higher row is worse.

function isWorse(heap: usize, a: i32, b: i32): bool {
  const scoreA = load<f32>(heap + ((<usize>a) << 3));
  const scoreB = load<f32>(heap + ((<usize>b) << 3));
  if (scoreA != scoreB) return scoreA < scoreB;
  return load<u32>(heap + ((<usize>a) << 3), 4) > load<u32>(heap + ((<usize>b) << 3), 4);
}

function swap(heap: usize, a: i32, b: i32): void {
  const at = heap + ((<usize>a) << 3);
  const bt = heap + ((<usize>b) << 3);
  const entry = load<u64>(at);
  store<u64>(at, load<u64>(bt));
  store<u64>(bt, entry);
}

function siftDown(heap: usize, size: i32, from: i32): void {
  let parent = from;
  while (true) {
    let worst = parent;
    const left = 2 * parent + 1;
    if (left < size && isWorse(heap, left, worst)) worst = left;
    if (left + 1 < size && isWorse(heap, left + 1, worst)) worst = left + 1;
    if (worst == parent) return;
    swap(heap, parent, worst);
    parent = worst;
  }
}

function siftUp(heap: usize, from: i32): void {
  let child = from;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (!isWorse(heap, child, parent)) return;
    swap(heap, parent, child);
    child = parent;
  }
}

/**
 * Offers `count` scores to the heap of at most `k` entries and returns its new size. The row of score n is
 * `base + n`, or `base + indexes[n]` when `indexes` is not 0.
 */
export function pushTop(
  scores: usize,
  indexes: usize,
  base: u32,
  count: i32,
  heap: usize,
  heapSize: i32,
  k: i32,
): i32 {
  let size = heapSize;
  for (let n = 0; n < count; n++) {
    const at = (<usize>n) << 2;
    const score = load<f32>(scores + at);
    if (size == k && score < load<f32>(heap)) continue;
    const row = base + (indexes == 0 ? <u32>n : load<u32>(indexes + at));
    if (size < k) {
      const entry = heap + ((<usize>size) << 3);
      store<f32>(entry, score);
      store<u32>(entry, row, 4);
      siftUp(heap, size);
      size++;
    } else if (score > load<f32>(heap) || row < load<u32>(heap, 4)) {
      store<f32>(heap, score);
      store<u32>(heap, row, 4);
      siftDown(heap, size, 0);
    }
  }
  return size;
}

/** Sorts the heap's entries best first; it is no heap afterwards. */
export function sortTop(heap: usize, size: i32): void {
  for (let last = size - 1; last > 0; last--) {
    swap(heap, 0, last);
    siftDown(heap, last, 0);
  }
}
