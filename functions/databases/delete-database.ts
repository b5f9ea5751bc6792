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

/** Takes a database off the list; true for the one caller who did. */
async function unlist({ client, table }: DatabaseTable, id: string): Promise<boolean> {
  const Key = { pk: DATABASE_LIST_PARTITION, sk: `DATABASE#${id}` };
  const { Attributes } = await client.send(
    new DeleteCommand({ TableName: table, Key, ReturnValues: 'ALL_OLD' }),
  );
  return Attributes !== undefined;
}

/**
 * Makes a database gone for every operation at once; its bytes follow in the background. The list entry goes last: while it is there, the
 * deletion was never answered, so a repetition finishes it and answers, and the sweep finds what nobody repeats.
 */
export async function deleteDatabase(deps: DeleteDeps, id: string, caller: Caller): Promise<DeletedDatabase> {
  validateFields('Mutation.deleteDatabase', { id });
  if (caller.databaseIds !== null && !caller.databaseIds.includes(id)) throw databaseNotFound(id, 'id');
  const item = (await markDeleting(deps.databases, id)) ?? (await readMarked(deps.databases, id));
  if (!item) throw databaseNotFound(id, 'id');
  const { generation, vectorCount, fileCount } = item;
  await sendMaintenance(deps.maintenance, { operation: 'deleteDatabase', databaseId: id, generation });
  if (!(await unlist(deps.databases, id))) throw databaseNotFound(id, 'id');
  return { id, vectorCount, fileCount };
}
