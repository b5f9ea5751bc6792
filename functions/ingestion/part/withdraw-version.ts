import type { DatabaseItem } from '../../shared/database-item.ts';
import type { PartDeps } from '../ingestion-deps.ts';
import type { FileItem } from '../state/file-item.ts';
import type { FileVersion } from '../storage/object-keys.ts';
import { sendMessage } from '../storage/send-message.ts';

/**
 * Undoes whatever a version that lost against a deletion or a newer version may have made visible, and has its leftovers removed. It
 * changes nothing when there is nothing to undo.
 */
export async function withdrawVersion(
  deps: PartDeps,
  of: FileVersion,
  { database, file }: { database: DatabaseItem; file: FileItem | null },
): Promise<void> {
  const isGone = !file || file.status === 'DELETING';
  const engine = await deps.openEngine(database);
  const beforeVersion = isGone ? Infinity : file.fileVersion;
  await engine.commit({
    add: [],
    removeIds: [],
    removeFiles: [{ fileId: of.fileId, beforeVersion }],
    finishedWrites: [],
  });
  const { databaseId, generation, fileId, version } = of;
  await sendMessage(deps.maintenanceQueue, {
    operation: 'deleteStaging',
    databaseId,
    generation,
    fileId,
    version,
  });
}
