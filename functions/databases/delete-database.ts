import { DeleteCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { DeletedDatabase } from '../../schema/generated/types.ts';
import {
  DATABASE_LIST_PARTITION,
  type DatabaseItem,
  databaseKey,
  databaseNotFound,
  type DatabaseTable,
} from '../shared/database-item.ts';
import type { Caller } from '../shared/handle-operations.ts';
import { type MaintenanceQueue, sendMaintenance } from '../shared/maintenance-message.ts';
import { validateFields } from '../shared/validate-arguments.ts';

export interface DeleteDeps {
  databases: DatabaseTable;
  maintenance: MaintenanceQueue;
}

/** Marks the database as gone and returns its item; null when there is none or it was marked before. */
async function markDeleting({ client, table }: DatabaseTable, id: string): Promise<DatabaseItem | null> {
  try {
    const answer = await client.send(
      new UpdateCommand({
        TableName: table,
        Key: databaseKey(id),
        UpdateExpression: 'SET #status = :deleting, updatedAt = :now',
        ConditionExpression: 'attribute_exists(pk) AND #status <> :deleting',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':deleting': 'DELETING', ':now': new Date().toISOString() },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return answer.Attributes as DatabaseItem;
  } catch (error) {
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return null;
    throw error;
  }
}

async function readMarked({ client, table }: DatabaseTable, id: string): Promise<DatabaseItem | null> {
  const answer = await client.send(
    new GetCommand({ TableName: table, Key: databaseKey(id), ConsistentRead: true }),
  );
  return (answer.Item as DatabaseItem | undefined) ?? null;
}

async function cleanUp({ databases, maintenance }: DeleteDeps, item: DatabaseItem): Promise<void> {
  const { id: databaseId, generation } = item;
  await sendMaintenance(maintenance, { operation: 'deleteDatabase', databaseId, generation });
  const listEntry = { pk: DATABASE_LIST_PARTITION, sk: `DATABASE#${databaseId}` };
  await databases.client.send(new DeleteCommand({ TableName: databases.table, Key: listEntry }));
}

/** Makes a database gone for every operation at once; its bytes follow in the background. */
export async function deleteDatabase(deps: DeleteDeps, id: string, caller: Caller): Promise<DeletedDatabase> {
  validateFields('Mutation.deleteDatabase', { id });
  if (caller.databaseIds !== null && !caller.databaseIds.includes(id)) throw databaseNotFound(id, 'id');
  const marked = await markDeleting(deps.databases, id);
  if (marked) {
    await cleanUp(deps, marked);
    return { id, vectorCount: marked.vectorCount, fileCount: marked.fileCount };
  }
  // A request that died after the mark left the rest undone: a repetition does it, and still finds nothing to delete.
  const leftover = await readMarked(deps.databases, id);
  if (leftover) await cleanUp(deps, leftover);
  throw databaseNotFound(id, 'id');
}
