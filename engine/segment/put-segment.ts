import type { DatabaseConfig, ObjectStore } from '../api.ts';
import { isVectorDbError } from '../errors/vector-db-error.ts';
import { buildIndex, type VectorIndex } from '../index/build-index.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { seededRandom } from '../storage/clock.ts';
import { encodeSegment } from './encode-segment.ts';
import type { SegmentContent } from './segment-content.ts';
import { segmentKey } from './segment-key.ts';

/** Fixed, so that the same rows give the same index. */
const INDEX_SEED = 1;

/** What putting a segment needs. */
export interface SegmentIo {
  store: ObjectStore;
  kernels: Kernels;
  config: DatabaseConfig;
  /** Segments of fewer rows get no index. */
  minIndexRows: number;
}

/** A segment that was put. */
export interface PutSegment {
  key: string;
  sizeBytes: number;
  /** CRC-32 of its directory. */
  directory: number;
  /** Bytes at its end that a search reads first, when that is more than usual. */
  tailBytes?: number;
}

/** Indexes the rows of a segment when there are enough of them, encodes it and puts it. */
export async function putSegment(
  { store, kernels, config, minIndexRows }: SegmentIo,
  content: SegmentContent,
): Promise<PutSegment> {
  const isIndexed = content.ids.length >= minIndexRows;
  const index = isIndexed ? indexUnlessShort(kernels, content) : null;
  const { object, hash, ...stated } = encodeSegment(content, index);
  const key = segmentKey(config.prefix, hash);
  await store.put(key, object);
  return { key, sizeBytes: object.sizeBytes, ...stated };
}

/** Builds the index; null where the kernels' memory has no room for the work: the rows are then scanned whole, which is slow and right. */
function indexUnlessShort(
  kernels: Kernels,
  { values, dimension, metric }: SegmentContent,
): VectorIndex | null {
  try {
    return buildIndex(kernels, values, { dimension, metric, random: seededRandom(INDEX_SEED) });
  } catch (error) {
    if (isVectorDbError(error, 'LimitExceeded')) return null;
    throw error;
  }
}
