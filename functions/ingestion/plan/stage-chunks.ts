import type { Chunk } from '../chunk/chunk.ts';
import type { EmbeddingPlace } from '../embeddings/known-embeddings.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import type { PartSize } from './part-size.ts';

/** What was staged so far. Where parts end depends on the chunks alone, so that chunks that are staged again are in the same parts. */
export interface StagedChunks {
  /** The number of chunks of each part that is whole. */
  chunksOfPart: number[];
  /** The chunks of the part that is not. */
  lines: string[];
}

/** Writes one part; parts are numbered from 0. */
export type PutPart = (part: number, text: string) => Promise<void>;

/** Where chunks are staged, and in what parts. */
export interface StagingSink {
  putPart: PutPart;
  /** Hears of every chunk; it may throw to end the work. */
  onChunk: (chunks: number) => Promise<void>;
  partSize: PartSize;
}

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

/** The parts that are being written; few are under way at once, so that memory does not grow with the file. */
class PartWriter {
  readonly #putPart: PutPart;
  readonly #underWay = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];

  constructor(putPart: PutPart) {
    this.#putPart = putPart;
  }

  async put(part: number, text: string): Promise<void> {
    const put: Promise<void> = this.#putPart(part, text)
      .catch((error: unknown) => void this.#failures.push(error))
      .finally(() => this.#underWay.delete(put));
    this.#underWay.add(put);
    if (this.#underWay.size >= PUT_CONCURRENCY) await Promise.race(this.#underWay);
    this.#requireSuccess();
  }

  async finish(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#requireSuccess();
  }

  #requireSuccess(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }
}

/**
 * Writes chunks in parts, a line of JSON each, and keeps `staged` true of what was taken. When the chunks end by a failure, all parts that
 * are whole have been written by then.
 */
export async function stageChunks(
  chunks: AsyncIterable<PlannedChunk>,
  staged: StagedChunks,
  { putPart, onChunk, partSize }: StagingSink,
): Promise<void> {
  const writer = new PartWriter(putPart);
  let bytes = staged.lines.reduce((sum, line) => sum + line.length, 0);
  let count = staged.chunksOfPart.reduce((sum, size) => sum + size, staged.lines.length);

  async function flush(): Promise<void> {
    if (staged.lines.length === 0) return;
    const part = staged.chunksOfPart.push(staged.lines.length) - 1;
    const text = staged.lines.join('\n');
    staged.lines = [];
    bytes = 0;
    await writer.put(part, text);
  }

  try {
    for await (const chunk of chunks) {
      const line = toLine(chunk);
      if (bytes + line.length > partSize.maxBytes) await flush();
      staged.lines.push(line);
      bytes += line.length;
      checkCount(++count);
      if (staged.lines.length === partSize.maxChunks(staged.chunksOfPart.length)) await flush();
      await onChunk(count);
    }
    await flush();
  } catch (error) {
    await writer.finish();
    throw error;
  }
  await writer.finish();
}

/** Reads the chunks of a staged part. */
export function readStagedChunks(text: string): PlannedChunk[] {
  return text.split('\n').map(fromLine);
}
