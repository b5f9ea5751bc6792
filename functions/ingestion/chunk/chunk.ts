import type { Metadata } from '../../../engine/api.ts';

/**
 * One chunk before it is embedded. `text` is what stands between the offsets in the text that was extracted from the file; in a chunk that
 * continues a table, the table's header row stands before that.
 */
export interface Chunk {
  text: string;
  page: number | null;
  /** The headings that the chunk stands under, outermost first; embedded with the text, but not part of it. */
  headings: string[];
  /** UTF-16 offsets in the extracted text: its sections in their order, two line breaks between them. */
  startOffset: number;
  endOffset: number;
  values: Metadata;
  /** The vector that a record brings: it is stored as it is, and nothing is embedded. */
  vector?: Float32Array;
}

export interface ChunkingRules {
  strategy: 'RECURSIVE' | 'SENTENCE' | 'MARKDOWN' | 'PAGE' | 'RECORD' | 'FIXED' | 'NONE';
  maxTokens: number;
  overlapTokens: number;
}

/** A stretch of a section's text. */
export interface Span {
  start: number;
  end: number;
  /** The header of the table that the stretch continues. */
  tableHeader?: string;
}
