import type { Chunk, ChunkingRules } from '../../functions/ingestion/chunk/chunk.ts';
import { chunkSections } from '../../functions/ingestion/chunk/chunk-sections.ts';
import { describeLeftOut, describeNotes } from '../../functions/ingestion/left-out.ts';
import { INGESTION_LIMITS } from '../../functions/ingestion/limits.ts';
import { parseInPlace } from '../../functions/ingestion/parse/parse-in-place.ts';
import type { Section } from '../../functions/ingestion/parse/section.ts';
import type { SourceFile } from '../../functions/ingestion/parse/source-file.ts';
import { type SniffedFile, sniffFormat } from '../../functions/ingestion/sniff/sniff-format.ts';
import type { FileError } from '../../schema/generated/types.ts';

/** A file in memory that arrives in blocks of a given size. */
export function sourceOf(name: string, bytes: Uint8Array, blockBytes = 64 * 1024): SourceFile {
  return {
    name,
    contentType: 'application/octet-stream',
    sizeBytes: bytes.length,
    readSample: () => Promise.resolve(bytes.subarray(0, INGESTION_LIMITS.sampleBytes)),
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream of bytes that are there already
    async *stream() {
      for (let start = 0; start < bytes.length; start += blockBytes)
        yield bytes.slice(start, start + blockBytes);
    },
  };
}

export interface Parsed {
  sniffed: SniffedFile;
  sections: Section[];
  text: string;
  notes: string[];
  leftOut: FileError | null;
  hasUntypedValues: boolean;
  contentType: string | undefined;
}

/** Sniffs and parses a file to its end. */
export async function parseBytes(
  name: string,
  content: Uint8Array | string,
  blockBytes?: number,
): Promise<Parsed> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const file = sourceOf(name, bytes, blockBytes);
  const sniffed = sniffFormat(name, file.contentType, await file.readSample());
  const { sections: parsed, notes, hasUntypedValues, contentType } = await parseInPlace(file, sniffed);
  const sections: Section[] = [];
  for await (const section of parsed) sections.push(section);
  const text = sections.map((section) => section.text).join('\n\n');
  return {
    ...{ sniffed, sections, text, notes: describeNotes(notes), hasUntypedValues, contentType },
    leftOut: describeLeftOut(notes),
  };
}

/** Cuts sections as a database does by default. */
export async function chunkAll(sections: Section[], rules: Partial<ChunkingRules> = {}): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of chunkSections(sections, {
    strategy: 'RECURSIVE',
    maxTokens: 512,
    overlapTokens: 64,
    ...rules,
  }))
    chunks.push(chunk);
  return chunks;
}
