import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { type DatabaseItem, readDatabase } from '../../shared/database-item.ts';
import { log } from '../../shared/log.ts';
import { endCancelled } from '../end-cancelled.ts';
import { failIngestion } from '../fail-ingestion.ts';
import { timestamp } from '../ingestion-deps.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import { isVisible } from '../part/is-visible.ts';
import { EXPIRED_UPLOAD } from '../state/expired-upload.ts';
import { readFile, storeFailed } from '../state/file-store.ts';
import { type IngestionItem, openIngestionKey } from '../state/ingestion-item.ts';
import { countDrive, readIngestion } from '../state/ingestion-store.ts';
import { findObjectSize } from '../storage/file-objects.ts';
import type { FileVersion } from '../storage/object-keys.ts';
import { sendMessage, sendParts } from '../storage/send-message.ts';
import { abortUpload } from '../upload/presign-upload.ts';
import type { MaintenanceDeps } from './maintenance-deps.ts';

/** A form that began within its time may still be sending this long after. */
const EXPIRY_GRACE_MS = 10 * 60_000;
/** An event of the store may be late; beyond this it is taken for lost. */
const LOST_EVENT_MS = 5 * 60_000;
const LATEST_ARRIVAL_CHECK_MS = 60 * 60_000;
/** No step of an ingestion is silent for longer: planning reports, and a part may run for 5 minutes. */
const STILL_MS = 15 * 60_000;
/** A message may wait for hours behind others: drives follow after 15, 45 and 135 minutes, and the end after 7 hours more. */
const PATIENCE_FACTOR = 3;
const MAX_DRIVES = 3;

function pick({ databaseId, generation, fileId, version }: FileVersion): FileVersion {
  return { databaseId, generation, fileId, version };
}

async function forget({ databases }: MaintenanceDeps, of: FileVersion): Promise<void> {
  await databases.client.send(new DeleteCommand({ TableName: databases.table, Key: openIngestionKey(of) }));
}

/** An upload that arrived without its event is planned; one that never came is FAILED for good. */
async function checkUpload(deps: MaintenanceDeps, of: FileVersion, item: IngestionItem): Promise<void> {
  const { upload } = item;
  const now = deps.now();
  const patienceMs = Math.min(LATEST_ARRIVAL_CHECK_MS, LOST_EVENT_MS * 2 ** item.drives);
  const isArrivalLate = now - Date.parse(item.updatedAt) > patienceMs;
  if (!isArrivalLate) return;
  if ((await findObjectSize(deps.files, upload.objectKey)) !== null) {
    if (await countDrive(deps.databases, of, item.updatedAt, timestamp(deps))) {
      await sendMessage(deps.planQueue, { operation: 'plan', ...of });
    }
    return;
  }
  if (now < Date.parse(upload.uploadExpiresAt) + EXPIRY_GRACE_MS) return;
  await abortUpload(deps.files, upload);
  const file = await storeFailed(deps.databases, of, EXPIRED_UPLOAD, timestamp(deps));
  if (file) await deps.publish(file.progress);
  await forget(deps, of);
}

/** Sends again what an ingestion that stands still is waiting for; after a few times it is given up with a reason. */
async function driveOn(
  deps: MaintenanceDeps,
  of: FileVersion,
  { database, item }: { database: DatabaseItem; item: IngestionItem },
): Promise<void> {
  const patienceMs = STILL_MS * PATIENCE_FACTOR ** Math.min(item.drives, MAX_DRIVES);
  if (deps.now() - Date.parse(item.updatedAt) < patienceMs) return;
  if (item.drives >= MAX_DRIVES && !(await isVisible(deps, of, { database, plan: item.plan }))) {
    const message =
      'Processing stopped several times without a result; process the file again, or split it into smaller files.';
    await failIngestion(deps, of, new IngestionFailure('UNAVAILABLE', message, { retryable: true }));
    await forget(deps, of);
    return;
  }
  if (!(await countDrive(deps.databases, of, item.updatedAt, timestamp(deps)))) return;
  log.warn('an ingestion stood still and is driven on', {
    ...of,
    phase: item.phase,
    drives: item.drives + 1,
  });
  if (item.phase === 'PLANNING') {
    await sendMessage(deps.planQueue, { operation: 'plan', ...of });
    return;
  }
  const parts = Array.from({ length: item.plan?.parts ?? 0 }, (_, part) => part);
  const missing = parts.filter((part) => !item.doneParts?.has(part));
  // With all parts done only the commit is missing: any part finds that out.
  const asked = missing.length > 0 ? missing : [0];
  await sendParts(
    deps.partsQueue,
    asked.map((part) => ({ ...of, part })),
  );
}

/** A request that died before it wrote its file, or a deletion that it met, left its state behind. */
async function removeUnbegun(deps: MaintenanceDeps, of: FileVersion): Promise<void> {
  const { databaseId, generation, fileId } = of;
  const cleanUp = { operation: 'deleteFile' as const, databaseId, generation, fileId, beforeVersion: null };
  await sendMessage(deps.maintenanceQueue, cleanUp);
}

/** The entry that lists an ingestion as under way. */
export interface ListedIngestion extends FileVersion {
  createdAt: string;
}

/** Looks after one ingestion that is listed as under way. */
export async function driveIngestion(deps: MaintenanceDeps, listed: ListedIngestion): Promise<void> {
  const of = pick(listed);
  const [database, file, item] = await Promise.all([
    readDatabase(deps.databases, of.databaseId),
    readFile(deps.databases, of.databaseId, of.fileId),
    readIngestion(deps.databases, of),
  ]);
  const isOver = item?.phase === 'DONE' || item?.phase === 'FAILED';
  // An upload is listed first, then its state is written, then its file.
  const isFresh = deps.now() - Date.parse(listed.createdAt) < LOST_EVENT_MS;
  if (isOver || !database || ((!item || !file) && !isFresh)) {
    if (item && !isOver && database && !file) await removeUnbegun(deps, of);
    await forget(deps, of);
    return;
  }
  if (!item) return;
  if (file?.cancelledVersion === of.version) {
    // Whoever cancelled it died before the end.
    if (await endCancelled(deps, of, database)) await forget(deps, of);
    return;
  }
  if (item.phase === 'AWAITING_UPLOAD') {
    await checkUpload(deps, of, item);
    return;
  }
  await driveOn(deps, of, { database, item });
}
