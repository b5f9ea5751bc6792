import { isVectorDbError } from '../../../engine/index.ts';
import type { Commit } from '../../../engine/api.ts';
import { type DatabaseItem, readDatabase } from '../../shared/database-item.ts';
import { log } from '../../shared/log.ts';
import { RECORD_GRACE_SECONDS } from '../../shared/maintenance-message.ts';
import { type PartDeps, timestamp } from '../ingestion-deps.ts';
import { joinNotes } from '../left-out.ts';
import { reportProgress } from '../report-progress.ts';
import type { Progress } from '../state/file-item.ts';
import { countLostChunks, readFile, storeCommitted, storeReady } from '../state/file-store.ts';
import type { IngestionItem, IngestionPlan } from '../state/ingestion-item.ts';
import { endIngestion, listParts, readIngestion } from '../state/ingestion-store.ts';
import { noteReadyUpload } from '../state/same-upload.ts';
import type { FileVersion } from '../storage/object-keys.ts';
import { sendMessage } from '../storage/send-message.ts';
import { isVisible } from './is-visible.ts';
import { Superseded } from './while-wanted.ts';
import { withdrawVersion } from './withdraw-version.ts';

interface Finished {
  database: DatabaseItem;
  item: IngestionItem;
  plan: IngestionPlan;
}

/** An upload whose fields met others' is planned again this often by itself. */
const MAX_REPLANS = 3;

/** Returns a check that fails when a version is not wanted any more. */
export function guardVersion(deps: PartDeps, of: FileVersion): () => Promise<void> {
  return async () => {
    const file = await readFile(deps.databases, of.databaseId, of.fileId);
    if (!file || file.status === 'DELETING' || file.fileVersion > of.version) throw new Superseded();
    if (file.cancelledVersion === of.version) throw new Superseded();
    if ((await readIngestion(deps.databases, of))?.phase !== 'EMBEDDING') throw new Superseded();
  };
}

/** What a commit means for its file. */
type Outcome = Pick<Commit, 'version' | 'wantsCompaction'>;

/** Commits once: after a commit whose answer was lost, chunks that were changed or deleted since stay as they are. */
async function commit(deps: PartDeps, of: FileVersion, { database, plan }: Finished): Promise<Outcome> {
  if (await isVisible(deps, of, { database, plan })) {
    const { version } = (await readDatabase(deps.databases, of.databaseId)) ?? database;
    return { version, wantsCompaction: false };
  }
  const parts = await listParts(deps.databases, of);
  if (parts.length !== plan.parts) throw new Error(`${parts.length} of ${plan.parts} parts have results.`);
  await countLostChunks(deps.databases, of);
  const engine = await deps.openEngine(database, guardVersion(deps, of));
  return await engine.commit({
    add: parts.map(({ segment }) => segment),
    removeIds: [],
    removeFiles: [{ fileId: of.fileId, beforeVersion: of.version }],
    finishedWrites: [],
  });
}

/**
 * A field got another type since planning, or a segment went as an orphan because the ingestion stood still for long: planning once
 * more under a new number starts from what is true now.
 */
function isWorthReplanning(error: unknown, { item }: Finished): boolean {
  const kinds = ['InvalidInput', 'LimitExceeded', 'NotFound'] as const;
  return item.replans < MAX_REPLANS && kinds.some((kind) => isVectorDbError(error, kind));
}

function readyProgress(
  { databaseId, fileId }: FileVersion,
  { item, plan }: Finished,
  version: string,
  now: string,
): Progress {
  const { sizeBytes } = item.upload;
  return {
    ...{
      databaseId,
      fileId,
      status: 'READY',
      percent: 100,
      chunksDone: plan.chunks,
      chunksTotal: plan.chunks,
    },
    ...{ bytesDone: sizeBytes, bytesTotal: sizeBytes, version, updatedAt: now },
    message: joinNotes(plan.notes),
  };
}

async function handOver(
  deps: PartDeps,
  of: FileVersion,
  { wantsCompaction }: Pick<Outcome, 'wantsCompaction'>,
): Promise<void> {
  const { databaseId, generation, fileId, version } = of;
  const older = { operation: 'deleteFile' as const, databaseId, generation, fileId, beforeVersion: version };
  await sendMessage(deps.maintenanceQueue, older, RECORD_GRACE_SECONDS);
  await sendMessage(deps.maintenanceQueue, {
    operation: 'deleteStaging',
    databaseId,
    generation,
    fileId,
    version,
  });
  if (wantsCompaction)
    await sendMessage(deps.maintenanceQueue, { operation: 'compact', databaseId, generation });
}

async function publishCommitted(
  deps: PartDeps,
  of: FileVersion,
  finished: Finished,
  { version }: Outcome,
): Promise<void> {
  const { plan, database } = finished;
  const now = timestamp(deps);
  const progress = readyProgress(of, finished, version, now);
  const { chunks: vectorCount, sha256, contentType } = plan;
  const error = plan.leftOut ?? null;
  const committed = { vectorCount, sha256, contentType, progress, error };
  const ready = await storeReady(deps.databases, of, committed);
  if (ready) {
    await noteReadyUpload(deps.databases, of, { ...finished.item.upload, sha256 }, vectorCount);
    await deps.publish(progress);
    return;
  }
  if (await storeCommitted(deps.databases, of, vectorCount, now)) return;
  const file = await readFile(deps.databases, of.databaseId, of.fileId);
  // Another delivery of the last part said so a moment before.
  if (file?.fileVersion === of.version && file.status !== 'DELETING') return;
  await withdrawVersion(deps, of, { database, file });
}

/** A delivery after the commit only makes up for what the one before did not come to. */
async function completeHandOver(deps: PartDeps, of: FileVersion, { item, plan }: Finished): Promise<void> {
  await noteReadyUpload(deps.databases, of, { ...item.upload, sha256: plan.sha256 }, plan.chunks);
  await handOver(deps, of, { wantsCompaction: false });
  await endIngestion(deps.databases, of, 'DONE', timestamp(deps));
}

/** Makes a version visible in one commit, then READY; whatever it replaced goes after the grace time. */
export async function finishFile(deps: PartDeps, of: FileVersion, finished: Finished): Promise<void> {
  const { item, plan, database } = finished;
  const before = await readFile(deps.databases, of.databaseId, of.fileId);
  if (before?.fileVersion === of.version) {
    await completeHandOver(deps, of, finished);
    return;
  }
  const { sizeBytes } = item.upload;
  const counts = {
    chunksDone: plan.chunks,
    chunksTotal: plan.chunks,
    bytesDone: sizeBytes,
    bytesTotal: sizeBytes,
  };
  await reportProgress(deps, of, { status: 'INDEXING', ...counts }, { isStep: true });
  try {
    const committed = await commit(deps, of, finished);
    await publishCommitted(deps, of, finished, committed);
    await handOver(deps, of, committed);
    await endIngestion(deps.databases, of, 'DONE', timestamp(deps));
  } catch (error) {
    if (error instanceof Superseded) {
      const file = await readFile(deps.databases, of.databaseId, of.fileId);
      await withdrawVersion(deps, of, { database, file });
      return;
    }
    if (!isWorthReplanning(error, finished)) throw error;
    log.warn('a commit was refused; the file is planned again', { ...of, reason: (error as Error).message });
    const { databaseId, generation, fileId, version } = of;
    await sendMessage(deps.maintenanceQueue, {
      operation: 'replan',
      databaseId,
      generation,
      fileId,
      version,
    });
  }
}
