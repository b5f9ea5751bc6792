import type { Kernels } from '../kernels/kernels.ts';
import { withWorkAreas } from '../kernels/work-areas.ts';

/** Vectors of a block of one-bit codes. */
export const BLOCK_SLOTS = 32;

/** Rotated rows in the kernels' memory. */
export interface RowArea {
  address: number;
  count: number;
  /** Values of a rotated row. */
  dimension: number;
}

/** Bytes of a block: 32 one-bit codes, two factors and an id each. */
export function blockBytes(dimension: number): number {
  return dimension * 4 + BLOCK_SLOTS * 12;
}

/** Returns the number of blocks that `count` codes take. */
export function blockCount(count: number): number {
  return Math.ceil(count / BLOCK_SLOTS);
}

/**
 * Encodes rotated rows around one centroid as blocks of RaBitQ codes at `out`, an address of `blockCount(rows.count)` blocks.
 * Without `ids` the rows are numbered from 0.
 */
export function encodeList(
  kernels: Kernels,
  rows: RowArea,
  {
    centroid,
    ids,
    isL2,
    out,
  }: { centroid: Float32Array; ids: Uint32Array | null; isL2: boolean; out: number },
): void {
  const { count, dimension } = rows;
  const sizes = {
    centroid: dimension * 4,
    lists: count * 4,
    bits: (count * dimension) / 8,
    factors: count * 8,
    ids: count * 4,
  };
  withWorkAreas(kernels, sizes, ({ at, floats, integers }) => {
    const { functions } = kernels;
    floats('centroid', dimension).set(centroid);
    integers('lists', count).fill(0);
    if (ids === null) integers('ids', count).forEach((_, i, all) => (all[i] = i));
    else integers('ids', count).set(ids);
    functions.encodeCodes(
      rows.address,
      at.centroid,
      at.lists,
      count,
      dimension,
      isL2 ? 1 : 0,
      at.bits,
      at.factors,
    );
    functions.packBlocks(at.bits, at.factors, at.ids, count, dimension, out);
  });
}
