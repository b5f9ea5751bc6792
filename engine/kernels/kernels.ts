import type { Arena } from './arena.ts';

/* eslint max-params: 'off' -- kernels take addresses and counts. */

/**
 * The kernels over one linear memory. Arguments are byte addresses, counts and numbers; `assembly/` documents each.
 * `dim` is the number of values of a vector, `D` is `dim` rounded up to a multiple of 8; flags are 0 or 1. Callers check what they pass.
 */
export interface KernelFunctions {
  dotRows: (query: number, rows: number, count: number, dim: number, out: number) => void;
  /** `stride` is the number of bytes from one row to the next. */
  dotRowsAt: (
    query: number,
    rows: number,
    indexes: number,
    count: number,
    dim: number,
    stride: number,
    out: number,
  ) => void;
  l2Rows: (query: number, rows: number, count: number, dim: number, out: number) => void;
  l2RowsAt: KernelFunctions['dotRowsAt'];
  pushTop: (
    scores: number,
    indexes: number,
    base: number,
    count: number,
    heap: number,
    heapSize: number,
    k: number,
  ) => number;
  /** `out` gets two f32. */
  measureScores: (scores: number, ids: number, count: number, out: number) => void;
  pushAbove: (
    scores: number,
    ids: number,
    count: number,
    limit: number,
    heap: number,
    heapSize: number,
    k: number,
  ) => number;
  sortTop: (heap: number, size: number) => void;
  /** `scratch` has room for `uniqueScratchBytes(size)`. */
  uniqueTop: (heap: number, size: number, scratch: number) => number;
  rotateRows: (rows: number, count: number, D: number, signs: number) => void;
  normalizeRows: (rows: number, count: number, D: number) => void;
  /** Sums are f32, D a list; counts are u32; `lists` is a u32 every `listStride` bytes. */
  addRows: (
    rows: number,
    lists: number,
    listStride: number,
    count: number,
    D: number,
    sums: number,
    counts: number,
  ) => void;
  quantizeRows8: (rows: number, count: number, D: number, out: number, stride: number) => void;
  quantizeQuery7: (query: number, D: number, out: number, info: number) => void;
  dotRows8: (
    query7: number,
    info: number,
    rows8: number,
    count: number,
    D: number,
    stride: number,
    out: number,
  ) => void;
  dotRows8At: (
    query7: number,
    info: number,
    rows8: number,
    indexes: number,
    count: number,
    D: number,
    stride: number,
    out: number,
  ) => void;
  /** `lists` names the centroid of each row (u32). */
  encodeCodes: (
    rows: number,
    centroids: number,
    lists: number,
    count: number,
    D: number,
    isL2: number,
    bits: number,
    factors: number,
  ) => void;
  packBlocks: (bits: number, factors: number, ids: number, count: number, D: number, out: number) => void;
  buildTable: (query: number, D: number, table: number, info: number) => void;
  scanBlocks: (
    table: number,
    info: number,
    blocks: number,
    blockCount: number,
    D: number,
    listBias: number,
    out: number,
  ) => void;
  countAllowed: (blocks: number, blockCount: number, D: number, allowed: number) => number;
  /** Returns the new size of the heap. */
  scanLists: (
    query: number,
    table: number,
    info: number,
    lists: number,
    listCount: number,
    D: number,
    isL2: number,
    allowed: number,
    heap: number,
    heapSize: number,
    k: number,
  ) => number;
  /** `scratch` has `ASSIGN_SCRATCH_BYTES`; `wanted + candidates` <= 6,000. */
  assignRows: (
    rows: number,
    count: number,
    D: number,
    codeBlocks: number,
    blockCount: number,
    centroids: number,
    centroidCount: number,
    isL2: number,
    candidates: number,
    wanted: number,
    scratch: number,
    out: number,
  ) => void;
}

/** Blocks of RaBitQ codes, as `packBlocks` lays them out. */
export const CODE_BLOCK = {
  vectors: 32,
  /** Bytes of one block. */
  bytes: (D: number): number => D * 4 + 384,
  /** The id of a place without a vector. */
  noId: 0xffffffff,
} as const;

/** Bytes of scratch that `assignRows` needs: one look-up table and two heaps. */
export const ASSIGN_SCRATCH_BYTES = 1 << 16;

/** Returns the bytes of scratch that `uniqueTop` needs for `size` entries. */
export function uniqueScratchBytes(size: number): number {
  return Math.max(64, size * 12);
}

/** One set of kernels with its memory. Calls are synchronous, so scratch areas are free again after each. */
export interface Kernels {
  readonly name: 'scalar' | 'simd' | 'relaxed-simd';
  readonly functions: KernelFunctions;
  /** What a second thread needs to run them on the same memory; null where there is no second processor. */
  readonly shared: { readonly module: object; readonly memory: object } | null;
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
