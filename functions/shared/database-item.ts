import { GetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Database } from '../../schema/generated/types.ts';
import type { Caller } from './handle-operations.ts';
import { RequestError } from './request-error.ts';

export const DATABASE_SORT_KEY = 'DATABASE';
export const DATABASE_LIST_PARTITION = 'DATABASES';

/** The item of a database in the Databases table: its GraphQL fields and what only the backend sees. */
export interface DatabaseItem extends Omit<Database, '__typename'> {
  pk: string;
  sk: string;
  generation: number;
  /** Object key of the current manifest; absent while the database is empty. */
  manifest?: string;
  /** The writes in flight; absent when there are none. */
  pendingWrites?: Set<string>;
}

/** Where database items are: the Databases table and a client for it. */
export interface DatabaseTable {
  client: DynamoDBDocumentClient;
  table: string;
}

/** Returns the key of a database's item. */
export function databaseKey(databaseId: string): { pk: string; sk: string } {
  return { pk: databaseId, sk: DATABASE_SORT_KEY };
}

/** Returns the error of a database that does not exist, is being deleted, or is not for this caller. */
export function databaseNotFound(databaseId: string, field = 'databaseId'): RequestError {
  const actual = databaseId.slice(0, 64);
  return new RequestError('NOT_FOUND', `There is no database "${actual}".`, { field, actual });
}

/** Reads a database consistently; null when it does not exist or is being deleted. */
export async function readDatabase(
  { client, table }: DatabaseTable,
  databaseId: string,
): Promise<DatabaseItem | null> {
  const answer = await client.send(
    new GetCommand({ TableName: table, Key: databaseKey(databaseId), ConsistentRead: true }),
  );
  const item = answer.Item as DatabaseItem | undefined;
  return item === undefined || item.status === 'DELETING' ? null : item;
}

/** Reads the database that a caller named; NOT_FOUND when there is none or the caller may not touch it. */
export async function loadDatabase(
  databases: DatabaseTable,
  databaseId: string,
  caller: Caller,
  field = 'databaseId',
): Promise<DatabaseItem> {
  if (databaseId === '')
    throw new RequestError('VALIDATION', `${field} is empty; it must name a database.`, { field });
  const isAllowed = caller.databaseIds === null || caller.databaseIds.includes(databaseId);
  const item = isAllowed ? await readDatabase(databases, databaseId) : null;
  if (!item) throw databaseNotFound(databaseId, field);
  return item;
}
