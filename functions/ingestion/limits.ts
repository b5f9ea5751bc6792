const MIB = 1024 * 1024;

/** Ceilings of what one file may cost. A file beyond one of them fails with a named error; nothing is cut off. */
export const INGESTION_LIMITS = {
  /** Formats that are read whole: their parsers hold the text several times. */
  wholeFileBytes: 200 * MIB,
  /** A JSON document that is not an array has to be in memory as a tree, some ten times its size. */
  jsonTreeBytes: 32 * MIB,
  /** Source code beyond this was made by a program; grammars read some megabytes a second. */
  codeBytes: 8 * MIB,
  /** How much is read to find out the type and encoding. */
  sampleBytes: 4 * MIB,
  pages: 5_000,
  /** A full page of a newspaper has some 50,000. */
  pageCharacters: MIB,
  columns: 16_384,
  recordCharacters: 8 * MIB,
  /** The end of a longer record is waited for up to here, so that it can be left out. */
  waitedCharacters: 16 * MIB,
  /** Real documents stay below 50. */
  rtfGroups: 1_000,
  /** OpenDocument writes equal rows once with a number. */
  sheetRowRepeats: 10_000,
  nesting: 64,
  /** Word nests tables in text boxes in tables; beyond this nobody reads. */
  xmlDepth: 512,
  /** What 2 GB of records of 200 bytes are; a manifest then names some 5,000 segments, and takes 2 MB. */
  chunks: 10_000_000,
  /** The most that a database may have. */
  dimensions: 4_096,
  /** Row groups are unpacked one at a time, into objects several times their size. */
  parquetGroupBytes: 256 * MIB,
  parquetPageBytes: 64 * MIB,
  chunksPerPart: 256,
  /** The largest bytes of a staged part; a part is read whole into memory. */
  partBytes: 16 * MIB,
  /** Offsets are 32-bit integers in the API. */
  textCharacters: 2_000_000_000,
  zipEntries: 10_000,
  /** An archive in an archive in an archive, and messages in messages alike. */
  containerDepth: 3,
  attachments: 1_000,
  zipUnpackedBytes: 400 * MIB,
  /** Text compresses at 5 to 20; XML of tables reached 60 in real documents. */
  zipRatio: 200,
  zipRatioFromBytes: 16 * MIB,
  /** The longest that a parser may work without a result: a page, a sheet's piece, a whole Word document. */
  parseStepMs: 120_000,
  /** Of the 3,008 MB that the plan function has: the heap of a parser, and its heap with all buffers. */
  parserHeapMb: 1_536,
  parserMemoryBytes: 2_048 * MIB,
  /** Below the 10 minutes of the plan function, with time left to report the failure. */
  planMs: 9 * 60_000,
  /** A preview's bytes: as base64 two thirds of the megabyte that a request of AppSync may have. */
  previewBytes: 512 * 1024,
  /** Of the 30 seconds that AppSync gives a request, with time left to start and to answer. */
  previewMs: 25_000,
  /** Of the chunks of one answer, as JSON: AppSync evaluates 5 MB. */
  previewAnswerBytes: 4_000_000,
  /** When planning goes on in another run, where the format has places to go on from: those are some 64 KB apart. */
  planRunMs: 8 * 60_000,
  /** Of the 5 minutes that the part function may run; what is embedded by then is kept for the next attempt. */
  partEmbedMs: 3 * 60_000,
  /** How often a part that embeds looks whether its file is still wanted. */
  partLookMs: 5_000,
} as const;

/** How often a message is delivered before its queue gives up; the template's redrive policy must say the same. */
export const MAX_RECEIVES = 5;
