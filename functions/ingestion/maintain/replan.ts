import { readDatabase } from '../../shared/database-item.ts';
import { timestamp } from '../ingestion-deps.ts';
import { readFile } from '../state/file-store.ts';
import { endIngestion, readIngestion } from '../state/ingestion-store.ts';
import type { FileVersion } from '../storage/object-keys.ts';
import { sendMessage } from '../storage/send-message.ts';
import { processAgain } from '../upload/process-vectors.ts';
import type { MaintenanceDeps } from './maintenance-deps.ts';

/** Processes a version's upload again under a new number, unless a newer one is on its way already. */
export async function replan(deps: MaintenanceDeps, of: FileVersion): Promise<void> {
  const database = await readDatabase(deps.databases, of.databaseId);
  const file = await readFile(deps.databases, of.databaseId, of.fileId);
  const item = await readIngestion(deps.databases, of);
  if (!database || !file || item?.phase !== 'EMBEDDING') return;
  // First what must not be lost: this is delivered again unless all of it is done.
  const isCancelled = file.cancelledVersion === of.version;
  if (file.nextVersion === of.version && file.status !== 'DELETING' && !isCancelled) {
    await processAgain(deps, database, file, { mayBegin: () => undefined, replans: item.replans + 1 });
  }
  await endIngestion(deps.databases, of, 'FAILED', timestamp(deps));
  const { databaseId, generation, fileId, version } = of;
  await sendMessage(deps.maintenanceQueue, {
    operation: 'deleteStaging',
    databaseId,
    generation,
    fileId,
    version,
  });
}
