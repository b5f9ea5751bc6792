import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type DatabaseTable, databaseKey, databaseNotFound, readDatabase } from './database-item.ts';
import { RequestError } from './request-error.ts';

/** Announces a write, so that its records stay invisible until its commit; the database must be READY. */
export async function beginWrite(
  databases: DatabaseTable,
  databaseId: string,
  writeId: string,
): Promise<void> {
  try {
    await databases.client.send(
      new UpdateCommand({
        TableName: databases.table,
        Key: databaseKey(databaseId),
        UpdateExpression: 'ADD pendingWrites :write',
        ConditionExpression: '#status = :ready',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':write': new Set([writeId]), ':ready': 'READY' },
      }),
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') throw error;
    const item = await readDatabase(databases, databaseId);
    if (!item) throw databaseNotFound(databaseId);
    throw new RequestError('UNAVAILABLE', `The database is ${item.status}; writes need it READY.`, {
      field: 'databaseId',
      actual: item.status,
    });
  }
}

/** Takes back the announcement of a write whose records are gone. */
export async function abandonWrite(
  databases: DatabaseTable,
  databaseId: string,
  writeId: string,
): Promise<void> {
  await databases.client.send(
    new UpdateCommand({
      TableName: databases.table,
      Key: databaseKey(databaseId),
      UpdateExpression: 'DELETE pendingWrites :write',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':write': new Set([writeId]) },
    }),
  );
}
