import type { Chunk } from '../chunk/chunk.ts';
import type { ChunkMetadata } from '../metadata/build-metadata.ts';

type Placed = Pick<Chunk, 'text' | 'page' | 'startOffset' | 'endOffset'>;

/** What the record of a chunk keeps of its file. */
export interface StoredContent extends Placed {
  /** A JSON string. */
  metadata: string | null;
}

/** Returns what the record of a chunk keeps. */
export function toStoredContent(
  { text, page, startOffset, endOffset }: Placed,
  { record }: Pick<ChunkMetadata, 'record'>,
): StoredContent {
  const metadata = Object.keys(record).length === 0 ? null : JSON.stringify(record);
  return { text, metadata, page, startOffset, endOffset };
}
