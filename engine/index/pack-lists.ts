import type { Kernels } from '../kernels/kernels.ts';
import { withWorkAreas } from '../kernels/work-areas.ts';
import type { Assignment } from './assign-rows.ts';
import { blockBytes, blockCount, BLOCK_SLOTS } from './encode-list.ts';

/** The lists of an index: each is its centroid (f32) and its blocks; lists stand one after the other. */
export interface PackedLists {
  bytes: Uint8Array;
  /** Blocks of each list. */
  blockCounts: Uint32Array;
}

/**
 * The share of rows that may stand in their second list too: those nearest to the border between both; the rest would gain next to
 * nothing. Lists take of them what fills their blocks, so that no byte is spent on padding: 119 bytes a row with 384 dimensions.
 */
const SPILL_SHARE = 0.85;

/** Bytes of a list. */
export function listBytes(blocks: number, dimension: number): number {
  return dimension * 4 + blocks * blockBytes(dimension);
}

/** Arranges the codes of all rows by list. */
export function packLists(
  kernels: Kernels,
  assigned: Assignment,
  { centroids, dimension }: { centroids: Float32Array; dimension: number },
): PackedLists {
  const lists = centroids.length / dimension;
  const slots = slotsByList(assigned, lists);
  const counts = Uint32Array.from(
    { length: lists },
    (_, list) => slots.starts[list + 1]! - slots.starts[list]!,
  );
  const blockCounts = counts.map(blockCount);
  const total = blockCounts.reduce((sum, blocks) => sum + listBytes(blocks, dimension), 0);
  const bytes = new Uint8Array(total);
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  const sizes = {
    bits: (most * dimension) / 8,
    factors: most * 8,
    ids: most * 4,
    blocks: blockCount(most) * blockBytes(dimension),
  };
  withWorkAreas(kernels, sizes, (areas) => {
    let offset = 0;
    blockCounts.forEach((blocks, list) => {
      const centroid = centroids.subarray(list * dimension, (list + 1) * dimension);
      bytes.set(new Uint8Array(centroid.buffer, centroid.byteOffset, centroid.byteLength), offset);
      const members = slots.entries.subarray(slots.starts[list], slots.starts[list + 1]);
      stageCodes(assigned, members, {
        bits: areas.bytes('bits', (members.length * dimension) / 8),
        factors: areas.floats('factors', members.length * 2),
        ids: areas.integers('ids', members.length),
      });
      const { at } = areas;
      kernels.functions.packBlocks(at.bits, at.factors, at.ids, members.length, dimension, at.blocks);
      bytes.set(areas.bytes('blocks', blocks * blockBytes(dimension)), offset + dimension * 4);
      offset += listBytes(blocks, dimension);
    });
  });
  return { bytes, blockCounts };
}

/** Copies of rows by list: an entry is twice the row, plus 1 when it stands there as in its second list. */
function slotsByList(assigned: Assignment, listCount: number): { starts: Uint32Array; entries: Uint32Array } {
  const { rows, lists, gaps } = assigned;
  const first = groupByList(listCount, lists, evenEntries(rows));
  const widest = gaps.toSorted()[Math.ceil(rows * SPILL_SHARE) - 1] ?? 0;
  const spilled = evenEntries(rows)
    .map((entry) => entry + 1)
    .filter((entry) => gaps[entry >> 1]! <= widest && lists[entry] !== lists[entry - 1])
    .sort((a, b) => gaps[a >> 1]! - gaps[b >> 1]! || a - b);
  const second = groupByList(listCount, lists, spilled);
  const entries: Uint32Array[] = [];
  const starts = new Uint32Array(listCount + 1);
  for (let list = 0; list < listCount; list++) {
    const own = first.entries.subarray(first.starts[list], first.starts[list + 1]);
    const guests = second.entries.subarray(second.starts[list], second.starts[list + 1]);
    const room = roomForGuests(own.length, guests.length);
    entries.push(own, guests.subarray(0, room));
    starts[list + 1] = starts[list]! + own.length + room;
  }
  return { starts, entries: concat(entries) };
}

/** Returns how many rows that are at home elsewhere a list takes: as many as fill its last block without starting another. */
function roomForGuests(own: number, guests: number): number {
  const whole = Math.floor((own + guests) / BLOCK_SLOTS) * BLOCK_SLOTS;
  const needed = Math.ceil(own / BLOCK_SLOTS) * BLOCK_SLOTS;
  return Math.min(guests, Math.max(whole, needed) - own);
}

function evenEntries(rows: number): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, row) => row * 2);
}

/** Groups entries by their list; within a list they keep their order. */
function groupByList(
  listCount: number,
  lists: Uint32Array,
  entries: Uint32Array,
): { starts: Uint32Array; entries: Uint32Array } {
  const starts = new Uint32Array(listCount + 1);
  for (const entry of entries) starts[lists[entry]! + 1]! += 1;
  for (let list = 0; list < listCount; list++) starts[list + 1]! += starts[list]!;
  const next = starts.slice();
  const grouped = new Uint32Array(entries.length);
  for (const entry of entries) grouped[next[lists[entry]!]!++] = entry;
  return { starts, entries: grouped };
}

function concat(parts: readonly Uint32Array[]): Uint32Array {
  const joined = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function stageCodes(
  { codes }: Assignment,
  members: Uint32Array,
  to: { bits: Uint8Array; factors: Float32Array; ids: Uint32Array },
): void {
  const bytes = members.length === 0 ? 0 : to.bits.length / members.length;
  members.forEach((entry, i) => {
    const row = entry >> 1;
    const { bits, factors } = codes[entry & 1]!;
    to.bits.set(bits.subarray(row * bytes, (row + 1) * bytes), i * bytes);
    to.factors[i * 2] = factors[row * 2]!;
    to.factors[i * 2 + 1] = factors[row * 2 + 1]!;
    to.ids[i] = row;
  });
}
