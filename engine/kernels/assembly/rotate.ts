// The random rotation: four rounds of sign flips and a fast Hadamard transform. A width D that is no power of two is
// covered by transforming the first P values in even rounds and the last P in odd ones, P the largest power of two <= D.

/** Rotates each row of D floats in place. `signs` holds 4 * D floats, each 1 or -1. Norms and dot products are kept. */
export function rotateRows(rows: usize, count: i32, D: i32, signs: usize): void {
  let span = 8;
  while (span * 2 <= D) span *= 2;
  const width = (<usize>D) << 2;
  const rest = (<usize>(D - span)) << 2;
  const scale = f32x4.splat(<f32>(1.0 / sqrt<f64>(<f64>span)));
  for (let n = 0; n < count; n++) {
    const row = rows + <usize>n * width;
    for (let round = 0; round < 4; round += 2) {
      const even = signs + <usize>round * width;
      flip(row + width - rest, rest, even + width - rest);
      transform(row, span, even, scale);
      const odd = even + width;
      flip(row, rest, odd);
      transform(row + rest, span, odd + rest, scale);
    }
  }
}

function flip(at: usize, bytes: usize, signs: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(at + i, f32x4.mul(v128.load(at + i), v128.load(signs + i)));
  }
}

/** Flips `span` values, scales them, and applies the butterflies of distance 1, 2, 4, ... in this order. */
function transform(at: usize, span: i32, signs: usize, scale: v128): void {
  if (span == 8) {
    const a = fourPoints(flipped(at, signs, scale));
    const b = fourPoints(flipped(at + 16, signs + 16, scale));
    v128.store(at, f32x4.add(a, b));
    v128.store(at, f32x4.sub(a, b), 16);
    return;
  }
  const bytes = (<usize>span) << 2;
  for (let i: usize = 0; i < bytes; i += 64) {
    const a = fourPoints(flipped(at + i, signs + i, scale));
    const b = fourPoints(flipped(at + i + 16, signs + i + 16, scale));
    const c = fourPoints(flipped(at + i + 32, signs + i + 32, scale));
    const d = fourPoints(flipped(at + i + 48, signs + i + 48, scale));
    butterfly4(at + i, 16, a, b, c, d);
  }
  let distance: usize = 64;
  for (; distance * 2 < bytes; distance *= 4) butterflies4(at, bytes, distance);
  if (distance < bytes) butterflies2(at, bytes);
}

function flipped(at: usize, signs: usize, scale: v128): v128 {
  return f32x4.mul(f32x4.mul(v128.load(at), v128.load(signs)), scale);
}

/** Applies the butterflies of distance 1 and 2 within one vector. */
function fourPoints(values: v128): v128 {
  const odd = i32x4(0, 0x80000000, 0, 0x80000000);
  const high = i32x4(0, 0, 0x80000000, 0x80000000);
  const pairs = f32x4.add(v128.shuffle<f32>(values, values, 1, 0, 3, 2), v128.xor(values, odd));
  return f32x4.add(v128.shuffle<f32>(pairs, pairs, 2, 3, 0, 1), v128.xor(pairs, high));
}

function butterfly4(at: usize, distance: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = f32x4.add(a, b);
  const aLessB = f32x4.sub(a, b);
  const cd = f32x4.add(c, d);
  const cLessD = f32x4.sub(c, d);
  v128.store(at, f32x4.add(ab, cd));
  v128.store(at + distance, f32x4.add(aLessB, cLessD));
  v128.store(at + 2 * distance, f32x4.sub(ab, cd));
  v128.store(at + 3 * distance, f32x4.sub(aLessB, cLessD));
}

/** Applies two levels of butterflies at once, of `distance` and of twice `distance` bytes. */
function butterflies4(at: usize, bytes: usize, distance: usize): void {
  for (let block: usize = 0; block < bytes; block += 4 * distance) {
    for (let i = at + block; i < at + block + distance; i += 16) {
      const c = v128.load(i + 2 * distance);
      const d = v128.load(i + 3 * distance);
      butterfly4(i, distance, v128.load(i), v128.load(i + distance), c, d);
    }
  }
}

/** Applies the last level alone, where the number of levels is odd. */
function butterflies2(at: usize, bytes: usize): void {
  const half = bytes >> 1;
  for (let i = at; i < at + half; i += 16) {
    const a = v128.load(i);
    const b = v128.load(i + half);
    v128.store(i, f32x4.add(a, b));
    v128.store(i + half, f32x4.sub(a, b));
  }
}
