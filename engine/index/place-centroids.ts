import type { Kernels } from '../kernels/kernels.ts';
import { noRoom } from '../kernels/work-areas.ts';
import { blockBytes, BLOCK_SLOTS, encodeList, type RowArea } from './encode-list.ts';

/** Candidates by one-bit codes whose exact score decides which centroids are nearest, for each that is wanted. */
const CANDIDATES = 8;

/** Centroids in the kernels' memory, ready to find the nearest of each row. */
export interface PlacedCentroids {
  address: number;
  /** Writes for each row `wanted` indexes of centroids (u32, best first), then their scores (f32), to `out`. */
  assign: (rows: RowArea, wanted: number, out: number) => void;
  release: () => void;
}

/** Bytes that the assignment of `count` rows writes. */
export function assignmentBytes(count: number, wanted: number): number {
  return count * wanted * 8;
}

/** Places centroids (row-major, rotated); their one-bit codes find candidates, exact scores decide. `release` gives the memory back. */
export function placeCentroids(
  kernels: Kernels,
  centroids: Float32Array,
  { dimension, isL2 }: { dimension: number; isL2: boolean },
): PlacedCentroids {
  const { arena, functions } = kernels;
  const count = centroids.length / dimension;
  const blocks = count > CANDIDATES ? Math.ceil(count / BLOCK_SLOTS) : 0;
  const scratchBytes = 65_536 + blocks * BLOCK_SLOTS * 4;
  const codeBytes = blocks * blockBytes(dimension);
  const centroidBytes = Math.ceil(centroids.byteLength / 64) * 64;
  const base = arena.allocateForWork(centroidBytes + scratchBytes + codeBytes + 64);
  if (base === null) throw noRoom(centroids.byteLength);
  const scratch = base + centroidBytes;
  const codes = scratch + Math.ceil(scratchBytes / 64) * 64;
  new Float32Array(arena.memory.buffer(), base, centroids.length).set(centroids);
  if (blocks > 0) {
    const origin = new Float32Array(dimension);
    try {
      encodeList(
        kernels,
        { address: base, count, dimension },
        { centroid: origin, ids: null, isL2, out: codes },
      );
    } catch (error) {
      arena.free(base);
      throw error;
    }
  }
  return {
    address: base,
    assign: (rows, wanted, out) => {
      functions.assignRows(
        rows.address,
        rows.count,
        dimension,
        codes,
        blocks,
        base,
        count,
        isL2 ? 1 : 0,
        Math.min(CANDIDATES * wanted, count),
        wanted,
        scratch,
        out,
      );
    },
    release: () => {
      arena.free(base);
    },
  };
}
