import {
  util,
  type Context,
  type DynamoDBBatchGetItemRequest,
  type DynamoDBQueryRequest,
} from '@aws-appsync/utils';
import { fail, failDataSource } from './fail.ts';

/** Returns the key of a database's item. */
export function databaseKey(databaseId: string): { pk: string; sk: string } {
  return { pk: databaseId, sk: 'DATABASE' };
}

/** Returns the key of a file's item. */
export function fileKey(databaseId: string, fileId: string): { pk: string; sk: string } {
  return { pk: databaseId, sk: `FILE#${fileId}` };
}

/** Returns a consistent read of at most 100 items of one table. */
export function batchGet(table: string, keys: Record<string, string>[]): DynamoDBBatchGetItemRequest {
  const marshalled = keys.map((key) => util.dynamodb.toMapValues(key) as any);
  return { operation: 'BatchGetItem', tables: { [table]: { keys: marshalled, consistentRead: true } } };
}

/** Returns the items of a batch that exist; a key that the table did not get to is an error, never a missing item. */
export function readBatch(ctx: Context, table: string): any[] {
  if (ctx.error) failDataSource(ctx);
  const left = ctx.result?.unprocessedKeys?.[table] ?? [];
  if (left.length > 0) {
    fail(ctx, 'UNAVAILABLE', `The table did not answer ${left.length} of the items in time; try again.`, {});
  }
  return (ctx.result?.data?.[table] ?? []).filter((item: any) => !!item);
}

/** The part of one partition to read, in the order of the sort keys; both ends are included. */
export interface KeyRange {
  pk: string;
  from: string;
  to: string;
  limit: number;
  isDescending?: boolean;
}

/** Returns a consistent query of a range of sort keys. */
export function queryRange(range: KeyRange): DynamoDBQueryRequest {
  return {
    operation: 'Query',
    query: {
      expression: '#pk = :pk AND #sk BETWEEN :from AND :to',
      expressionNames: { '#pk': 'pk', '#sk': 'sk' },
      expressionValues: util.dynamodb.toMapValues({
        ':pk': range.pk,
        ':from': range.from,
        ':to': range.to,
      }) as any,
    },
    limit: range.limit,
    scanIndexForward: !range.isDescending,
    consistentRead: true,
  };
}

/** Sorts before every other character that a key may hold: what follows `key + AFTER` comes after `key`. */
export const AFTER = '\u0000';

/** Sorts after every other character. */
export const LAST = '\uffff';

/** Returns a database's item as GraphQL answers it, or null when it does not exist or is being deleted. */
export function liveDatabase(item: any): any {
  return item && item.status !== 'DELETING' ? item : null;
}
