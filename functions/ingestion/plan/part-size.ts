import { INGESTION_LIMITS } from '../limits.ts';

/** How large the parts of a file may be. */
export interface PartSize {
  /** The most chunks of a part, by its number. */
  maxChunks: (part: number) => number;
  /** The largest bytes of a staged part; it is read whole into memory. */
  maxBytes: number;
}

/** From which part on a part has how many times the chunks of the first, the last first. */
type Growth = readonly { fromPart: number; factor: number }[];

function growBy(growth: Growth, maxBytes: number): PartSize {
  const { chunksPerPart } = INGESTION_LIMITS;
  const factorOf = (part: number): number => growth.find(({ fromPart }) => part >= fromPart)?.factor ?? 1;
  return { maxChunks: (part) => chunksPerPart * factorOf(part), maxBytes };
}

/**
 * Small parts spread a small file over many workers; a large file keeps them busy with fewer and larger segments, of which each costs a
 * search some reads until they are merged. Here a vector costs a call: at 40 texts a second the largest part takes less than 2 minutes.
 */
export const SIZE_WITH_CALLS: PartSize = growBy(
  [
    { fromPart: 64, factor: 16 },
    { fromPart: 32, factor: 4 },
  ],
  INGESTION_LIMITS.partBytes,
);

/** Vectors that are made in the process, or brought, cost next to nothing: the largest part takes half a minute, and some 700 MB. */
export const SIZE_WITHOUT_CALLS: PartSize = growBy(
  [
    { fromPart: 56, factor: 128 },
    { fromPart: 24, factor: 64 },
    { fromPart: 16, factor: 16 },
    { fromPart: 8, factor: 4 },
  ],
  2 * INGESTION_LIMITS.partBytes,
);
