import { INGESTION_LIMITS } from '../limits.ts';

/**
 * Small parts spread a small file over many workers; a large file keeps them busy with fewer and larger segments. The largest are below
 * the size that a segment is indexed from, which its merge would do again, and take a minute at 40 texts a second.
 */
const GROWTH = [
  { fromPart: 256, factor: 8 },
  { fromPart: 32, factor: 4 },
];

/** Returns the most chunks that a part may have. */
export function maxChunksOfPart(part: number): number {
  const factor = GROWTH.find(({ fromPart }) => part >= fromPart)?.factor ?? 1;
  return INGESTION_LIMITS.chunksPerPart * factor;
}
