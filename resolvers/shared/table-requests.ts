import {
  util,
  type DynamoDBBatchGetItemRequest,
  type DynamoDBGetItemRequest,
  type DynamoDBQueryRequest,
} from '@aws-appsync/utils';
import { fail, failDataSource } from './fail.ts';
import type { BatchResult, FieldContext } from './field-context.ts';
import type { DatabaseItem } from './items.ts';

/** Sorts before every other character that a key may hold: what follows `key + AFTER` comes after `key`. */
export const AFTER = '\u0000';

/** Sorts after every character of the ids that this service makes; callers may choose ids that come after it. */
export const LAST = '\uffff';

/** Returns the key of a database's item. */
export function databaseKey(databaseId: string): { pk: string; sk: string } {
  return { pk: databaseId, sk: 'DATABASE' };
}

/** Returns the key of a file's item. */
export function fileKey(databaseId: string, fileId: string): { pk: string; sk: string } {
  return { pk: databaseId, sk: `FILE#${fileId}` };
}

/** Returns a consistent read of one item. */
export function getItem(key: Record<string, string>): DynamoDBGetItemRequest {
  return { operation: 'GetItem', key: util.dynamodb.toMapValues(key), consistentRead: true };
}

/** Returns a consistent read of at most 100 items of one table. */
export function batchGet(table: string, keys: Record<string, string>[]): DynamoDBBatchGetItemRequest {
  const marshalled = keys.map((key) => util.dynamodb.toMapValues(key));
  return { operation: 'BatchGetItem', tables: { [table]: { keys: marshalled, consistentRead: true } } };
}

/** Returns the items of a batch that exist; a key that the table did not get to is an error, never a missing item. */
export function readBatch<Item>(
  ctx: FieldContext<unknown, unknown, BatchResult<Item> | null>,
  table: string,
): Item[] {
  if (ctx.error) failDataSource(ctx);
  const left = ctx.result?.unprocessedKeys?.[table] ?? [];
  if (left.length > 0) {
    const message = `The table did not answer ${left.length} of the items in time; try again.`;
    fail(ctx, 'UNAVAILABLE', message, {});
  }
  return (ctx.result?.data?.[table] ?? []).filter((item) => item !== null);
}

/** The part of one partition to read, in the order of the sort keys; both ends are included. */
export interface KeyRange {
  pk: string;
  from: string;
  /** Null for the end of the partition. */
  to: string | null;
  limit: number;
  isDescending?: boolean;
}

/** Returns a consistent query of a range of sort keys. */
export function queryRange(range: KeyRange): DynamoDBQueryRequest {
  const isOpen = range.to === null;
  const start = { ':pk': range.pk, ':from': range.from };
  return {
    operation: 'Query',
    query: {
      expression: `#pk = :pk AND ${isOpen ? '#sk >= :from' : '#sk BETWEEN :from AND :to'}`,
      expressionNames: { '#pk': 'pk', '#sk': 'sk' },
      expressionValues: util.dynamodb.toMapValues(isOpen ? start : { ...start, ':to': range.to }),
    },
    limit: range.limit,
    scanIndexForward: !range.isDescending,
    consistentRead: true,
  };
}

/** Returns a database's item as GraphQL answers it, or null when it does not exist or is being deleted. */
export function liveDatabase(item: DatabaseItem | null | undefined): DatabaseItem | null {
  return item && item.status !== 'DELETING' ? item : null;
}
