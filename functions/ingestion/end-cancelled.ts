import type { DatabaseItem } from '../shared/database-item.ts';
import { failIngestion } from './fail-ingestion.ts';
import type { IngestionDeps, PartDeps } from './ingestion-deps.ts';
import { IngestionFailure } from './ingestion-failure.ts';
import { isVisible } from './part/is-visible.ts';
import { unmarkCancelled } from './state/file-store.ts';
import { readIngestion } from './state/ingestion-store.ts';
import type { FileVersion } from './storage/object-keys.ts';
import { abortUpload } from './upload/presign-upload.ts';

type CancelDeps = IngestionDeps & Pick<PartDeps, 'openEngine'>;

const CANCELLED = 'Processing was cancelled before its end; process the file again, or upload it again.';

/** Moves the manifest without changing what it says: a commit that was checked before now loses its race, and is checked again. */
async function outrunCommits({ openEngine }: CancelDeps, database: DatabaseItem): Promise<void> {
  const engine = await openEngine(database);
  await engine.commit({ add: [], removeIds: [], removeFiles: [], finishedWrites: [] });
}

/**
 * Ends a version that is marked as cancelled, and may be called again after it died at any point. False, and the mark is gone, when the
 * version had become searchable before it was marked.
 */
export async function endCancelled(
  deps: CancelDeps,
  of: FileVersion,
  database: DatabaseItem,
): Promise<boolean> {
  const item = await readIngestion(deps.databases, of);
  if (item?.plan) {
    await outrunCommits(deps, database);
    if (await isVisible(deps, of, { database, plan: item.plan })) {
      await unmarkCancelled(deps.databases, of);
      return false;
    }
  }
  if (item?.phase === 'AWAITING_UPLOAD') await abortUpload(deps.files, item.upload);
  await failIngestion(deps, of, new IngestionFailure('CONFLICT', CANCELLED, { retryable: true }));
  return true;
}
