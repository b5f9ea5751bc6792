import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { type LeftOut, type Note, placeNotes } from '../left-out.ts';
import type { ParsedFile, Section } from './section.ts';
import type { SourceFile } from './source-file.ts';
import type { UnpackBudget } from './zip-archive.ts';

/** Where a file stands that lies in another one. */
export interface Nesting {
  /** 0 for the upload itself. */
  depth: number;
  budget: UnpackBudget;
}

/** Sniffs and parses a file that lies in another one. */
export type ParseContained = (file: SourceFile, nesting: Nesting) => Promise<ParsedFile>;

/** A file within an archive or a message. */
export interface ContainedFile {
  name: string;
  read(): Uint8Array;
}

export interface ContainedReader {
  parse: ParseContained;
  nesting: Nesting;
  /** Hears what was left out; complete once all files were read. */
  notes: Note[];
}

const MAX_NOTES = 20;

/** Returns bytes in memory as a file. */
export function memoryFile(name: string, bytes: Uint8Array): SourceFile {
  return {
    name,
    contentType: 'application/octet-stream',
    sizeBytes: bytes.length,
    readSample: () => Promise.resolve(bytes.subarray(0, INGESTION_LIMITS.sampleBytes)),
    // eslint-disable-next-line @typescript-eslint/require-await -- the bytes are there already
    async *stream(startOffset = 0) {
      yield bytes.subarray(startOffset);
    },
  };
}

/** Returns how deep a file within lies; refuses what is wrapped too often. */
export function nestDeeper({ depth, budget }: Nesting): Nesting {
  if (depth < INGESTION_LIMITS.containerDepth) return { depth: depth + 1, budget };
  const message = `Files are wrapped in files more than ${INGESTION_LIMITS.containerDepth} times.`;
  throw new IngestionFailure('PAYLOAD_TOO_LARGE', message);
}

/** A ceiling that one file within exceeds ends the whole upload: what follows could exceed it as well. */
function isFatal(error: unknown): boolean {
  return !(error instanceof IngestionFailure) || error.kind === 'PAYLOAD_TOO_LARGE';
}

async function* readOne(file: ContainedFile, reader: ContainedReader): AsyncGenerator<Section> {
  const nesting = nestDeeper(reader.nesting);
  const baseName = file.name.split('/').at(-1) ?? file.name;
  const parsed = await reader.parse(memoryFile(baseName, file.read()), nesting);
  for await (const section of parsed.sections)
    yield { ...section, openHeadings: [file.name, ...section.openHeadings] };
  reader.notes.push(...placeNotes(parsed.notes.slice(0, MAX_NOTES), file.name));
}

function describeFailure({ name }: ContainedFile, { kind, message, location }: IngestionFailure): LeftOut {
  const shown = name.slice(0, 200);
  return {
    kind,
    message: `"${shown}" was left out: ${message}`,
    location: location === null ? shown : `${shown}, ${location}`,
  };
}

/** Yields the sections of files that lie in another one, under their names. Those that cannot be read are named in notes. Returns the first reason, if any. */
export async function* readContained(
  files: Iterable<ContainedFile>,
  reader: ContainedReader,
): AsyncGenerator<Section, IngestionFailure | null> {
  let failures = 0;
  let first: IngestionFailure | null = null;
  for (const file of files) {
    try {
      yield* readOne(file, reader);
    } catch (error) {
      if (isFatal(error)) throw error;
      const failure = error as IngestionFailure;
      first ??= failure;
      if (++failures <= MAX_NOTES) reader.notes.push(describeFailure(file, failure));
    }
  }
  if (first && failures > MAX_NOTES) {
    const message = `${failures - MAX_NOTES} more files were left out.`;
    reader.notes.push({ kind: first.kind, message, location: null });
  }
  return first;
}
