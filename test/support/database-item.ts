import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { DatabaseItem } from '../../functions/shared/database-item.ts';
import type { Tables } from './dynamodb-tables.ts';

/** Puts a READY database with its list entry, as createDatabase does. */
export async function putDatabase(
  tables: Tables,
  changes: Partial<DatabaseItem> = {},
): Promise<DatabaseItem> {
  const id = changes.id ?? `db-${Math.random().toString(36).slice(2)}`;
  const now = new Date().toISOString();
  const item: DatabaseItem = {
    pk: id,
    sk: 'DATABASE',
    id,
    name: 'test',
    description: null,
    dimension: 4,
    metric: 'COSINE',
    engine: 'SEGMENTS',
    embedding: null,
    chunking: { strategy: 'RECURSIVE', maxTokens: 512, overlapTokens: 64 },
    status: 'READY',
    version: '000000000000',
    generation: 1,
    vectorCount: 0,
    fileCount: 0,
    storageBytes: 0,
    metadataFields: [],
    createdAt: now,
    updatedAt: now,
    ...changes,
  };
  const listEntry = { pk: 'DATABASES', sk: `DATABASE#${id}`, id };
  await tables.client.send(new PutCommand({ TableName: tables.databases.table, Item: item }));
  await tables.client.send(new PutCommand({ TableName: tables.databases.table, Item: listEntry }));
  return item;
}
