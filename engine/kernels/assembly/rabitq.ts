import { addLanes } from './lanes';

// RaBitQ (Gao and Long, 2024) with one bit a dimension. A row o in the list of centroid c is stored as the signs of
// r = o - c and two factors, so that <q,o> is estimated by <q,c> + mult * S(q) + add with S(x) the sum of x's values
// under these signs. Where rows are ranked by Euclidean distance, 2<q,o> - |o|^2 is estimated instead.

/**
 * Encodes rows of D floats. The centroid of row n is the one of index `lists[n]` (u32) in `centroids`. `bits` gets D / 8
 * bytes a row, `factors` f32 mult and f32 add.
 */
export function encodeCodes(
  rows: usize,
  centroids: usize,
  lists: usize,
  count: i32,
  D: i32,
  isL2: i32,
  bits: usize,
  factors: usize,
): void {
  const width = (<usize>D) << 2;
  for (let n: usize = 0; n < <usize>count; n++) {
    const centroid = centroids + <usize>load<u32>(lists + (n << 2)) * width;
    encodeRow(rows + n * width, centroid, width, isL2, bits + n * (width >> 5), factors + (n << 3));
  }
}

function encodeRow(row: usize, centroid: usize, width: usize, isL2: i32, bits: usize, factors: usize): void {
  const zero = f32x4.splat(0);
  let squares = zero,
    squares2 = zero;
  let sizes = zero,
    sizes2 = zero;
  let dots = zero,
    dots2 = zero;
  let sums = zero,
    sums2 = zero;
  let norms = zero,
    norms2 = zero;
  for (let i: usize = 0; i < width; i += 32) {
    const o = v128.load(row + i);
    const c = v128.load(centroid + i);
    const r = f32x4.sub(o, c);
    const isUp = f32x4.gt(r, zero);
    squares = f32x4.add(squares, f32x4.mul(r, r));
    sizes = f32x4.add(sizes, f32x4.abs(r));
    dots = f32x4.add(dots, f32x4.mul(c, r));
    sums = f32x4.add(sums, signed(c, isUp));
    norms = f32x4.add(norms, f32x4.mul(o, o));
    const o2 = v128.load(row + i, 16);
    const c2 = v128.load(centroid + i, 16);
    const r2 = f32x4.sub(o2, c2);
    const isUp2 = f32x4.gt(r2, zero);
    squares2 = f32x4.add(squares2, f32x4.mul(r2, r2));
    sizes2 = f32x4.add(sizes2, f32x4.abs(r2));
    dots2 = f32x4.add(dots2, f32x4.mul(c2, r2));
    sums2 = f32x4.add(sums2, signed(c2, isUp2));
    norms2 = f32x4.add(norms2, f32x4.mul(o2, o2));
    store<u8>(bits + (i >> 5), i32x4.bitmask(isUp) | (i32x4.bitmask(isUp2) << 4));
  }
  const size = addLanes(sizes, sizes2);
  const k: f32 = size == 0 ? 0 : addLanes(squares, squares2) / size;
  const add = addLanes(dots, dots2) - k * addLanes(sums, sums2);
  store<f32>(factors, isL2 ? k * 2 : k);
  store<f32>(factors, isL2 ? add * 2 - addLanes(norms, norms2) : add, 4);
}

/** Returns the values with their signs kept where `isUp`, and flipped elsewhere. */
function signed(values: v128, isUp: v128): v128 {
  return v128.xor(values, v128.andnot(i32x4.splat(0x80000000), isUp));
}

/** Vectors of a block. */
const BLOCK = 32;
/** The additive factor of a place without a vector: it stays below every real score. */
const LOWEST: f32 = -3.4e38;

/**
 * Packs codes into blocks of 32 vectors for `scanBlocks`: D / 4 groups of 16 bytes (byte j: low nibble vector j, high
 * nibble vector j + 16), 32 x f32 mult, 32 x f32 add, 32 x u32 id. The last block is filled with places of id 0xffffffff.
 */
export function packBlocks(bits: usize, factors: usize, ids: usize, count: i32, D: i32, out: usize): void {
  const codeBytes = (<usize>D) >> 3;
  let block = out;
  for (let first = 0; first < count; first += BLOCK) {
    const inBlock = min<i32>(BLOCK, count - first);
    packCodes(bits + <usize>first * codeBytes, inBlock, codeBytes, block);
    block += (<usize>D) << 2;
    for (let j = 0; j < BLOCK; j++) {
      const n = <usize>(first + j);
      const at = block + ((<usize>j) << 2);
      const isReal = j < inBlock;
      store<f32>(at, isReal ? load<f32>(factors + (n << 3)) : 0);
      store<f32>(at, isReal ? load<f32>(factors + (n << 3), 4) : LOWEST, 128);
      store<u32>(at, isReal ? load<u32>(ids + (n << 2)) : <u32>-1, 256);
    }
    block += 384;
  }
}

function packCodes(bits: usize, count: i32, codeBytes: usize, out: usize): void {
  for (let pair: usize = 0; pair < codeBytes; pair++) {
    const target = out + (pair << 5);
    for (let j = 0; j < 16; j++) {
      const low: u32 = j < count ? load<u8>(bits + <usize>j * codeBytes + pair) : 0;
      const high: u32 = j + 16 < count ? load<u8>(bits + <usize>(j + 16) * codeBytes + pair) : 0;
      store<u8>(target + <usize>j, (low & 15) | (high << 4));
      store<u8>(target + <usize>j, (low >> 4) | (high & 0xf0), 16);
    }
  }
}
