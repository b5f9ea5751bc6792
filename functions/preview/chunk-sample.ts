import type { PreviewedChunk } from '../../schema/generated/types.ts';
import { countTokens } from '../ingestion/chunk/count-tokens.ts';
import { INGESTION_LIMITS } from '../ingestion/limits.ts';
import type { DescribeChunk } from '../ingestion/metadata/describe-chunks.ts';
import { toStoredContent } from '../ingestion/part/stored-content.ts';
import { type PlannedChunk, readStagedChunks } from '../ingestion/plan/stage-chunks.ts';

function toPreview(chunk: PlannedChunk, index: number, describe: DescribeChunk): PreviewedChunk {
  return {
    index,
    tokens: countTokens(chunk.text),
    ...toStoredContent(chunk, describe(chunk)),
    headings: chunk.headings,
    hasOwnVector: chunk.vector !== undefined,
  };
}

/** The first chunks of a file out of its staged parts, which are not kept; all are counted. */
export class ChunkSample {
  readonly #limit: number;
  readonly #kept: PlannedChunk[] = [];
  readonly #fields = new Set<string>();
  #tokens = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The names of the fields that chunks carry: a field of a heading without text below it is carried by none. */
  get fields(): ReadonlySet<string> {
    return this.#fields;
  }

  /** The tokens of all chunks. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Takes a part as it is staged. Parts come in their order, since each is taken before the next is made. */
  addPart(staged: string): void {
    for (const chunk of readStagedChunks(staged)) {
      this.#tokens += countTokens(chunk.text);
      for (const name of Object.keys(chunk.values)) this.#fields.add(name);
      if (this.#kept.length < this.#limit) this.#kept.push(chunk);
    }
  }

  /** Returns the chunks as they would be stored, as many as one answer may hold; none is cut. */
  list(describe: DescribeChunk): PreviewedChunk[] {
    const chunks: PreviewedChunk[] = [];
    let bytes = 0;
    for (const [index, chunk] of this.#kept.entries()) {
      const preview = toPreview(chunk, index, describe);
      bytes += Buffer.byteLength(JSON.stringify(preview));
      if (bytes > INGESTION_LIMITS.previewAnswerBytes) break;
      chunks.push(preview);
    }
    return chunks;
  }
}
