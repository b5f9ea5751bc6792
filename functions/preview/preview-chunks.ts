import type {
  ChunkPreview,
  MetadataField,
  PreviewedChunk,
  QueryPreviewChunksArgs,
} from '../../schema/generated/types.ts';
import { countTokens } from '../ingestion/chunk/count-tokens.ts';
import { IngestionFailure } from '../ingestion/ingestion-failure.ts';
import { memoryFile } from '../ingestion/parse/contained-files.ts';
import { PREVIEW_LIMITS } from '../ingestion/parse/isolate/parser-worker.ts';
import { buildMetadata } from '../ingestion/metadata/build-metadata.ts';
import type { FieldTypes } from '../ingestion/metadata/decide-fields.ts';
import { type PlanSource, readPlan } from '../ingestion/plan/read-plan.ts';
import { readStagedChunks, type PlannedChunk } from '../ingestion/plan/stage-chunks.ts';
import { contentTypeOfName } from '../ingestion/sniff/known-formats.ts';
import type { DeclaredUpload, IngestionPlan } from '../ingestion/state/ingestion-item.ts';
import { resolveChunking } from '../ingestion/upload/resolve-chunking.ts';
import { type DatabaseItem, type DatabaseTable, loadDatabase } from '../shared/database-item.ts';
import type { FunctionRequest } from '../shared/handle-operations.ts';
import { RequestError } from '../shared/request-error.ts';
import { validateFields } from '../shared/validate-arguments.ts';
import { readSample } from './read-sample.ts';

export interface PreviewDeps {
  databases: DatabaseTable;
  /** Milliseconds since 1970. */
  now: () => number;
}

type PreviewInput = QueryPreviewChunksArgs['input'];

const DEFAULT_LIMIT = 50;
/** An answer of AppSync may have 5 MB; in JSON a character may take six bytes, and seldom takes more than three. */
const MAX_CHARACTERS = 1_000_000;
/** AppSync waits 30 s: a parser's last step may begin right before this, and take as long as its thread may. */
const READ_MS = 14_000;

/** The first chunks of a plan; what comes after them is not kept. */
class FirstParts {
  readonly #limit: number;
  readonly #texts: string[] = [];
  #chunks = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  put(part: number, text: string): void {
    if (this.#chunks >= this.#limit) return;
    this.#texts[part] = text;
    this.#chunks += readStagedChunks(text).length;
  }

  read(): PlannedChunk[] {
    const chunks = this.#texts.flatMap(readStagedChunks).slice(0, this.#limit);
    let characters = 0;
    const end = chunks.findIndex(({ text }) => (characters += text.length) > MAX_CHARACTERS);
    // One chunk is always there: none is larger than an answer may be.
    return end < 0 ? chunks : chunks.slice(0, Math.max(1, end));
  }
}

function describeSource(
  { id, metadataFields, dimension, embedding }: DatabaseItem,
  { name }: PreviewInput,
  { bytes, chunking }: { bytes: Uint8Array; chunking: DeclaredUpload['chunking'] },
): PlanSource {
  const contentType = contentTypeOfName(name);
  const file = {
    ...memoryFile(name, bytes),
    contentType,
    bytesRead: 0,
    readDigest: () => Promise.resolve(''),
  };
  const declared = { name, contentType, sizeBytes: bytes.length, chunking };
  // Nothing is uploaded: there are no bytes to find again, and none to compare with a digest.
  const upload = {
    ...declared,
    sha256: null,
    metadata: null,
    objectKey: id,
    uploadExpiresAt: '',
    uploadId: null,
  };
  const registered = Object.fromEntries(
    metadataFields.map((field) => [field.name, field.type]),
  ) as FieldTypes;
  return { file, upload, registered, dimension, embedding, known: null, parserLimits: PREVIEW_LIMITS };
}

async function plan(deps: PreviewDeps, source: PlanSource, parts: FirstParts): Promise<IngestionPlan> {
  const startedAt = deps.now();
  const outcome = await readPlan(source, {
    putPart: (part, text) => {
      parts.put(part, text);
      return Promise.resolve();
    },
    onChunk: (chunks) => {
      if (deps.now() - startedAt <= READ_MS) return Promise.resolve();
      const message = `The sample takes longer than ${READ_MS / 1_000} s to read; preview less of it.`;
      return Promise.reject(
        new IngestionFailure('PAYLOAD_TOO_LARGE', message, { location: `chunk ${chunks}` }),
      );
    },
    wantsPause: () => false,
  });
  if ('checkpoint' in outcome) throw new Error('A preview never pauses.');
  return outcome.plan;
}

function toPreviewed(
  chunk: PlannedChunk,
  index: number,
  { fieldTypes, hasUntypedValues }: IngestionPlan,
): PreviewedChunk {
  const { text, headings, page, startOffset, endOffset, values, vector } = chunk;
  const { record } = buildMetadata({}, values, fieldTypes, hasUntypedValues);
  const metadata = Object.keys(record).length === 0 ? null : JSON.stringify(record);
  const place = { page, startOffset, endOffset };
  return {
    index,
    text,
    tokens: countTokens(text),
    headings,
    ...place,
    metadata,
    hasOwnVector: vector !== undefined,
  };
}

function toRequestError({ kind, message, location }: IngestionFailure): RequestError {
  const hint = location === null ? {} : { hint: `It is at ${location}.` };
  return new RequestError(kind, message, { field: 'input', ...hint });
}

function fieldsOf({ fieldTypes }: IngestionPlan): MetadataField[] {
  return Object.entries(fieldTypes).map(([name, type]) => ({ name, type, distinct: null }));
}

/** Cuts a small file into chunks by the very code that plans an upload, and stores nothing. */
export async function previewChunks(
  deps: PreviewDeps,
  { arguments: { input }, caller }: FunctionRequest<QueryPreviewChunksArgs>,
): Promise<ChunkPreview> {
  validateFields('PreviewChunksInput', input, 'input.');
  const bytes = readSample(input);
  const database = await loadDatabase(deps.databases, input.databaseId, caller, 'input.databaseId');
  const chunking = resolveChunking(input.chunking, database.chunking);
  const parts = new FirstParts(input.limit ?? DEFAULT_LIMIT);
  try {
    const planned = await plan(deps, describeSource(database, input, { bytes, chunking }), parts);
    const { contentType, chunks: chunksTotal, notes, leftOut } = planned;
    return {
      ...{ contentType, chunking, chunksTotal, metadataFields: fieldsOf(planned) },
      chunks: parts.read().map((chunk, index) => toPreviewed(chunk, index, planned)),
      message: notes.length === 0 ? null : notes.join(' '),
      error: leftOut ?? null,
    };
  } catch (error) {
    if (error instanceof IngestionFailure) throw toRequestError(error);
    throw error;
  }
}
