import { blockBytes } from '../index/encode-list.ts';
import { bytesOf } from '../format/byte-writer.ts';
import type { IndexHeader } from '../segment/index-section.ts';
import type { SegmentFile } from '../segment/segment-file.ts';
import { SECTIONS } from '../segment/segment-sections.ts';
import type { VectorIo } from '../segment/vector-io.ts';
import type { ProbeScratch } from './probe-scratch.ts';

/** Returns the `count` lists whose centroids are nearest by their one-bit codes, nearest first. Nothing is awaited. */
export function chooseLists(
  io: VectorIo,
  { file, header }: { file: SegmentFile; header: IndexHeader },
  { scratch, count }: { scratch: ProbeScratch; count: number },
): Uint32Array {
  const address = placeGroups(io, file, header);
  const none = { allowed: 0, k: count };
  if (address !== null) {
    const groups = groupsAt(header, address).map((group) => ({
      ...group,
      bias: scratch.biasOf(group.centroid),
    }));
    return scratch.takeHeap(scratch.scan(groups, { ...none, heapSize: 0 })).ids;
  }
  let heapSize = 0;
  for (const { centroid, address: blocksAt, blocks } of groupsAt(header, 0)) {
    const { dimension } = header.rotation;
    const center = bytesOf(header.groupCentroids).subarray(centroid, centroid + dimension * 4);
    const placed = scratch.placeInWindow(center, 0);
    const first = blocksAt - header.groupCentroids.byteLength;
    const codes = header.centroidBlocks.subarray(first, first + blocks * blockBytes(dimension));
    const codesAt = scratch.placeInWindow(codes, center.length);
    const group = { address: codesAt, blocks, bias: scratch.biasOf(placed) };
    heapSize = scratch.scan([group], { ...none, heapSize });
  }
  return scratch.takeHeap(heapSize).ids;
}

/** Returns the address of the group centroids and the blocks after them; null when the budget has no room. */
function placeGroups(io: VectorIo, file: SegmentFile, header: IndexHeader): number | null {
  const { groupCentroids, centroidBlocks } = header;
  const bytes = groupCentroids.byteLength + centroidBlocks.length;
  const area = io.vectors.reserve(`${file.key}#${SECTIONS.index}`, { bytes, units: 1 });
  if (area === null) return null;
  if (!area.filled.has(0)) {
    const memory = new Uint8Array(io.kernels.arena.memory.buffer(), area.address, bytes);
    memory.set(bytesOf(groupCentroids));
    memory.set(centroidBlocks, groupCentroids.byteLength);
    area.filled.add(0);
  }
  return area.address;
}

/** Returns where each group's centroid and blocks stand when the first centroid is at `base`. */
function groupsAt(
  { groupCentroids, groupBlocks, rotation }: IndexHeader,
  base: number,
): { centroid: number; address: number; blocks: number }[] {
  let address = base + groupCentroids.byteLength;
  return Array.from(groupBlocks, (blocks, group) => {
    const placed = { centroid: base + group * rotation.dimension * 4, address, blocks };
    address += blocks * blockBytes(rotation.dimension);
    return placed;
  });
}
