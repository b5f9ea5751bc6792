import { createKey, validateItem, validateKey, validationError } from 'dynalite/db/index.js';
import type { Callback, Store, Table } from 'dynalite/db/index.js';
import { toDynamoDbError } from './failure.ts';

type Item = Record<string, unknown>;

/** What dynalite's own operation is called with. */
export interface BatchData {
  RequestItems: Record<string, { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } }[]>;
  ReturnConsumedCapacity?: string;
}

type Change = { type: 'put'; key: string; value: Item } | { type: 'del'; key: string };

/** Returns whether a batch can be written as it is: there are no indexes to keep and no capacity to tell. */
function isPlain(tables: readonly Table[], { ReturnConsumedCapacity }: BatchData): boolean {
  const hasIndex = tables.some((table) => table.LocalSecondaryIndexes ?? table.GlobalSecondaryIndexes);
  return !hasIndex && (ReturnConsumedCapacity === undefined || ReturnConsumedCapacity === 'NONE');
}

/** The same refusals as of the single operations, with the message that a batch has for keys. */
function refuse(problem: unknown): never {
  const body = (problem as { body?: { message?: string } }).body;
  if (body && /Missing the key|Type mismatch for key/.test(body.message ?? ''))
    body.message = 'The provided key element does not match the schema';
  throw problem;
}

function toChanges(table: Table, requests: BatchData['RequestItems'][string]): Change[] {
  const changes = requests.map(({ PutRequest: put, DeleteRequest: deletion }): Change => {
    const problem: unknown = put ? validateItem(put.Item, table) : validateKey(deletion?.Key ?? {}, table);
    if (problem !== null && problem !== undefined) refuse(problem);
    if (put) return { type: 'put', key: createKey(put.Item, table), value: put.Item };
    return { type: 'del', key: createKey(deletion?.Key ?? {}, table) };
  });
  if (new Set(changes.map(({ key }) => key)).size < changes.length)
    refuse(validationError('Provided list of item keys contains duplicates'));
  return changes;
}

function findTable(store: Store, name: string): Promise<Table> {
  return new Promise((resolve, reject) => {
    store.getTable(name, (error, table) => {
      if (error || !table) reject(toDynamoDbError(error ?? new Error(`no table ${name}`)));
      else resolve(table);
    });
  });
}

/** Writes behind whoever changes one of the items, and before whoever comes next. */
function write(store: Store, name: string, changes: Change[]): Promise<void> {
  const items = store.getItemDb(name);
  return new Promise((resolve, reject) => {
    const settle: Callback = (error) => {
      if (error) reject(toDynamoDbError(error));
      else resolve();
    };
    items.lock(
      changes.map(({ key }) => key),
      (release) => {
        items.batch(changes, release(settle));
      },
    );
  });
}

/**
 * BatchWriteItem with one write for each table, where dynalite reads the table and the item and writes, once for every item. Returns
 * false when the batch needs what only dynalite's own operation does.
 */
export async function writeBatch(store: Store, data: BatchData): Promise<boolean> {
  const names = Object.keys(data.RequestItems);
  const tables = await Promise.all(names.map((name) => findTable(store, name)));
  if (!isPlain(tables, data)) return false;
  const ofTables = tables.map((table) => toChanges(table, data.RequestItems[table.TableName] ?? []));
  for (const [index, changes] of ofTables.entries()) await write(store, names[index] ?? '', changes);
  return true;
}
