import type { Metric } from '../api.ts';
import { ByteReader, FormatProblem } from '../format/byte-reader.ts';
import { bytesOf, ByteWriter } from '../format/byte-writer.ts';
import { checksumOf } from '../format/checksum.ts';
import type { VectorIndex } from '../index/build-index.ts';
import { blockBytes, blockCount, BLOCK_SLOTS } from '../index/encode-list.ts';
import { row8Bytes } from '../index/place-rotated.ts';
import { listBytes } from '../index/pack-lists.ts';
import {
  codeDimension,
  decodeRotation,
  encodeRotation,
  rotationBytes,
  type Rotation,
} from '../index/rotation.ts';
import { minRecordBytes } from './row-records.ts';

/** Places for centroids in the blocks of an index, those that hold none included: enough for the lists of 8 million rows. */
export const MAX_CENTROID_PLACES = 16_384;

/** What the `index` section says about a segment's vectors. */
export interface IndexHeader {
  rotation: Rotation;
  /** Row-major, rotated; one for each group of lists. */
  groupCentroids: Float32Array;
  /** Blocks of each group in `centroidBlocks`. */
  groupBlocks: Uint32Array;
  /** One-bit codes of the list centroids around the centroid of their group; an id is the number of a list. */
  centroidBlocks: Uint8Array;
  /** The ids of `centroidBlocks` alone, place by place. */
  centroidIds: Uint32Array;
  /** Where each list lies in the section `codes`: one more entry than lists. */
  listOffsets: Float64Array;
  listChecksums: Uint32Array;
  /** Blocks of each list. */
  listBlocks: Uint32Array;
  /** Bytes of a record of the section `records`. */
  recordBytes: number;
}

/** Encodes the `index` section. */
export function encodeIndexHeader(index: VectorIndex, recordBytes: number): Uint8Array {
  const { rotation, groupCentroids, groups, centroidBlocks, lists } = index;
  const { dimension } = rotation;
  const writer = new ByteWriter();
  writer.u32(dimension).u32(lists.blockCounts.length).u32(groups.length).u32(recordBytes);
  writer.raw(encodeRotation(rotation)).align(64);
  writer.raw(bytesOf(groupCentroids));
  writer.raw(bytesOf(Uint32Array.from(groups, ({ length }) => blockCount(length)))).align(64);
  writer.raw(centroidBlocks);
  writer.raw(bytesOf(lists.blockCounts));
  writer.raw(bytesOf(listChecksums(index)));
  return writer.finish();
}

function listChecksums({ lists, rotation }: VectorIndex): Uint32Array {
  let offset = 0;
  return lists.blockCounts.map((blocks) => {
    const length = listBytes(blocks, rotation.dimension);
    const checksum = checksumOf(lists.bytes.subarray(offset, offset + length));
    offset += length;
    return checksum;
  });
}

/** Decodes what `encodeIndexHeader` wrote for a segment of vectors of `vectorDimension` values. */
export function decodeIndexHeader(
  bytes: Uint8Array,
  stated: {
    rows: number;
    vectorDimension: number;
    metric: Metric;
    codesBytes: number;
    recordsBytes: number;
    rows8Bytes: number;
  },
): IndexHeader {
  const { rows, vectorDimension, metric, codesBytes, recordsBytes, rows8Bytes } = stated;
  const reader = new ByteReader(bytes);
  const dimension = reader.u32();
  const lists = reader.u32();
  const groups = reader.u32();
  const recordBytes = reader.u32();
  if (dimension !== codeDimension(vectorDimension)) {
    throw new FormatProblem(`its index has ${dimension} dimensions for vectors of ${vectorDimension}`);
  }
  if (recordBytes < minRecordBytes(vectorDimension) || recordBytes % 4 !== 0) {
    throw new FormatProblem(`its records have ${recordBytes} bytes for ${vectorDimension} values`);
  }
  if (recordBytes * rows !== recordsBytes) {
    throw new FormatProblem(`its records have ${recordsBytes} bytes for ${rows} rows of ${recordBytes}`);
  }
  if (row8Bytes(dimension, metric) * rows !== rows8Bytes) {
    throw new FormatProblem(`its 8-bit rows have ${rows8Bytes} bytes for ${rows} rows`);
  }
  if (lists === 0 || groups === 0) throw new FormatProblem('its index has no lists');
  const rotation = decodeRotation(reader.take(rotationBytes(dimension)), dimension);
  reader.align(64);
  const groupCentroids = reader.f32Array(groups * dimension);
  const groupBlocks = reader.u32Array(groups);
  reader.align(64);
  const blocks = groupBlocks.reduce((sum, count) => sum + count, 0);
  if (blocks * BLOCK_SLOTS > MAX_CENTROID_PLACES)
    throw new FormatProblem(`its index has ${blocks} blocks of lists`);
  const centroidBlocks = reader.take(blocks * blockBytes(dimension));
  const listBlocks = reader.u32Array(lists);
  const listChecksums = reader.u32Array(lists);
  const listOffsets = offsetsOf(listBlocks, dimension);
  if (listOffsets[lists] !== codesBytes) {
    throw new FormatProblem(`its lists have ${listOffsets[lists]} bytes, and its codes ${codesBytes}`);
  }
  checkIds(centroidBlocks, { dimension, limit: lists });
  const centroidIds = idsOf(centroidBlocks, dimension);
  if (new Set(centroidIds.filter((id) => id !== NO_ID)).size !== lists) {
    throw new FormatProblem(`its groups do not hold each of its ${lists} lists`);
  }
  const grouped = { groupCentroids, groupBlocks, centroidBlocks, centroidIds };
  return { rotation, ...grouped, listOffsets, listChecksums, listBlocks, recordBytes };
}

function idsOf(blocks: Uint8Array, dimension: number): Uint32Array {
  const size = blockBytes(dimension);
  const ids = new Uint32Array((blocks.length / size) * BLOCK_SLOTS);
  for (let block = 0; block * size < blocks.length; block++) {
    const end = (block + 1) * size;
    bytesOf(ids).set(blocks.subarray(end - BLOCK_SLOTS * 4, end), block * BLOCK_SLOTS * 4);
  }
  return ids;
}

function offsetsOf(listBlocks: Uint32Array, dimension: number): Float64Array {
  const offsets = new Float64Array(listBlocks.length + 1);
  listBlocks.forEach((blocks, list) => {
    offsets[list + 1] = offsets[list]! + listBytes(blocks, dimension);
  });
  return offsets;
}

/** The id of a slot that pads a block. */
const NO_ID = 0xffff_ffff;

/** Fails when a block names something that does not exist: the kernels trust the ids. */
export function checkIds(
  blocks: Uint8Array,
  { dimension, limit }: { dimension: number; limit: number },
): void {
  const size = blockBytes(dimension);
  const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  for (let block = size; block <= blocks.length; block += size) {
    for (let at = block - BLOCK_SLOTS * 4; at < block; at += 4) {
      const id = view.getUint32(at, true);
      if (id >= limit && id !== NO_ID) throw new FormatProblem(`a block names ${id} of ${limit}`);
    }
  }
}
