import { createHash } from 'node:crypto';
import type {
  ChunkPreview,
  MetadataField,
  PreviewChunksInput,
  QueryPreviewChunksArgs,
} from '../../schema/generated/types.ts';
import { IngestionFailure } from '../ingestion/ingestion-failure.ts';
import { joinNotes } from '../ingestion/left-out.ts';
import { describeChunks } from '../ingestion/metadata/describe-chunks.ts';
import { registeredTypes } from '../ingestion/metadata/registered-types.ts';
import { memoryFile } from '../ingestion/parse/contained-files.ts';
import type { Deadline } from '../ingestion/parse/isolate/deadline.ts';
import { type PlanSource, readPlan } from '../ingestion/plan/read-plan.ts';
import { contentTypeOfName } from '../ingestion/sniff/known-formats.ts';
import type { IngestionPlan } from '../ingestion/state/ingestion-item.ts';
import type { HashedFile } from '../ingestion/storage/uploaded-file.ts';
import { requireFilesAllowed } from '../ingestion/upload/require-files-allowed.ts';
import { resolveChunking } from '../ingestion/upload/resolve-chunking.ts';
import { type DatabaseItem, type DatabaseTable, loadDatabase } from '../shared/database-item.ts';
import type { FunctionRequest } from '../shared/handle-operations.ts';
import { RequestError } from '../shared/request-error.ts';
import { defaultOf, validateFields } from '../shared/validate-arguments.ts';
import { ChunkSample } from './chunk-sample.ts';
import { readContent } from './read-content.ts';

/** What previewing works with. */
export interface PreviewDeps {
  databases: DatabaseTable;
  /** How long reading a sample may take. */
  timeMs: number;
}

function startDeadline(timeMs: number): Deadline {
  const message = `The file takes longer than ${timeMs / 1_000} seconds to read, which is what a preview may take; preview less of it, or upload it: ingestion takes minutes.`;
  return {
    atMs: performance.now() + timeMs,
    explain: (location) => new IngestionFailure('PAYLOAD_TOO_LARGE', message, { location }),
  };
}

function toFile({ name, contentType }: PreviewChunksInput, bytes: Uint8Array): HashedFile {
  return {
    ...memoryFile(name, bytes),
    contentType: contentType ?? contentTypeOfName(name),
    readDigest: () => Promise.resolve(createHash('sha256').update(bytes).digest('hex')),
  };
}

function toSource(database: DatabaseItem, input: PreviewChunksInput, bytes: Uint8Array): PlanSource {
  const { dimension, embedding } = database;
  const file = toFile(input, bytes);
  const chunking = resolveChunking(input.chunking, database.chunking);
  const upload = { contentType: file.contentType, sha256: null, metadata: null, chunking };
  return { file, upload, registered: registeredTypes(database), dimension, embedding, known: null };
}

/** Makes of the reason of a FAILED file the error of the query. */
function toRequestError(error: unknown, field: string): unknown {
  if (!(error instanceof IngestionFailure)) return error;
  const { kind, message, retryable, location } = error;
  const place = location === null ? {} : { location };
  return new RequestError(kind, message, { field, retryable, ...place }, { cause: error });
}

/** Plans a sample as an upload is planned; nothing is stored. */
async function planSample(
  source: PlanSource,
  deadline: Deadline,
  sample: ChunkSample,
): Promise<IngestionPlan> {
  const outcome = await readPlan(
    { ...source, deadline },
    {
      putPart: (_part, staged) => {
        sample.addPart(staged);
        return Promise.resolve();
      },
      onChunk: (chunks) => {
        const isOver = performance.now() >= deadline.atMs;
        return isOver ? Promise.reject(deadline.explain(`chunk ${chunks}`)) : Promise.resolve();
      },
      wantsPause: () => false,
    },
  );
  if ('plan' in outcome) return outcome.plan;
  throw new Error('The plan of a preview was paused, which it never asks for.');
}

function listFields({ fieldTypes }: IngestionPlan, { fields }: ChunkSample): MetadataField[] {
  return Object.entries(fieldTypes)
    .filter(([name]) => fields.has(name))
    .map(([name, type]) => ({ name, type, distinct: null }));
}

/** Answers the chunks that a file would be stored as, by the very plan of its ingestion; nothing is stored. */
export async function previewChunks(
  { databases, timeMs }: PreviewDeps,
  { arguments: { input }, caller }: FunctionRequest<QueryPreviewChunksArgs>,
): Promise<ChunkPreview> {
  const deadline = startDeadline(timeMs);
  const { field, bytes } = readContent(input);
  validateFields('PreviewChunksInput', input, 'input.');
  const database = await loadDatabase(databases, input.databaseId, caller, 'input.databaseId');
  requireFilesAllowed(database, input.name);
  const source = toSource(database, input, bytes);
  const sample = new ChunkSample(input.limit ?? (defaultOf('PreviewChunksInput', 'limit') as number));
  try {
    const plan = await planSample(source, deadline, sample);
    return {
      contentType: plan.contentType,
      chunking: source.upload.chunking,
      chunksTotal: plan.chunks,
      tokensTotal: sample.tokens,
      chunks: sample.list(describeChunks(source.upload, plan)),
      metadataFields: listFields(plan, sample),
      message: joinNotes(plan.notes),
      error: plan.leftOut ?? null,
    };
  } catch (error) {
    throw toRequestError(error, field);
  }
}
