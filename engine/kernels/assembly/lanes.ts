/** Returns `sum + a * b`, rounded once where relaxed SIMD fuses it. */
export function multiplyAdd(a: v128, b: v128, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, sum);
  return f32x4.add(sum, f32x4.mul(a, b));
}

/** Adds four accumulators of four lanes. */
export function reduce(a: v128, b: v128, c: v128, d: v128): f32 {
  return addLanes(f32x4.add(a, b), f32x4.add(c, d));
}

/** Adds two accumulators of four lanes. What is stored or ranked by all variants alike is added in this order. */
export function addLanes(a: v128, b: v128): f32 {
  const sum = f32x4.add(a, b);
  return (
    f32x4.extract_lane(sum, 0) +
    f32x4.extract_lane(sum, 1) +
    (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
  );
}
