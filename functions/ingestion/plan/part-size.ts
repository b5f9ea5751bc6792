import { INGESTION_LIMITS } from '../limits.ts';

/** Small parts spread a small file over many workers; a large file keeps them busy with fewer and larger segments. */
const SMALL_PARTS = 32;
const LARGE_FACTOR = 4;

/** Returns the most chunks that a part may have. */
export function maxChunksOfPart(part: number): number {
  return INGESTION_LIMITS.chunksPerPart * (part < SMALL_PARTS ? 1 : LARGE_FACTOR);
}
