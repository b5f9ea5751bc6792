import { blockBytes, BLOCK_SLOTS } from '../index/encode-list.ts';
import { bytesOf } from '../format/byte-writer.ts';
import type { IndexHeader } from '../segment/index-section.ts';
import type { SegmentFile } from '../segment/segment-file.ts';
import type { VectorIo } from '../segment/vector-io.ts';
import type { ProbeScratch } from './probe-scratch.ts';

/** Groups are scanned until they hold this many lists for each that is wanted: the nearest centroids are in the nearest groups. */
const LISTS_PER_WANTED = 64;

/** Returns the `count` lists whose centroids are nearest by their one-bit codes, nearest first. Nothing is awaited. */
export function chooseLists(
  io: VectorIo,
  { file, header }: { file: SegmentFile; header: IndexHeader },
  { scratch, count }: { scratch: ProbeScratch; count: number },
): Uint32Array {
  const { groupCentroids, groupBlocks, rotation, centroidBlocks } = header;
  const size = blockBytes(rotation.dimension);
  const base = placeGroups(io, file, header);
  const biases =
    base === null ? biasesThroughWindow(header, scratch) : scratch.biasesOf(base, groupBlocks.length);
  const groups = nearestGroups(header, biases, count);
  const none = { allowed: 0, k: count };
  let heapSize = 0;
  if (base !== null) {
    const blocksAt = base + groupCentroids.byteLength;
    const lists = groups.map(({ firstBlock, ...group }) => ({
      ...group,
      address: blocksAt + firstBlock * size,
    }));
    heapSize = scratch.scan(lists, { ...none, heapSize });
  } else {
    for (const { firstBlock, blocks, bias } of groups) {
      const codes = centroidBlocks.subarray(firstBlock * size, (firstBlock + blocks) * size);
      heapSize = scratch.scan([{ address: scratch.placeInWindow(codes, 0), blocks, bias }], {
        ...none,
        heapSize,
      });
    }
  }
  return scratch.takeHeap(heapSize).ids;
}

/** Returns the groups to scan for `count` lists, nearest first. */
function nearestGroups(
  { groupBlocks, groupNorms }: IndexHeader,
  biases: Float32Array,
  count: number,
): { firstBlock: number; blocks: number; bias: number }[] {
  let firstBlock = 0;
  const groups = Array.from(groupBlocks, (blocks, i) => {
    const group = { firstBlock, blocks, bias: biases[i]!, score: biases[i]! - groupNorms[i]! };
    firstBlock += blocks;
    return group;
  });
  groups.sort((a, b) => b.score - a.score || a.firstBlock - b.firstBlock);
  let lists = 0;
  const wanted = count * LISTS_PER_WANTED;
  return groups.filter(({ blocks }) => {
    const isNeeded = lists < wanted;
    lists += blocks * BLOCK_SLOTS;
    return isNeeded;
  });
}

function biasesThroughWindow(
  { groupCentroids, groupBlocks, rotation }: IndexHeader,
  scratch: ProbeScratch,
): Float32Array {
  const bytes = rotation.dimension * 4;
  const centroids = bytesOf(groupCentroids);
  return Float32Array.from(groupBlocks, (_, group) =>
    scratch.biasOf(scratch.placeInWindow(centroids.subarray(group * bytes, (group + 1) * bytes), 0)),
  );
}

/** Returns the address of the group centroids and the blocks after them; null when the budget has no room. */
function placeGroups(io: VectorIo, file: SegmentFile, header: IndexHeader): number | null {
  const { groupCentroids, centroidBlocks } = header;
  const bytes = groupCentroids.byteLength + centroidBlocks.length;
  const area = io.vectors.reserve(file.partKeys.index, { bytes, units: 1 });
  if (area === null) return null;
  if (!area.filled.has(0)) {
    const memory = new Uint8Array(io.kernels.arena.memory.buffer(), area.address, bytes);
    memory.set(bytesOf(groupCentroids));
    memory.set(centroidBlocks, groupCentroids.byteLength);
    area.filled.add(0);
  }
  return area.address;
}
