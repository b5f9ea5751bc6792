const MIB = 1024 * 1024;

/** Ceilings of what one file may cost. A file beyond one of them fails with a named error; nothing is cut off. */
export const INGESTION_LIMITS = {
  /** Formats that are read whole: their parsers hold the text several times. */
  wholeFileBytes: 200 * MIB,
  /** A JSON document that is not an array has to be in memory as a tree, some ten times its size. */
  jsonTreeBytes: 32 * MIB,
  /** How much is read to find out the type and encoding. */
  sampleBytes: 4 * MIB,
  pages: 5_000,
  columns: 16_384,
  recordCharacters: 8 * MIB,
  nesting: 64,
  chunks: 1_000_000,
  chunksPerPart: 256,
  /** The largest bytes of a staged part; a part is read whole into memory. */
  partBytes: 16 * MIB,
  /** Offsets are 32-bit integers in the API. */
  textCharacters: 2_000_000_000,
  zipEntries: 10_000,
  zipUnpackedBytes: 400 * MIB,
  /** Text compresses at 5 to 20; XML of tables reached 60 in real documents. */
  zipRatio: 200,
  zipRatioFromBytes: 16 * MIB,
  /** Below the 10 minutes of the plan function, with time left to report the failure. */
  planMs: 9 * 60_000,
} as const;

/** How often a message is delivered before its queue gives up; the template's redrive policy must say the same. */
export const MAX_RECEIVES = 5;
