import type { Arena } from './arena.ts';

/* eslint max-params: 'off' -- kernels take addresses and counts. */

/** The scoring functions over one linear memory. Arguments are byte addresses and counts; see `assembly/kernels.ts`. */
export interface KernelFunctions {
  dotRows: (query: number, rows: number, count: number, dim: number, out: number) => void;
  dotRowsAt: (query: number, rows: number, indexes: number, count: number, dim: number, out: number) => void;
  l2Rows: (query: number, rows: number, count: number, dim: number, out: number) => void;
  l2RowsAt: (query: number, rows: number, indexes: number, count: number, dim: number, out: number) => void;
  pushTop: (
    scores: number,
    indexes: number,
    base: number,
    count: number,
    heap: number,
    heapSize: number,
    k: number,
  ) => number;
  sortTop: (heap: number, size: number) => void;
}

/** One set of kernels with its memory. Calls are synchronous, so scratch areas are free again after each. */
export interface Kernels {
  readonly name: 'scalar' | 'simd' | 'relaxed-simd';
  readonly functions: KernelFunctions;
  readonly arena: Arena;
}

/** The largest number of values that a vector may have. */
export const MAX_DIMENSION = 4096;
/** The largest `k` of a selection. */
export const MAX_TOP_K = 10_000;
/** Rows that are scored by one kernel call: the scores stay in the first-level cache. */
export const BLOCK_ROWS = 4096;
/** Rows that are not resident are copied through a window of this size before they are scored. */
export const WINDOW_BYTES = 1 << 20;

/** Byte addresses of the scratch areas at the start of the memory. */
export const SCRATCH = {
  query: 0,
  indexes: MAX_DIMENSION * 4,
  scores: MAX_DIMENSION * 4 + BLOCK_ROWS * 4,
  heap: MAX_DIMENSION * 4 + BLOCK_ROWS * 8,
  window: 1 << 18,
  end: (1 << 18) + WINDOW_BYTES,
} as const;
