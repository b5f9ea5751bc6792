import { createArena, type GrowableMemory } from './arena.ts';
import { SCRATCH, type KernelFunctions, type Kernels } from './kernels.ts';

type Combine = (query: number, row: number) => number;

const { fround } = Math;

/** Adds `combine` over all positions in the order of the SIMD kernels: 4 accumulators of 4 lanes, reduced pairwise. */
function sumInLanes(query: Float32Array, row: Float32Array, combine: Combine): number {
  const dim = query.length;
  const lanes = new Float32Array(16);
  const add = (lane: number, i: number): void => {
    lanes[lane] = fround(lanes[lane]! + fround(combine(query[i]!, row[i]!)));
  };
  let i = 0;
  for (; i + 16 <= dim; i += 16) for (let lane = 0; lane < 16; lane++) add(lane, i + lane);
  for (; i + 4 <= dim; i += 4) for (let lane = 0; lane < 4; lane++) add(lane, i + lane);
  const totals = [0, 1, 2, 3].map((lane) =>
    fround(fround(lanes[lane]! + lanes[lane + 4]!) + fround(lanes[lane + 8]! + lanes[lane + 12]!)),
  );
  let sum = fround(fround(totals[0]! + totals[1]!) + fround(totals[2]! + totals[3]!));
  for (; i < dim; i++) sum = fround(sum + fround(combine(query[i]!, row[i]!)));
  return sum;
}

/** Returns the f32 dot product exactly as the plain SIMD kernel computes it. */
export function scalarDot(query: Float32Array, row: Float32Array): number {
  return sumInLanes(query, row, (a, b) => a * b);
}

/** Returns the f32 squared Euclidean distance exactly as the plain SIMD kernel computes it. */
export function scalarSquaredL2(query: Float32Array, row: Float32Array): number {
  return sumInLanes(query, row, (a, b) => {
    const difference = fround(a - b);
    return difference * difference;
  });
}

/** Makes kernels in plain TypeScript: the oracle of the WebAssembly ones, and the fallback where SIMD is missing. */
export function scalarKernels(maxBytes = 1 << 30): Kernels {
  const buffer = new ArrayBuffer(SCRATCH.end, { maxByteLength: maxBytes });
  const memory: GrowableMemory = {
    buffer: () => buffer,
    growTo: (bytes) => {
      if (bytes > maxBytes) return false;
      if (bytes > buffer.byteLength) buffer.resize(bytes);
      return true;
    },
  };
  return {
    name: 'scalar',
    functions: scalarFunctions(buffer),
    arena: createArena(memory, SCRATCH.end, maxBytes - SCRATCH.end),
  };
}

/* eslint max-params: 'off' -- kernels take addresses and counts, as their WebAssembly twins do. */

function scalarFunctions(buffer: ArrayBuffer): KernelFunctions {
  const floats = (at: number, count: number): Float32Array => new Float32Array(buffer, at, count);
  const integers = (at: number, count: number): Uint32Array => new Uint32Array(buffer, at, count);

  type Score = (query: Float32Array, row: Float32Array) => number;
  const overRows =
    (score: Score) => (query: number, rows: number, count: number, dim: number, out: number) => {
      const scores = floats(out, count);
      for (let n = 0; n < count; n++) {
        scores[n] = score(floats(query, dim), floats(rows + n * dim * 4, dim));
      }
    };
  const overIndexes =
    (score: Score) =>
    (query: number, rows: number, indexes: number, count: number, dim: number, out: number): void => {
      const scores = floats(out, count);
      const chosen = integers(indexes, count);
      for (let n = 0; n < count; n++) {
        scores[n] = score(floats(query, dim), floats(rows + chosen[n]! * dim * 4, dim));
      }
    };
  const negativeL2: Score = (query, row) => -scalarSquaredL2(query, row);

  const readHeap = (heap: number, size: number): { score: number; row: number }[] =>
    Array.from({ length: size }, (_, n) => ({
      score: floats(heap + n * 8, 1)[0]!,
      row: integers(heap + n * 8 + 4, 1)[0]!,
    }));
  const writeHeap = (heap: number, entries: { score: number; row: number }[]): void => {
    entries.forEach((entry, n) => {
      floats(heap + n * 8, 1)[0] = entry.score;
      integers(heap + n * 8 + 4, 1)[0] = entry.row;
    });
  };
  const sortTop = (heap: number, size: number): void => {
    writeHeap(
      heap,
      readHeap(heap, size).sort((a, b) => b.score - a.score || a.row - b.row),
    );
  };

  return {
    dotRows: overRows(scalarDot),
    dotRowsAt: overIndexes(scalarDot),
    l2Rows: overRows(negativeL2),
    l2RowsAt: overIndexes(negativeL2),
    pushTop: (scores, indexes, base, count, heap, heapSize, k) => {
      const offered = Array.from({ length: count }, (_, n) => ({
        score: floats(scores, count)[n]!,
        row: base + (indexes === 0 ? n : integers(indexes, count)[n]!),
      }));
      const all = [...readHeap(heap, heapSize), ...offered];
      const kept = all.sort((a, b) => b.score - a.score || a.row - b.row).slice(0, k);
      writeHeap(heap, kept);
      return kept.length;
    },
    sortTop,
  };
}
