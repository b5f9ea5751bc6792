import type { Row } from '../../../engine/api.ts';
import type { EmbeddingProvider } from '../../embedding/embedding-provider.ts';
import { formatChunkId, INGESTION_WRITE_ID, recordKey } from '../../shared/record-key.ts';
import type { VectorRecord } from '../../shared/records.ts';
import type { Chunk } from '../chunk/chunk.ts';
import type { ChunkMetadata } from '../metadata/build-metadata.ts';
import type { FileVersion } from '../storage/object-keys.ts';

/** One part as rows for the engine and records for the table. */
export interface EmbeddedPart {
  rows: Row[];
  records: VectorRecord[];
  tokens: number;
}

export interface PartContent {
  of: FileVersion;
  /** The number of the part's first chunk within the file. */
  firstIndex: number;
  chunks: Chunk[];
  /** The time that all records of the version carry. */
  createdAt: string;
  describe: (chunk: Chunk) => ChunkMetadata;
}

/** The text that is embedded: the headings above a chunk tell what it is about when it does not say so itself. */
function textWithHeadings({ text, headings }: Chunk): string {
  const missing = headings.filter((heading) => !text.includes(heading));
  return missing.length === 0 ? text : `${missing.join(' > ')}\n${text}`;
}

/** Embeds the chunks of a part, and makes of each a row and a record that name each other. */
export async function embedChunks(
  embedder: EmbeddingProvider,
  { of, firstIndex, chunks, createdAt, describe }: PartContent,
): Promise<EmbeddedPart> {
  const { databaseId, fileId, version: fileVersion } = of;
  const { vectors, tokens } = await embedder.embed(chunks.map(textWithHeadings), 'DOCUMENT');
  const rows: Row[] = [];
  const records: VectorRecord[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const values = vectors[index];
    if (!values) throw new Error(`The provider "${embedder.name}" answered too few vectors.`);
    const chunkIndex = firstIndex + index;
    const id = formatChunkId({ fileId, fileVersion, chunkIndex });
    const { text, page, startOffset, endOffset } = chunk;
    const { row: metadata, record } = describe(chunk);
    rows.push({ id, address: INGESTION_WRITE_ID, fileId, fileVersion, values, text, metadata });
    records.push({
      ...recordKey(of, id, INGESTION_WRITE_ID),
      ...{ id, databaseId, fileId, fileVersion, chunkIndex, text },
      metadata: Object.keys(record).length === 0 ? null : JSON.stringify(record),
      ...{ page, startOffset, endOffset, createdAt, writeId: INGESTION_WRITE_ID },
    });
  }
  return { rows, records, tokens };
}
