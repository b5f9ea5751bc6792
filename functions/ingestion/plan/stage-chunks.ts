import type { Chunk } from '../chunk/chunk.ts';
import type { EmbeddingPlace } from '../embeddings/known-embeddings.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { maxChunksOfPart } from './part-size.ts';

/** What was staged: the number of chunks of each part. */
export interface StagedChunks {
  chunksOfPart: number[];
}

/** Writes one part; parts are numbered from 0. */
export type PutPart = (part: number, text: string) => Promise<void>;

const PUT_CONCURRENCY = 4;

/** A chunk with the place of its vector, where an earlier version or attempt has it. */
export interface PlannedChunk extends Chunk {
  place?: EmbeddingPlace | null;
}

/** JSON has no typed arrays: vectors travel as the base64 of their bytes. */
type StagedLine = Omit<PlannedChunk, 'vector'> & { vector?: string };

function toLine({ vector, ...chunk }: PlannedChunk): string {
  if (!vector) return JSON.stringify(chunk);
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return JSON.stringify({ ...chunk, vector: bytes.toString('base64') } satisfies StagedLine);
}

function fromLine(line: string): PlannedChunk {
  const { vector, ...chunk } = JSON.parse(line) as StagedLine;
  if (vector === undefined) return chunk;
  // A copy begins at an address that floats may have.
  return { ...chunk, vector: new Float32Array(Uint8Array.from(Buffer.from(vector, 'base64')).buffer) };
}

function checkCount(chunks: number): void {
  if (chunks <= INGESTION_LIMITS.chunks) return;
  const message = `The file has more than ${INGESTION_LIMITS.chunks} chunks; split it into several files or use larger chunks.`;
  throw new IngestionFailure('PAYLOAD_TOO_LARGE', message);
}

/** Writes chunks in parts, a line of JSON each; few parts are under way at once, so memory does not grow with the file. */
export async function stageChunks(
  chunks: AsyncIterable<PlannedChunk>,
  putPart: PutPart,
  onChunk: (chunks: number) => Promise<void>,
): Promise<StagedChunks> {
  const chunksOfPart: number[] = [];
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let lines: string[] = [];
  let bytes = 0;
  let count = 0;

  async function flush(): Promise<void> {
    if (lines.length === 0) return;
    const part = chunksOfPart.push(lines.length) - 1;
    const put: Promise<void> = putPart(part, lines.join('\n'))
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(put));
    underWay.add(put);
    lines = [];
    bytes = 0;
    if (underWay.size >= PUT_CONCURRENCY) await Promise.race(underWay);
    if (failures.length > 0) throw failures[0];
  }

  try {
    for await (const chunk of chunks) {
      const line = toLine(chunk);
      if (bytes + line.length > INGESTION_LIMITS.partBytes) await flush();
      lines.push(line);
      bytes += line.length;
      checkCount(++count);
      if (lines.length === maxChunksOfPart(chunksOfPart.length)) await flush();
      await onChunk(count);
    }
    await flush();
  } finally {
    await Promise.all(underWay);
  }
  if (failures.length > 0) throw failures[0];
  return { chunksOfPart };
}

/** Reads the chunks of a staged part. */
export function readStagedChunks(text: string): PlannedChunk[] {
  return text.split('\n').map(fromLine);
}
