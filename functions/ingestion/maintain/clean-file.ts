import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { readDatabase } from '../../shared/database-item.ts';
import { log } from '../../shared/log.ts';
import { chunkSortPrefix, type RecordScope, recordPartition } from '../../shared/record-key.ts';
import { embeddingsPrefix, parseBlockKey } from '../embeddings/embedding-objects.ts';
import { type FileItem, fileKey } from '../state/file-item.ts';
import { readFile } from '../state/file-store.ts';
import { forgetReadyUpload } from '../state/same-upload.ts';
import { ingestionKey, type IngestionItem, openIngestionKey, partPrefix } from '../state/ingestion-item.ts';
import { listIngestions } from '../state/ingestion-store.ts';
import {
  filePrefix,
  type FileVersion,
  padVersion,
  parseUploadKey,
  stagingKey,
  uploadKey,
} from '../storage/object-keys.ts';
import { sendMessage } from '../storage/send-message.ts';
import { abortUpload } from '../upload/presign-upload.ts';
import { deleteItems } from './delete-items.ts';
import { deleteObjects } from './delete-objects.ts';
import { type MaintenanceDeps, startClock } from './maintenance-deps.ts';

/** Versions whose vectors are kept while none of them is committed. */
const KEPT_ATTEMPTS = 2;

export interface FileCleanUp extends RecordScope {
  operation: 'deleteFile';
  fileId: string;
  /** Null: all versions, because the file is deleted. */
  beforeVersion: number | null;
}

async function deleteIngestion(deps: MaintenanceDeps, item: IngestionItem): Promise<void> {
  const { upload, phase, plan } = item;
  if (plan) await forgetReadyUpload(deps.databases, item, { ...upload, sha256: plan.sha256 });
  if (phase === 'AWAITING_UPLOAD') await abortUpload(deps.files, upload);
  const { client, table } = deps.databases;
  await client.send(new DeleteCommand({ TableName: table, Key: openIngestionKey(item) }));
  await client.send(new DeleteCommand({ TableName: table, Key: ingestionKey(item) }));
}

/** The bytes that the file's newest version was made of may belong to an older number: those stay. */
async function deleteUploads(
  deps: MaintenanceDeps,
  message: FileCleanUp,
  hasTime: () => boolean,
): Promise<boolean> {
  const { databaseId, fileId, beforeVersion } = message;
  const file = beforeVersion === null ? null : await readFile(deps.databases, databaseId, fileId);
  const isUnwanted = (key: string): boolean =>
    key !== file?.objectKey &&
    (beforeVersion === null || (parseUploadKey(key)?.version ?? Infinity) < beforeVersion);
  return await deleteObjects(deps.files, filePrefix(message, 'files', fileId), hasTime, isUnwanted);
}

/** The vectors of the committed version are kept for the next one. */
function deleteEmbeddings(
  deps: MaintenanceDeps,
  message: FileCleanUp,
  hasTime: () => boolean,
): Promise<boolean> {
  const { fileId, beforeVersion } = message;
  const isOlder = (key: string): boolean =>
    beforeVersion === null || (parseBlockKey(key)?.version ?? Infinity) < beforeVersion;
  return deleteObjects(deps.vectors, embeddingsPrefix(message, fileId), hasTime, isOlder);
}

/** Makes sure that nothing of a deleted file is searchable before its records go; false when it is not being deleted. */
async function completeDeletion(deps: MaintenanceDeps, message: FileCleanUp): Promise<boolean> {
  const { databaseId, generation, fileId } = message;
  const file = await readFile(deps.databases, databaseId, fileId);
  if (!file) return true;
  if (file.status !== 'DELETING') {
    log.warn('a file that is not being deleted was not touched', { databaseId, fileId, status: file.status });
    return false;
  }
  const database = await readDatabase(deps.databases, databaseId);
  if (database?.generation !== generation) return true;
  const engine = await deps.openEngine(database);
  const removeFiles = [{ fileId, beforeVersion: Infinity }];
  await engine.commit({ add: [], removeIds: [], removeFiles, finishedWrites: [] });
  return true;
}

/** Deletes what a file's versions below one left behind: records, uploads, staged chunks and their states. Asks for another run when time ends. */
export async function cleanFile(deps: MaintenanceDeps, message: FileCleanUp): Promise<void> {
  const { databaseId, fileId, beforeVersion } = message;
  if (beforeVersion === null && !(await completeDeletion(deps, message))) return;
  const hasTime = startClock(deps);
  const below = beforeVersion === null ? {} : { below: chunkSortPrefix(beforeVersion) };
  const isClean =
    (await deleteItems(deps.records, { pk: recordPartition(message, fileId), ...below }, hasTime)) &&
    (await deleteUploads(deps, message, hasTime)) &&
    (await deleteEmbeddings(deps, message, hasTime));
  if (!isClean) {
    await sendMessage(deps.maintenanceQueue, message);
    return;
  }
  for (const item of await listIngestions(deps.databases, databaseId, fileId)) {
    if (beforeVersion !== null && item.version >= beforeVersion) continue;
    await deleteObjects(
      deps.files,
      `${filePrefix(message, 'staging', fileId)}${padVersion(item.version)}/`,
      hasTime,
    );
    await deleteItems(deps.databases, { pk: databaseId, beginsWith: partPrefix(item) }, () => true);
    await deleteIngestion(deps, item);
  }
  if (beforeVersion === null) await deleteFileItem(deps, databaseId, fileId);
}

/** The deletion removed it already, unless it died before that. */
async function deleteFileItem(
  { databases }: MaintenanceDeps,
  databaseId: string,
  fileId: string,
): Promise<void> {
  await databases.client.send(
    new DeleteCommand({ TableName: databases.table, Key: fileKey(databaseId, fileId) }),
  );
}

/**
 * Attempts that failed keep their vectors for the next one; what is older than that, or than the committed version, is not waited for any
 * more. Of a deleted file nothing stays: a part that was still embedding may have kept vectors after the file was cleaned up.
 */
function deleteOldAttempts(
  deps: MaintenanceDeps,
  of: FileVersion,
  { file, hasTime }: { file: FileItem | null; hasTime: () => boolean },
): Promise<boolean> {
  const isGone = !file || file.status === 'DELETING';
  const isOld = (key: string): boolean => {
    const version = parseBlockKey(key)?.version;
    if (version === undefined || isGone) return version !== undefined;
    return (
      version < file.fileVersion || (version !== file.fileVersion && version <= of.version - KEPT_ATTEMPTS)
    );
  };
  return deleteObjects(deps.vectors, embeddingsPrefix(of, of.fileId), hasTime, isOld);
}

/** Deletes the staged chunks of one version, and everything else of it when it is not and will not be the committed one. */
export async function cleanStaging(deps: MaintenanceDeps, of: FileVersion): Promise<void> {
  const { databaseId, fileId, version } = of;
  const file = await readFile(deps.databases, databaseId, fileId);
  const hasTime = startClock(deps);
  const staged = stagingKey(of, 0).replace(/[^/]+$/, '');
  let isClean = await deleteObjects(deps.files, staged, hasTime);
  isClean &&= await deleteItems(deps.databases, { pk: databaseId, beginsWith: partPrefix(of) }, hasTime);
  if (file?.fileVersion !== version) {
    isClean &&= await deleteItems(
      deps.records,
      { pk: recordPartition(of, fileId), beginsWith: chunkSortPrefix(version) },
      hasTime,
    );
  }
  isClean &&= await deleteOldAttempts(deps, of, { file, hasTime });
  const own = uploadKey(of);
  const isStale = !file || (file.fileVersion > version && file.objectKey !== own);
  if (isStale) isClean &&= await deleteObjects(deps.files, own, hasTime, (key) => key === own);
  if (!isClean) await sendMessage(deps.maintenanceQueue, { operation: 'deleteStaging', ...of });
}
