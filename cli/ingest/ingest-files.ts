import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../connection/api-client.ts';
import { CommandFailure, messageOf } from '../failure.ts';
import { type FileRowFragment, GetFileDocument, RequestUploadDocument } from '../generated/operations.ts';
import { type Decision, type KnownFiles, readPath } from './known-files.ts';
import type { LocalFile } from './list-local-files.ts';
import { createLocalHashes, type LocalHashes } from './local-hashes.ts';
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
  const message = outcome === 'COPY' ? readPath(known) : progress.message;
  return { path, outcome, fileId: id, sizeBytes, vectorCount, message, error: failure };
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

/** What the files of one run share. */
interface Shared {
  hashes: LocalHashes;
  /** The bytes that this run has taken on, and how that ended: whoever has the same bytes waits for it. */
  claims: Map<string, Promise<Outcome>>;
  turns: ReturnType<typeof createTurns>;
}

function describeCopy({ path, sizeBytes }: LocalFile, of: Outcome): Outcome {
  const { fileId } = of;
  return { path, outcome: 'COPY', fileId, sizeBytes, vectorCount: 0, message: of.path, error: null };
}

type Decided = Decision & { sha256: string };

async function decide(job: IngestJob, file: LocalFile, { hashes, turns }: Shared): Promise<Decided> {
  return await turns.take(async () => {
    job.view.move(file, 'HASHING', { share: 0, chunks: 0 });
    const sha256 = await hashes.hash(file);
    const { mayReplace, known } = job;
    return { ...(await known.decide(file.path, sha256, { mayReplace, digests: hashes })), sha256 };
  });
}

async function uploadAndFollow(
  job: IngestJob,
  file: LocalFile,
  { turns }: Shared,
  wanted: { sha256: string; replaceFileId: string | null },
): Promise<Outcome> {
  const uploaded = await turns.take(() => upload(job, file, wanted));
  if (uploaded.status === 'READY') return describe(file, uploaded, 'UNCHANGED');
  const ended = await follow(job, file, uploaded.id);
  if (ended.status === 'FAILED') return describe(file, ended, 'FAILED');
  return describe(file, ended, wanted.replaceFileId === null ? 'READY' : 'REPLACED');
}

/** Sends bytes once, whoever of this run has them; when that fails, the next one tries under its own name. */
async function uploadOnce(
  job: IngestJob,
  file: LocalFile,
  shared: Shared,
  wanted: { sha256: string; replaceFileId: string | null },
): Promise<Outcome> {
  const { claims } = shared;
  for (
    let claim = claims.get(wanted.sha256);
    claim && wanted.replaceFileId === null;
    claim = claims.get(wanted.sha256)
  ) {
    const outcome = await claim.catch(() => null);
    if (outcome && outcome.outcome !== 'FAILED') return describeCopy(file, outcome);
    if (claims.get(wanted.sha256) === claim) claims.delete(wanted.sha256);
  }
  const claim = uploadAndFollow(job, file, shared, wanted);
  claims.set(wanted.sha256, claim);
  return await claim;
}

/** Brings one file to its end. */
async function ingestFile(job: IngestJob, file: LocalFile, shared: Shared): Promise<Outcome> {
  const decided = await decide(job, file, shared);
  if (decided.action === 'UPLOAD') return await uploadOnce(job, file, shared, decided);
  const known = decided.file;
  const isOwn = job.known.isAt(known, file);
  if (decided.action === 'SKIP') return describe(file, known, isOwn ? 'UNCHANGED' : 'COPY');
  const ended = await follow(job, file, known.id);
  if (ended.status === 'FAILED') return describe(file, ended, 'FAILED');
  return describe(file, ended, isOwn ? 'READY' : 'COPY');
}

function describeFailure({ path, sizeBytes }: LocalFile, error: unknown): Outcome {
  const kind = error instanceof CommandFailure ? error.kind : null;
  const failure = { kind, message: messageOf(error), retryable: true };
  return { path, outcome: 'FAILED', fileId: null, sizeBytes, vectorCount: 0, message: null, error: failure };
}

/** Ingests files, a bounded number at once; one that fails does not keep the others. Interrupted, it returns what has ended by then. */
export async function ingestFiles(job: IngestJob, files: readonly LocalFile[]): Promise<Outcome[]> {
  const waiting = [...files];
  const turns = createTurns(job.parallel);
  const shared: Shared = { hashes: createLocalHashes(files, job.signal), claims: new Map(), turns };
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
