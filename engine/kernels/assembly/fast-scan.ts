import { addLanes } from './lanes';
import { multiplyRows } from './rows';
import { offer } from './top-k';
import { touch } from './touch';

// FastScan (Andre, Kermarrec and Le Scouarnec, 2015): the sum under the signs of four dimensions is looked up in 16
// entries of 8 bits that stay in a register, for 16 vectors at once. Estimates are computed without fused operations,
// so that all variants agree to the last bit.

/** Ranges below this are treated as zero, since their reciprocal would leave the range of f32. */
const SMALLEST_RANGE: f32 = 1e-30;
/** Groups whose entries of at most 255 add up within 16 bits. */
const GROUPS_PER_FLUSH: usize = 257;

/**
 * Writes the look-up table of a query of D floats: D / 4 groups of 16 x u8. `info` gets f32 delta and f32 bias, so that
 * the sum of the query's values under the signs of a code is about delta * (sum of entries) + bias.
 */
export function buildTable(query: usize, D: i32, table: usize, info: usize): void {
  const width = (<usize>D) << 2;
  let widest: f32 = 0;
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  for (let i: usize = 0; i < width; i += 32) {
    const low = f32x4.abs(v128.load(query + i));
    const high = f32x4.abs(v128.load(query + i, 16));
    widest = max<f32>(widest, max<f32>(addPairs(low), addPairs(high)));
    a = f32x4.add(a, low);
    b = f32x4.add(b, high);
  }
  const range = widest * 2;
  const isFlat = range < SMALLEST_RANGE;
  const factor = f32x4.splat(isFlat ? 0 : 255 / range);
  for (let i: usize = 0; i < width; i += 16) buildGroup(v128.load(query + i), factor, table + i);
  store<f32>(info, isFlat ? 0 : range / 255);
  store<f32>(info, -addLanes(a, b), 4);
}

function addPairs(lanes: v128): f32 {
  return (
    f32x4.extract_lane(lanes, 0) +
    f32x4.extract_lane(lanes, 1) +
    (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3))
  );
}

/** Writes the 16 entries of one group: entry e adds the values whose bit of e is set and subtracts the others. */
function buildGroup(values: v128, factor: v128, out: usize): void {
  const odd = i32x4(0x80000000, 0, 0x80000000, 0);
  const high = i32x4(0x80000000, 0x80000000, 0, 0);
  const first = f32x4.add(
    v128.xor(v128.shuffle<f32>(values, values, 0, 0, 0, 0), odd),
    v128.xor(v128.shuffle<f32>(values, values, 1, 1, 1, 1), high),
  );
  const second = f32x4.add(
    v128.xor(v128.shuffle<f32>(values, values, 2, 2, 2, 2), odd),
    v128.xor(v128.shuffle<f32>(values, values, 3, 3, 3, 3), high),
  );
  const least = f32x4.splat(-addPairs(f32x4.abs(values)));
  const e0 = entry(f32x4.add(first, v128.shuffle<f32>(second, second, 0, 0, 0, 0)), least, factor);
  const e1 = entry(f32x4.add(first, v128.shuffle<f32>(second, second, 1, 1, 1, 1)), least, factor);
  const e2 = entry(f32x4.add(first, v128.shuffle<f32>(second, second, 2, 2, 2, 2)), least, factor);
  const e3 = entry(f32x4.add(first, v128.shuffle<f32>(second, second, 3, 3, 3, 3)), least, factor);
  v128.store(out, i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(e0, e1), i16x8.narrow_i32x4_s(e2, e3)));
}

function entry(sums: v128, least: v128, factor: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(f32x4.sub(sums, least), factor)));
}

/** Writes the estimates of all places of `blockCount` blocks: 32 floats a block. */
export function scanBlocks(
  table: usize,
  info: usize,
  blocks: usize,
  blockCount: i32,
  D: i32,
  listBias: f32,
  out: usize,
): void {
  scanList(table, info, blocks, blockCount, D, listBias, out, 0, 0, 0, 0);
}

/**
 * Scores the blocks of `listCount` lists { u32 centroid, u32 blocks, u32 blockCount, u32 } and offers their vectors to the
 * heap of at most `k` entries; returns its new size. The first two are addresses; the last is written. Estimates start from
 * the dot product of `query`, from which the table was built, with the list's centroid, twice that when `isL2`.
 * `allowed` is 0 or the address of a bitmap over ids (u32 words).
 */
export function scanLists(
  query: usize,
  table: usize,
  info: usize,
  lists: usize,
  listCount: i32,
  D: i32,
  isL2: i32,
  allowed: usize,
  heap: usize,
  heapSize: i32,
  k: i32,
): i32 {
  let size = heapSize;
  for (let n = 0; n < listCount; n++) {
    const list = lists + ((<usize>n) << 4);
    const blocks = <usize>load<u32>(list, 4);
    const blockCount = load<u32>(list, 8);
    const dot = multiplyRows(query, <usize>load<u32>(list), D);
    store<u32>(list, touch(blocks, <usize>blockCount * (((<usize>D) << 2) + 384)), 12);
    const bias = isL2 ? dot + dot : dot;
    size = scanList(table, info, blocks, blockCount, D, bias, 0, allowed, heap, size, k);
  }
  return size;
}

/** Returns how many ids in blocks a bitmap over ids (u32 words) allows. */
export function countAllowed(blocks: usize, blockCount: i32, D: i32, allowed: usize): i32 {
  const idsAt = ((<usize>D) << 2) + 256;
  let count = 0;
  let block = blocks;
  for (let n = 0; n < blockCount; n++) {
    for (let at = block + idsAt; at < block + idsAt + 128; at += 4)
      count += isAllowed(load<u32>(at), allowed);
    block += idsAt + 128;
  }
  return count;
}

/** Returns 1 when a bitmap allows an id; places without a vector are never allowed. */
function isAllowed(id: u32, allowed: usize): i32 {
  if (id == <u32>-1) return 0;
  return (load<u32>(allowed + ((<usize>(id >> 5)) << 2)) >> (id & 31)) & 1;
}

/** Scores the blocks of one list: writes the estimates to `out`, or offers them to the heap when `out` is 0. */
export function scanList(
  table: usize,
  info: usize,
  blocks: usize,
  blockCount: i32,
  D: i32,
  listBias: f32,
  out: usize,
  allowed: usize,
  heap: usize,
  heapSize: i32,
  k: i32,
): i32 {
  const codeBytes = (<usize>D) << 2;
  const delta = f32x4.splat(load<f32>(info));
  const bias = f32x4.splat(load<f32>(info, 4));
  const listBiases = f32x4.splat(listBias);
  const lowNibbles = i8x16.splat(15);
  const zero = i32x4.splat(0);
  let size = heapSize;
  let threshold = f32x4.splat(size < k ? -Infinity : load<f32>(heap));
  let block = blocks;
  let scores = out;
  for (let n = 0; n < blockCount; n++) {
    let s0 = zero,
      s1 = zero,
      s2 = zero,
      s3 = zero;
    let s4 = zero,
      s5 = zero,
      s6 = zero,
      s7 = zero;
    let i: usize = 0;
    while (i < codeBytes) {
      const end = min<usize>(codeBytes, i + GROUPS_PER_FLUSH * 16);
      let low = zero,
        lowOdd = zero,
        high = zero,
        highOdd = zero;
      for (; i < end; i += 16) {
        const codes = v128.load(block + i);
        const entries = v128.load(table + i);
        const a = lookUp(entries, v128.and(codes, lowNibbles));
        const b = lookUp(entries, v128.and(i16x8.shr_u(codes, 4), lowNibbles));
        low = i16x8.add(low, a);
        lowOdd = i16x8.add(lowOdd, i16x8.shr_u(a, 8));
        high = i16x8.add(high, b);
        highOdd = i16x8.add(highOdd, i16x8.shr_u(b, 8));
      }
      // Lanes of `low` added an even byte and 256 times the odd one after it, modulo 2^16.
      low = i16x8.sub(low, i16x8.shl(lowOdd, 8));
      high = i16x8.sub(high, i16x8.shl(highOdd, 8));
      const v0 = v128.shuffle<i16>(low, lowOdd, 0, 8, 1, 9, 2, 10, 3, 11);
      const v8 = v128.shuffle<i16>(low, lowOdd, 4, 12, 5, 13, 6, 14, 7, 15);
      const v16 = v128.shuffle<i16>(high, highOdd, 0, 8, 1, 9, 2, 10, 3, 11);
      const v24 = v128.shuffle<i16>(high, highOdd, 4, 12, 5, 13, 6, 14, 7, 15);
      s0 = i32x4.add(s0, i32x4.extend_low_i16x8_u(v0));
      s1 = i32x4.add(s1, i32x4.extend_high_i16x8_u(v0));
      s2 = i32x4.add(s2, i32x4.extend_low_i16x8_u(v8));
      s3 = i32x4.add(s3, i32x4.extend_high_i16x8_u(v8));
      s4 = i32x4.add(s4, i32x4.extend_low_i16x8_u(v16));
      s5 = i32x4.add(s5, i32x4.extend_high_i16x8_u(v16));
      s6 = i32x4.add(s6, i32x4.extend_low_i16x8_u(v24));
      s7 = i32x4.add(s7, i32x4.extend_high_i16x8_u(v24));
    }
    const factors = block + codeBytes;
    const e0 = estimate(s0, factors, delta, bias, listBiases);
    const e1 = estimate(s1, factors + 16, delta, bias, listBiases);
    const e2 = estimate(s2, factors + 32, delta, bias, listBiases);
    const e3 = estimate(s3, factors + 48, delta, bias, listBiases);
    const e4 = estimate(s4, factors + 64, delta, bias, listBiases);
    const e5 = estimate(s5, factors + 80, delta, bias, listBiases);
    const e6 = estimate(s6, factors + 96, delta, bias, listBiases);
    const e7 = estimate(s7, factors + 112, delta, bias, listBiases);
    block = factors + 384;
    if (out != 0) {
      v128.store(scores, e0);
      v128.store(scores, e1, 16);
      v128.store(scores, e2, 32);
      v128.store(scores, e3, 48);
      v128.store(scores, e4, 64);
      v128.store(scores, e5, 80);
      v128.store(scores, e6, 96);
      v128.store(scores, e7, 112);
      scores += 128;
      continue;
    }
    const best = f32x4.max(
      f32x4.max(f32x4.max(e0, e1), f32x4.max(e2, e3)),
      f32x4.max(f32x4.max(e4, e5), f32x4.max(e6, e7)),
    );
    if (!v128.any_true(f32x4.ge(best, threshold))) continue;
    const ids = factors + 256;
    size = offerFour(e0, ids, threshold, allowed, heap, size, k);
    size = offerFour(e1, ids + 16, threshold, allowed, heap, size, k);
    size = offerFour(e2, ids + 32, threshold, allowed, heap, size, k);
    size = offerFour(e3, ids + 48, threshold, allowed, heap, size, k);
    size = offerFour(e4, ids + 64, threshold, allowed, heap, size, k);
    size = offerFour(e5, ids + 80, threshold, allowed, heap, size, k);
    size = offerFour(e6, ids + 96, threshold, allowed, heap, size, k);
    size = offerFour(e7, ids + 112, threshold, allowed, heap, size, k);
    threshold = f32x4.splat(size < k ? -Infinity : load<f32>(heap));
  }
  return size;
}

/** Looks 16 indexes below 16 up. */
function lookUp(entries: v128, indexes: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(entries, indexes);
  return i8x16.swizzle(entries, indexes);
}

/** Returns listBias + mult * (sum * delta + bias) + add for four vectors whose `mult` is at `factors`. */
function estimate(sums: v128, factors: usize, delta: v128, bias: v128, listBias: v128): v128 {
  const sum = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(sums), delta), bias);
  const scaled = f32x4.mul(v128.load(factors), sum);
  return f32x4.add(f32x4.add(listBias, scaled), v128.load(factors, 128));
}

function offerFour(
  scores: v128,
  ids: usize,
  threshold: v128,
  allowed: usize,
  heap: usize,
  heapSize: i32,
  k: i32,
): i32 {
  const hits = i32x4.bitmask(f32x4.ge(scores, threshold));
  if (hits == 0) return heapSize;
  let size = heapSize;
  if (hits & 1) size = offerAllowed(f32x4.extract_lane(scores, 0), load<u32>(ids), allowed, heap, size, k);
  if (hits & 2) size = offerAllowed(f32x4.extract_lane(scores, 1), load<u32>(ids, 4), allowed, heap, size, k);
  if (hits & 4) size = offerAllowed(f32x4.extract_lane(scores, 2), load<u32>(ids, 8), allowed, heap, size, k);
  if (hits & 8)
    size = offerAllowed(f32x4.extract_lane(scores, 3), load<u32>(ids, 12), allowed, heap, size, k);
  return size;
}

function offerAllowed(score: f32, id: u32, allowed: usize, heap: usize, size: i32, k: i32): i32 {
  if (allowed == 0 ? id == <u32>-1 : isAllowed(id, allowed) == 0) return size;
  return offer(heap, size, k, score, id);
}
