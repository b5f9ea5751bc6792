import type { Commit } from '../../engine/api.ts';
import type { DatabaseItem } from '../shared/database-item.ts';
import { log } from '../shared/log.ts';
import { sendMaintenance, sendRecordDeletion } from '../shared/maintenance-message.ts';
import type { VectorDeps } from './vector-deps.ts';

/**
 * Hands what a commit left behind to maintenance. The write is made and acknowledged whatever happens here: what is not
 * handed over costs storage until the next sweep.
 */
export async function followUpCommit(
  { maintenance }: Pick<VectorDeps, 'maintenance'>,
  { id: databaseId, generation }: DatabaseItem,
  commit: Commit,
): Promise<void> {
  const superseded = commit.removed.map(({ id, address }) => ({ id, writeId: address }));
  try {
    await sendRecordDeletion(maintenance, { databaseId, generation }, superseded);
    if (commit.wantsCompaction) {
      await sendMaintenance(maintenance, { operation: 'compact', databaseId, generation });
    }
  } catch (error) {
    log.error('maintenance was not told about a commit', error, {
      databaseId,
      version: commit.version,
      superseded: superseded.length,
    });
  }
}
