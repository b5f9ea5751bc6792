const { fround } = Math;

/** Adds `term(i)` over all positions as the scoring kernels do: 4 accumulators of 4 lanes, reduced pairwise. */
export function sumInSixteens(count: number, term: (i: number) => number): number {
  const lanes = new Float32Array(16);
  const add = (lane: number, i: number): void => {
    lanes[lane] = fround(lanes[lane]! + fround(term(i)));
  };
  let i = 0;
  for (; i + 16 <= count; i += 16) for (let lane = 0; lane < 16; lane++) add(lane, i + lane);
  for (; i + 4 <= count; i += 4) for (let lane = 0; lane < 4; lane++) add(lane, i + lane);
  const totals = [0, 1, 2, 3].map((lane) =>
    fround(fround(lanes[lane]! + lanes[lane + 4]!) + fround(lanes[lane + 8]! + lanes[lane + 12]!)),
  );
  let sum = addPairs(totals);
  for (; i < count; i++) sum = fround(sum + fround(term(i)));
  return sum;
}

/** Adds `term(i)` over all positions as the encoding kernels do: 2 accumulators of 4 lanes, reduced pairwise. */
export function sumInEights(count: number, term: (i: number) => number): number {
  const lanes = new Float32Array(8);
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    for (let lane = 0; lane < 8; lane++) lanes[lane] = fround(lanes[lane]! + fround(term(i + lane)));
  }
  let sum = addPairs([0, 1, 2, 3].map((lane) => fround(lanes[lane]! + lanes[lane + 4]!)));
  for (; i < count; i++) sum = fround(sum + fround(term(i)));
  return sum;
}

/** Adds four numbers pairwise in f32. */
export function addPairs(four: number[]): number {
  return fround(fround(four[0]! + four[1]!) + fround(four[2]! + four[3]!));
}

/** Rounds to the nearest integer, halves to the even one. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest === 0.5) return floor % 2 === 0 ? floor : floor + 1;
  return rest < 0.5 ? floor : floor + 1;
}

/** Ranges below this count as zero, since their reciprocal would leave the range of f32. */
export const SMALLEST_RANGE = fround(1e-30);
