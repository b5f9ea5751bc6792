import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../connection/api-client.ts';
import { CommandFailure, messageOf } from '../failure.ts';
import { type FileRowFragment, GetFileDocument, RequestUploadDocument } from '../generated/operations.ts';
import type { KnownFiles } from './known-files.ts';
import { hashFile, type LocalFile } from './list-local-files.ts';
import { createTurns } from './take-turns.ts';
import { uploadBytes } from './upload-bytes.ts';

/** How the work on one file ended. */
export interface Outcome {
  path: string;
  /** COPY: the same bytes are in the database, or among the files of this run, under another path. */
  outcome: 'READY' | 'REPLACED' | 'UNCHANGED' | 'COPY' | 'FAILED';
  fileId: string | null;
  sizeBytes: number;
  vectorCount: number;
  /** A sentence of the service, or the path of the file that has the same bytes; null otherwise. */
  message: string | null;
  error: { kind: string | null; message: string; retryable: boolean } | null;
}

export type Stage = 'HASHING' | 'UPLOADING' | FileRowFragment['status'];

/** Hears how the work goes on. */
export interface IngestView {
  move(file: LocalFile, stage: Stage, done: { share: number; chunks: number }): void;
  end(file: LocalFile, outcome: Outcome): void;
}

export interface IngestJob {
  client: ApiClient;
  databaseId: string;
  known: KnownFiles;
  view: IngestView;
  metadata: Record<string, unknown>;
  mayReplace: boolean;
  /** Files that are read or uploaded at once. */
  parallel: number;
  signal: AbortSignal;
}

/** Files that are processed by the service at once: enough to keep it busy, few enough to ask after each. */
const IN_FLIGHT = 32;
const FIRST_POLL_MS = 150;
const LONGEST_POLL_MS = 1_500;
const SHOWN_ID = 64;

function describe(file: LocalFile, known: FileRowFragment, outcome: Outcome['outcome']): Outcome {
  const { id, vectorCount, error, progress } = known;
  const { path, sizeBytes } = file;
  const failure = error && { kind: error.kind, message: error.message, retryable: error.retryable };
  return { path, outcome, fileId: id, sizeBytes, vectorCount, message: progress.message, error: failure };
}

/** Asks after a file until the service is done with it. */
async function follow(job: IngestJob, local: LocalFile, fileId: string): Promise<FileRowFragment> {
  const { client, databaseId, view, signal } = job;
  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(LONGEST_POLL_MS, pauseMs * 1.3)) {
    const { getFile: file } = await client.send(GetFileDocument, { databaseId, id: fileId });
    if (!file || file.status === 'DELETING')
      throw new CommandFailure(`The file ${fileId.slice(0, SHOWN_ID)} was deleted while it was processed.`);
    if (file.status === 'READY' || file.status === 'FAILED') return file;
    const { percent, chunksDone } = file.progress;
    view.move(local, file.status, { share: percent / 100, chunks: chunksDone });
    await delay(pauseMs, undefined, { signal });
  }
}

async function upload(
  { client, databaseId, view, metadata, signal }: IngestJob,
  file: LocalFile,
  { sha256, replaceFileId }: { sha256: string; replaceFileId: string | null },
): Promise<FileRowFragment> {
  const { name, sizeBytes, path } = file;
  const ownMetadata = JSON.stringify({ ...metadata, path });
  const input = { databaseId, name, sizeBytes, sha256, metadata: ownMetadata, replaceFileId };
  const { requestUpload } = await client.send(RequestUploadDocument, { input });
  if (requestUpload.file.status === 'READY') return requestUpload.file;
  let sentBytes = 0;
  const onBytes = (bytes: number): void => {
    sentBytes += bytes;
    view.move(file, 'UPLOADING', { share: sentBytes / sizeBytes, chunks: 0 });
  };
  view.move(file, 'UPLOADING', { share: 0, chunks: 0 });
  await uploadBytes(client, { databaseId, upload: requestUpload }, file, { onBytes, signal });
  return requestUpload.file;
}

/** Brings one file to its end. `claims` holds the bytes that this run has taken on. */
async function ingestFile(
  job: IngestJob,
  file: LocalFile,
  { claims, turns }: { claims: Map<string, string>; turns: ReturnType<typeof createTurns> },
): Promise<Outcome> {
  const sent = await turns.take(async () => {
    job.view.move(file, 'HASHING', { share: 0, chunks: 0 });
    const sha256 = await hashFile(file, job.signal);
    const decision = job.known.decide(file, sha256, job);
    if (decision.action !== 'UPLOAD') return decision;
    const claimant = claims.get(sha256);
    if (claimant !== undefined && decision.replaceFileId === null)
      return { action: 'COPY' as const, claimant };
    claims.set(sha256, file.path);
    const uploaded = await upload(job, file, { sha256, ...decision });
    return { ...decision, file: uploaded };
  });
  if (sent.action === 'COPY') {
    const { path, sizeBytes } = file;
    return {
      path,
      outcome: 'COPY',
      fileId: null,
      sizeBytes,
      vectorCount: 0,
      message: sent.claimant,
      error: null,
    };
  }
  if (sent.action === 'SKIP')
    return describe(file, sent.file, job.known.isAt(sent.file, file) ? 'UNCHANGED' : 'COPY');
  if (sent.file.status === 'READY') return describe(file, sent.file, 'UNCHANGED');
  const ended = await follow(job, file, sent.file.id);
  if (ended.status === 'FAILED') return describe(file, ended, 'FAILED');
  const isReplaced = sent.action === 'UPLOAD' && sent.replaceFileId !== null;
  return describe(file, ended, isReplaced ? 'REPLACED' : 'READY');
}

function describeFailure({ path, sizeBytes }: LocalFile, error: unknown): Outcome {
  const kind = error instanceof CommandFailure ? error.kind : null;
  const failure = { kind, message: messageOf(error), retryable: true };
  return { path, outcome: 'FAILED', fileId: null, sizeBytes, vectorCount: 0, message: null, error: failure };
}

/** Ingests files, a bounded number at once; one that fails does not keep the others. Interrupted, it returns what has ended by then. */
export async function ingestFiles(job: IngestJob, files: readonly LocalFile[]): Promise<Outcome[]> {
  const waiting = [...files];
  const shared = { claims: new Map<string, string>(), turns: createTurns(job.parallel) };
  const outcomes: Outcome[] = [];
  async function work(): Promise<void> {
    for (let file = waiting.shift(); file && !job.signal.aborted; file = waiting.shift()) {
      const ended = file;
      const outcome = await ingestFile(job, file, shared).catch((error: unknown) =>
        job.signal.aborted ? null : describeFailure(ended, error),
      );
      if (!outcome) return;
      outcomes.push(outcome);
      job.view.end(file, outcome);
    }
  }
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, files.length) }, work));
  return outcomes;
}
