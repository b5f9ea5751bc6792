import { buildTable, scanList } from './fast-scan';
import { addLanes } from './lanes';
import { offer, sortTop } from './top-k';

// Bytes of the scratch area: the look-up table of at most 4,104 dimensions, its two factors, then the two heaps.
const TABLE_BYTES: usize = 16_448;
const INFO_BYTES: usize = 64;

/**
 * Finds the best `wanted` centroids of each row of D floats: writes their indexes (u32), best first, then their exact
 * scores (f32): the dot product, or 2<row,centroid> - |centroid|^2 when `isL2`. The best `candidates` by the centroids'
 * codes are scored exactly; all centroids are, without the codes, when there are no more than `candidates`. Places
 * without a centroid get index 0xffffffff and score -Infinity. `scratch` has 64 KiB, and `wanted + candidates` <= 6,000.
 */
export function assignRows(
  rows: usize,
  count: i32,
  D: i32,
  codeBlocks: usize,
  blockCount: i32,
  centroids: usize,
  centroidCount: i32,
  isL2: i32,
  candidates: i32,
  wanted: i32,
  scratch: usize,
  out: usize,
): void {
  const width = (<usize>D) << 2;
  const info = scratch + TABLE_BYTES;
  const best = info + INFO_BYTES;
  const found = best + ((<usize>wanted) << 3);
  const isExact = candidates >= centroidCount;
  for (let n = 0; n < count; n++) {
    const row = rows + <usize>n * width;
    let size = centroidCount;
    if (!isExact) {
      buildTable(row, D, scratch, info);
      size = scanList(scratch, info, codeBlocks, blockCount, D, 0, 0, 0, found, 0, candidates);
    }
    const kept = rerank(row, width, centroids, isExact ? 0 : found, size, isL2, best, wanted);
    sortTop(best, kept);
    writeBest(best, kept, wanted, out + <usize>n * ((<usize>wanted) << 3));
  }
}

/** Offers the exact scores of `count` centroids, those of the entries at `found` or the first ones when it is 0. */
function rerank(
  row: usize,
  width: usize,
  centroids: usize,
  found: usize,
  count: i32,
  isL2: i32,
  heap: usize,
  wanted: i32,
): i32 {
  let size = 0;
  let n = 0;
  for (; n + 4 <= count; n += 4) {
    const a = centroidAt(found, n);
    const b = centroidAt(found, n + 1);
    const c = centroidAt(found, n + 2);
    const d = centroidAt(found, n + 3);
    const scores = scoreFour(
      row,
      width,
      centroids + <usize>a * width,
      centroids + <usize>b * width,
      centroids + <usize>c * width,
      centroids + <usize>d * width,
      isL2,
    );
    size = offer(heap, size, wanted, f32x4.extract_lane(scores, 0), a);
    size = offer(heap, size, wanted, f32x4.extract_lane(scores, 1), b);
    size = offer(heap, size, wanted, f32x4.extract_lane(scores, 2), c);
    size = offer(heap, size, wanted, f32x4.extract_lane(scores, 3), d);
  }
  for (; n < count; n++) {
    const a = centroidAt(found, n);
    const at = centroids + <usize>a * width;
    const scores = scoreFour(row, width, at, at, at, at, isL2);
    size = offer(heap, size, wanted, f32x4.extract_lane(scores, 0), a);
  }
  return size;
}

function centroidAt(found: usize, n: i32): u32 {
  return found == 0 ? <u32>n : load<u32>(found + ((<usize>n) << 3), 4);
}

/** Returns the scores of four centroids; fused operations are avoided, so that all variants assign alike. */
function scoreFour(row: usize, width: usize, a: usize, b: usize, c: usize, d: usize, isL2: i32): v128 {
  let a0 = f32x4.splat(0),
    a1 = a0,
    b0 = a0,
    b1 = a0,
    c0 = a0,
    c1 = a0,
    d0 = a0,
    d1 = a0;
  if (isL2) {
    for (let i: usize = 0; i < width; i += 32) {
      const x0 = v128.load(row + i);
      const x1 = v128.load(row + i, 16);
      const twice0 = f32x4.add(x0, x0);
      const twice1 = f32x4.add(x1, x1);
      a0 = f32x4.add(a0, towards(v128.load(a + i), twice0));
      a1 = f32x4.add(a1, towards(v128.load(a + i, 16), twice1));
      b0 = f32x4.add(b0, towards(v128.load(b + i), twice0));
      b1 = f32x4.add(b1, towards(v128.load(b + i, 16), twice1));
      c0 = f32x4.add(c0, towards(v128.load(c + i), twice0));
      c1 = f32x4.add(c1, towards(v128.load(c + i, 16), twice1));
      d0 = f32x4.add(d0, towards(v128.load(d + i), twice0));
      d1 = f32x4.add(d1, towards(v128.load(d + i, 16), twice1));
    }
  } else {
    for (let i: usize = 0; i < width; i += 32) {
      const x0 = v128.load(row + i);
      const x1 = v128.load(row + i, 16);
      a0 = f32x4.add(a0, f32x4.mul(v128.load(a + i), x0));
      a1 = f32x4.add(a1, f32x4.mul(v128.load(a + i, 16), x1));
      b0 = f32x4.add(b0, f32x4.mul(v128.load(b + i), x0));
      b1 = f32x4.add(b1, f32x4.mul(v128.load(b + i, 16), x1));
      c0 = f32x4.add(c0, f32x4.mul(v128.load(c + i), x0));
      c1 = f32x4.add(c1, f32x4.mul(v128.load(c + i, 16), x1));
      d0 = f32x4.add(d0, f32x4.mul(v128.load(d + i), x0));
      d1 = f32x4.add(d1, f32x4.mul(v128.load(d + i, 16), x1));
    }
  }
  return f32x4(addLanes(a0, a1), addLanes(b0, b1), addLanes(c0, c1), addLanes(d0, d1));
}

/** Returns c * (2x - c), which adds up to 2<x,c> - |c|^2. */
function towards(centroid: v128, twice: v128): v128 {
  return f32x4.mul(centroid, f32x4.sub(twice, centroid));
}

function writeBest(best: usize, size: i32, wanted: i32, out: usize): void {
  for (let n = 0; n < wanted; n++) {
    const entry = best + ((<usize>n) << 3);
    const at = out + ((<usize>n) << 2);
    store<u32>(at, n < size ? load<u32>(entry, 4) : <u32>-1);
    store<f32>(at + ((<usize>wanted) << 2), n < size ? load<f32>(entry) : -Infinity);
  }
}
