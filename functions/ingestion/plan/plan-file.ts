import { type DatabaseItem, readDatabase } from '../../shared/database-item.ts';
import { log } from '../../shared/log.ts';
import { isWorthKeeping, loadKnownEmbeddings } from '../embeddings/known-embeddings.ts';
import { failIngestion, isPermanent } from '../fail-ingestion.ts';
import { type PlanDeps, timestamp } from '../ingestion-deps.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { registeredTypes } from '../metadata/registered-types.ts';
import { describePace } from '../publish/describe-pace.ts';
import { reportProgress } from '../report-progress.ts';
import { readFile } from '../state/file-store.ts';
import type { IngestionItem, IngestionPlan } from '../state/ingestion-item.ts';
import {
  forgiveAttempt,
  markDispatched,
  readIngestion,
  startPlanning,
  storePlan,
  storePlannedBytes,
} from '../state/ingestion-store.ts';
import { findObjectSize, putTextObject } from '../storage/file-objects.ts';
import { type FileVersion, stagingKey } from '../storage/object-keys.ts';
import { sendMessage, sendParts } from '../storage/send-message.ts';
import { openUpload } from '../storage/uploaded-file.ts';
import { type PlanCheckpoint, putCheckpoint, readCheckpoint } from './plan-checkpoint.ts';
import { readPlan } from './read-plan.ts';

/** Planning that began this often without an end has died of the file: of its memory or its time. */
const MAX_ATTEMPTS = 3;
const REPORT_INTERVAL_MS = 400;
const MEGABYTE = 1_000_000;

async function isWanted(deps: PlanDeps, of: FileVersion): Promise<DatabaseItem | null> {
  const database = await readDatabase(deps.databases, of.databaseId);
  if (database?.generation !== of.generation) return null;
  const file = await readFile(deps.databases, of.databaseId, of.fileId);
  const isStale = !file || file.status === 'DELETING' || file.fileVersion >= of.version;
  return isStale || file.cancelledVersion === of.version ? null : database;
}

async function checkSize(deps: PlanDeps, { upload }: IngestionItem): Promise<void> {
  const size = await findObjectSize(deps.files, upload.objectKey);
  if (size === null) {
    const message = 'The uploaded bytes are not there any more; upload the file again.';
    throw new IngestionFailure('NOT_FOUND', message);
  }
  if (size === upload.sizeBytes) return;
  const message = `The upload has ${size} bytes; declared were ${upload.sizeBytes}. Upload the file again.`;
  throw new IngestionFailure('VALIDATION', message);
}

/** What one run of planning goes by. */
interface Run {
  startedAt: number;
  sizeBytes: number;
  /** Where in the file it begins. */
  startBytes: number;
  bytesRead: () => number;
}

/** Nobody waits for the version any more: its file is being deleted, has a newer version, or it was cancelled. */
class Unwanted extends Error {}

/** Reports while the file is read, and ends what takes longer than the function may run, or is not wanted any more. */
function watchChunks(deps: PlanDeps, of: FileVersion, { startedAt, sizeBytes, startBytes, bytesRead }: Run) {
  let reportedAt = startedAt;
  return async (chunks: number): Promise<void> => {
    const now = deps.now();
    if (now - startedAt > INGESTION_LIMITS.planMs) {
      const message = `The file takes longer than ${INGESTION_LIMITS.planMs / 60_000} minutes to read; split it into smaller files.`;
      throw new IngestionFailure('PAYLOAD_TOO_LARGE', message, { location: `chunk ${chunks}` });
    }
    if (now - reportedAt < REPORT_INTERVAL_MS) return;
    reportedAt = now;
    const bytesDone = bytesRead();
    const pace = {
      done: (bytesDone - startBytes) / MEGABYTE,
      total: (sizeBytes - startBytes) / MEGABYTE,
      elapsedMs: now - startedAt,
    };
    const reported = await reportProgress(deps, of, {
      status: 'PARSING',
      ...{ bytesDone, bytesTotal: sizeBytes, chunksDone: 0, chunksTotal: null },
      message: describePace(pace, 'MB'),
    });
    // A report is refused when it says nothing new, too.
    if (!reported && !(await isWanted(deps, of))) throw new Unwanted();
  };
}

async function dispatch(deps: PlanDeps, of: FileVersion, { plan, doneParts }: IngestionItem): Promise<void> {
  const parts = Array.from({ length: plan?.parts ?? 0 }, (_, part) => part).filter(
    (part) => !doneParts?.has(part),
  );
  await sendParts(
    deps.partsQueue,
    parts.map((part) => ({ ...of, part })),
  );
  await markDispatched(deps.databases, of, timestamp(deps));
}

async function announceParts(deps: PlanDeps, of: FileVersion, item: IngestionItem): Promise<void> {
  const { sizeBytes } = item.upload;
  const chunks = { chunksDone: 0, chunksTotal: item.plan?.chunks ?? null };
  const report = { status: 'EMBEDDING' as const, ...chunks, bytesDone: sizeBytes, bytesTotal: sizeBytes };
  await reportProgress(deps, of, report, { isStep: true });
  await dispatch(deps, of, item);
}

async function announceStart(
  deps: PlanDeps,
  of: FileVersion,
  { upload, plannedBytes = 0 }: IngestionItem,
): Promise<void> {
  const counts = { bytesDone: plannedBytes, bytesTotal: upload.sizeBytes, chunksDone: 0, chunksTotal: null };
  await reportProgress(deps, of, { status: 'PARSING', ...counts }, { isStep: true, isStart: true });
}

/** Keeps what is planned and asks for another run; a delivery that another one has overtaken asks for nothing. */
async function goOnLater(deps: PlanDeps, of: FileVersion, checkpoint: PlanCheckpoint): Promise<void> {
  const { byteOffset } = checkpoint.place;
  await putCheckpoint(deps.files, of, checkpoint);
  if (!(await storePlannedBytes(deps.databases, of, byteOffset, timestamp(deps)))) return;
  log.info('a file is planned in another run', { ...of, byteOffset });
  await sendMessage(deps.planQueue, { operation: 'plan', ...of });
}

async function finishPlanning(deps: PlanDeps, of: FileVersion, plan: IngestionPlan): Promise<void> {
  const planned = await storePlan(deps.databases, of, plan, timestamp(deps));
  if (!planned) {
    // Another delivery was faster, or nobody waits for the version any more.
    if (!(await isWanted(deps, of))) throw new Unwanted();
    return;
  }
  await announceParts(deps, of, planned);
}

async function readAndStage(
  deps: PlanDeps,
  of: FileVersion,
  item: IngestionItem,
  database: DatabaseItem,
): Promise<void> {
  const { upload, plannedBytes } = item;
  const { sizeBytes } = upload;
  const startedAt = deps.now();
  await announceStart(deps, of, item);
  await checkSize(deps, item);
  const file = openUpload(deps.files, { ...upload, key: upload.objectKey });
  const { dimension, embedding } = database;
  const isKept = embedding !== null && isWorthKeeping(embedding);
  const known = isKept ? await loadKnownEmbeddings(deps.vectors, of, dimension) : null;
  const before = plannedBytes === undefined ? null : await readCheckpoint(deps.files, of, plannedBytes);
  const run = { startedAt, sizeBytes, startBytes: plannedBytes ?? 0, bytesRead: () => file.bytesRead };
  const outcome = await readPlan(
    { file, upload, registered: registeredTypes(database), dimension, embedding, known },
    {
      putPart: (part, text) => putTextObject(deps.files, stagingKey(of, part), text),
      onChunk: watchChunks(deps, of, run),
      wantsPause: () => deps.now() - startedAt > INGESTION_LIMITS.planRunMs,
    },
    before,
  );
  if ('checkpoint' in outcome) await goOnLater(deps, of, outcome.checkpoint);
  else await finishPlanning(deps, of, outcome.plan);
}

/** A version that nobody waits for any more leaves nothing behind. */
async function abandon(deps: PlanDeps, of: FileVersion): Promise<void> {
  log.info('an upload is not wanted any more', { ...of });
  await sendMessage(deps.maintenanceQueue, { operation: 'deleteStaging', ...of });
}

function hasDiedBefore({ attempts }: IngestionItem): IngestionFailure | null {
  if (attempts <= MAX_ATTEMPTS) return null;
  const message = `Reading the file ended ${MAX_ATTEMPTS} times without a result, probably for lack of memory or time; split it into smaller files.`;
  return new IngestionFailure('PAYLOAD_TOO_LARGE', message, { retryable: true });
}

async function resume(deps: PlanDeps, of: FileVersion): Promise<void> {
  const item = await readIngestion(deps.databases, of);
  if (!item) log.warn('an object arrived that no upload announced', { ...of });
  else if (item.phase === 'EMBEDDING' && !item.isDispatched) await announceParts(deps, of, item);
}

/**
 * Plans one upload: checks, sniffs, parses, chunks and stages it, and asks for its parts, or for another run when time ends. Delivered twice, it does nothing twice that shows.
 * With `isLastAttempt` a failure that might pass ends the ingestion instead of being thrown.
 */
export async function planFile(
  deps: PlanDeps,
  of: FileVersion,
  { isLastAttempt }: { isLastAttempt: boolean },
): Promise<void> {
  const database = await isWanted(deps, of);
  if (!database) {
    await abandon(deps, of);
    return;
  }
  const item = await startPlanning(deps.databases, of, timestamp(deps));
  if (!item) {
    await resume(deps, of);
    return;
  }
  try {
    const death = hasDiedBefore(item);
    if (death) throw death;
    await readAndStage(deps, of, item, database);
  } catch (error) {
    if (error instanceof Unwanted) {
      await abandon(deps, of);
      return;
    }
    if (!isPermanent(error) && !isLastAttempt) {
      await forgiveAttempt(deps.databases, of).catch((failure: unknown) => {
        log.error('an attempt that could say why it failed still counts', failure, { ...of });
      });
      throw error;
    }
    await failIngestion(deps, of, error);
  }
}
