import { DeleteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import {
  DATABASE_LIST_PARTITION,
  DATABASE_SORT_KEY,
  type DatabaseItem,
  databaseKey,
} from '../../shared/database-item.ts';
import { log } from '../../shared/log.ts';
import { type RecordScope, recordPartition } from '../../shared/record-key.ts';
import { readItem } from '../state/file-store.ts';
import { openIngestionKey } from '../state/ingestion-item.ts';
import { sendMessage } from '../storage/send-message.ts';
import { abortUpload } from '../upload/presign-upload.ts';
import { deleteItems } from './delete-items.ts';
import { deleteObjects } from './delete-objects.ts';
import { type MaintenanceDeps, startClock } from './maintenance-deps.ts';

export interface DatabaseCleanUp extends RecordScope {
  operation: 'deleteDatabase';
  /** True for the run that follows once nothing can write any more. */
  isLast?: boolean;
}

/** Functions that began before the deletion may still write: the longest runs for 10 minutes. */
const LAST_RUN_DELAY_SECONDS = 900;

const FILE_OF_SORT_KEY = /^(?:FILE|INGEST)#([0-9a-f-]{36})(?:#([0-9]{6}))?/;

interface ItemToDelete {
  pk: string;
  sk: string;
  upload?: { objectKey: string; uploadId: string | null };
}

/** Deletes the records of every file that has an item or a state, and these items; false when time ended. */
async function deleteFiles(
  deps: MaintenanceDeps,
  scope: RecordScope,
  hasTime: () => boolean,
): Promise<boolean> {
  const { client, table } = deps.databases;
  for (;;) {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk > :database',
        ExpressionAttributeValues: { ':pk': scope.databaseId, ':database': DATABASE_SORT_KEY },
        ProjectionExpression: 'pk, sk, upload.objectKey, upload.uploadId',
        ConsistentRead: true,
        Limit: 100,
      }),
    );
    if (!page.Items || page.Items.length === 0) return true;
    for (const { pk, sk, upload } of page.Items as ItemToDelete[]) {
      if (!hasTime()) return false;
      const [, fileId, version] = FILE_OF_SORT_KEY.exec(sk) ?? [];
      if (
        fileId !== undefined &&
        !(await deleteItems(deps.records, { pk: recordPartition(scope, fileId) }, hasTime))
      )
        return false;
      if (fileId !== undefined && version !== undefined) {
        if (upload) await abortUpload(deps.files, upload);
        await client.send(
          new DeleteCommand({
            TableName: table,
            Key: openIngestionKey({ ...scope, fileId, version: Number(version) }),
          }),
        );
      }
      await client.send(new DeleteCommand({ TableName: table, Key: { pk, sk } }));
    }
  }
}

async function deleteContent(
  deps: MaintenanceDeps,
  scope: RecordScope,
  hasTime: () => boolean,
): Promise<boolean> {
  const prefix = `databases/${scope.databaseId}/`;
  return (
    (await deleteFiles(deps, scope, hasTime)) &&
    (await deleteItems(deps.records, { pk: recordPartition(scope, null) }, hasTime)) &&
    (await deleteObjects(deps.files, prefix, hasTime)) &&
    (await deleteObjects(deps.vectors, prefix, hasTime))
  );
}

/**
 * Deletes everything of a deleted database but its backups, in runs that ask for the next one; the last run comes when nothing can write
 * any more, and takes the database's item with it.
 */
export async function cleanDatabase(deps: MaintenanceDeps, message: DatabaseCleanUp): Promise<void> {
  const { databaseId, generation, isLast = false } = message;
  const item = await readItem<DatabaseItem>(deps.databases, databaseKey(databaseId));
  if (item && item.status !== 'DELETING') {
    log.warn('a database that is not being deleted was not touched', { databaseId, status: item.status });
    return;
  }
  if (!(await deleteContent(deps, { databaseId, generation }, startClock(deps)))) {
    await sendMessage(deps.maintenanceQueue, message);
    return;
  }
  if (!isLast) {
    await sendMessage(deps.maintenanceQueue, { ...message, isLast: true }, LAST_RUN_DELAY_SECONDS);
    return;
  }
  const { client, table } = deps.databases;
  await client.send(
    new DeleteCommand({
      TableName: table,
      Key: { pk: DATABASE_LIST_PARTITION, sk: `DATABASE#${databaseId}` },
    }),
  );
  await client.send(new DeleteCommand({ TableName: table, Key: databaseKey(databaseId) }));
}
