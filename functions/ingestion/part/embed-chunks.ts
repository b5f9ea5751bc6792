import type { Row } from '../../../engine/api.ts';
import type { EmbeddingProvider } from '../../embedding/embedding-provider.ts';
import { formatChunkId, INGESTION_WRITE_ID, recordKey } from '../../shared/record-key.ts';
import type { VectorRecord } from '../../shared/records.ts';
import type { DescribeChunk } from '../metadata/describe-chunks.ts';
import { embedTexts } from '../embeddings/embed-texts.ts';
import { embeddedText } from '../embeddings/embedded-text.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import type { PlannedChunk } from '../plan/stage-chunks.ts';
import type { FileBucket } from '../storage/file-objects.ts';
import type { FileVersion } from '../storage/object-keys.ts';
import { toStoredContent } from './stored-content.ts';

/** One part as rows for the engine and records for the table. */
export interface EmbeddedPart {
  rows: Row[];
  records: VectorRecord[];
  tokens: number;
}

export interface PartContent {
  of: FileVersion;
  part: number;
  /** The number of the part's first chunk within the file. */
  firstIndex: number;
  chunks: PlannedChunk[];
  /** The time that all records of the version carry. */
  createdAt: string;
  describe: DescribeChunk;
  /** False when the rest is better left to another attempt. */
  hasTime: () => boolean;
  /** Ends the work when the version is not wanted any more. */
  signal: AbortSignal;
}

/** What embeds, and where vectors are kept. */
export interface PartEmbedding {
  /** Null when the callers of the database bring the vectors. */
  embedder: EmbeddingProvider | null;
  vectors: FileBucket;
}

/** Fills in the vectors of chunks that do not bring their own. */
async function findVectors(
  { embedder, vectors: bucket }: PartEmbedding,
  { of, part, chunks, hasTime, signal }: PartContent,
): Promise<{ vectors: (Float32Array | undefined)[]; tokens: number }> {
  const open = chunks.filter(({ vector }) => !vector);
  if (open.length === 0) return { vectors: chunks.map(({ vector }) => vector), tokens: 0 };
  if (!embedder)
    throw new IngestionFailure('VALIDATION', 'The database has no embedding, so it cannot hold these files.');
  const texts = open.map(embeddedText);
  const places = open.map(({ place }) => place ?? null);
  const { vectors, tokens } = await embedTexts(embedder, bucket, {
    of,
    part,
    texts,
    places,
    hasTime,
    signal,
  });
  const embedded = new Map(open.map((chunk, index) => [chunk, vectors[index]]));
  return { vectors: chunks.map((chunk) => chunk.vector ?? embedded.get(chunk)), tokens };
}

/** Embeds the chunks of a part, and makes of each a row and a record that name each other. */
export async function embedChunks(embedding: PartEmbedding, content: PartContent): Promise<EmbeddedPart> {
  const { of, firstIndex, chunks, createdAt, describe } = content;
  const { databaseId, fileId, version: fileVersion } = of;
  const { vectors, tokens } = await findVectors(embedding, content);
  const rows: Row[] = [];
  const records: VectorRecord[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const values = vectors[index];
    if (!values) throw new Error(`Chunk ${firstIndex + index} got no vector.`);
    const chunkIndex = firstIndex + index;
    const id = formatChunkId({ fileId, fileVersion, chunkIndex });
    const metadata = describe(chunk);
    const stored = toStoredContent(chunk, metadata);
    rows.push({
      id,
      address: INGESTION_WRITE_ID,
      fileId,
      fileVersion,
      values,
      text: stored.text,
      metadata: metadata.row,
    });
    records.push({
      ...recordKey(of, id, INGESTION_WRITE_ID),
      ...{ id, databaseId, fileId, fileVersion, chunkIndex, ...stored },
      ...{ createdAt, writeId: INGESTION_WRITE_ID },
    });
  }
  return { rows, records, tokens };
}
