import { INGESTION_LIMITS } from '../limits.ts';

/**
 * Small parts spread a small file over many workers; a large file keeps them busy with fewer and larger segments. The largest are of
 * the size that a segment is indexed from: until the first merges end, a search compares every vector of smaller ones, and there are
 * 40,000 of these at most. At 40 texts a second they take less than 2 minutes.
 */
const GROWTH = [
  { fromPart: 64, factor: 16 },
  { fromPart: 32, factor: 4 },
];

/** Returns the most chunks that a part may have. */
export function maxChunksOfPart(part: number): number {
  const factor = GROWTH.find(({ fromPart }) => part >= fromPart)?.factor ?? 1;
  return INGESTION_LIMITS.chunksPerPart * factor;
}
