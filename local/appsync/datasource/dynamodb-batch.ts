import { isDeepStrictEqual } from 'node:util';
import { fromWireMap } from '../library/attribute-values.ts';
import type { AttributeValue } from '../library/attribute-values.ts';
import { limits } from '../limits.ts';
import { answer, refuseRequest, requestObject } from './data-source.ts';
import type { SourceAnswer, SourceRequest } from './data-source.ts';
import { expressionsOf, listOf, mapOf, settingsOf, tablesOf } from './dynamodb-input.ts';
import type { Table } from './dynamodb-item.ts';

type Item = Record<string, AttributeValue>;
type ByTable<T> = Record<string, T[] | undefined>;

function checkCount(what: string, count: number, limit: number): void {
  if (count === 0 || count > limit)
    refuseRequest(`The request has ${count} ${what}; it takes 1 to ${limit}.`);
}

function plainByTable(tables: ByTable<Item>): Record<string, unknown[]> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, items]) => [name, (items ?? []).map(fromWireMap)]),
  );
}

/** Returns the item of a key, or null. Numbers compare by value: `1` and `1.0` are one key. */
function itemOf(items: Item[], key: Item): Record<string, unknown> | null {
  const wanted = fromWireMap(key);
  const found = items.find((item) => {
    const own = Object.fromEntries(
      Object.keys(key).flatMap((name) => (item[name] ? [[name, item[name]]] : [])),
    );
    return isDeepStrictEqual(fromWireMap(own), wanted);
  });
  return found ? fromWireMap(found) : null;
}

/** The key has to be read even where the projection leaves it out: answers are put in the order of keys. */
function withKeys(projected: Record<string, unknown>, key: Item | undefined): Record<string, unknown> {
  const expression = projected.ProjectionExpression;
  if (typeof expression !== 'string' || !key) return projected;
  const names = { ...(projected.ExpressionAttributeNames as Record<string, string> | undefined) };
  const selected = new Set(expression.split(',').map((path) => names[path.trim()] ?? path.trim()));
  const missing = Object.keys(key).filter((name) => !selected.has(name));
  const added = missing.map((name, i) => {
    names[`#batchKey_${i}`] = name;
    return `#batchKey_${i}`;
  });
  return {
    ...projected,
    ProjectionExpression: [expression, ...added].join(', '),
    ExpressionAttributeNames: names,
  };
}

async function batchGet(table: Table, request: SourceRequest): Promise<SourceAnswer> {
  const keys = new Map<string, Item[]>();
  const items: Record<string, unknown> = {};
  for (const [name, value] of tablesOf(request)) {
    const wanted = requestObject(value);
    const wireKeys = listOf(`tables.${name}.keys`, wanted.keys).map((key) =>
      mapOf(`tables.${name}.keys`, key),
    );
    keys.set(name, wireKeys);
    items[name] = {
      Keys: wireKeys,
      ...withKeys(expressionsOf(wanted, ['projection']), wireKeys[0]),
      ...settingsOf(wanted, { consistentRead: 'ConsistentRead' }),
    };
  }
  checkCount('keys', [...keys.values()].flat().length, limits.dynamodbBatchGetKeys);
  const { Responses, UnprocessedKeys } = await table.call('BatchGetItem', { RequestItems: items });
  const found = (Responses ?? {}) as ByTable<Item>;
  const left = (UnprocessedKeys ?? {}) as Record<string, { Keys: Item[] } | undefined>;
  return answer({
    data: Object.fromEntries(
      [...keys].map(([name, list]) => [name, list.map((key) => itemOf(found[name] ?? [], key))]),
    ),
    unprocessedKeys: plainByTable(
      Object.fromEntries([...keys.keys()].map((name) => [name, left[name]?.Keys])),
    ),
  });
}

interface WriteRequest {
  PutRequest?: { Item: Item };
  DeleteRequest?: { Key: Item };
}

async function batchWrite(
  table: Table,
  request: SourceRequest,
  toWrite: (item: Item) => WriteRequest,
): Promise<{ data: Record<string, unknown[]>; unprocessed: Record<string, unknown[]> }> {
  const tables = tablesOf(request).map(([name, value]) => {
    const items = listOf(`tables.${name}`, value).map((item) => mapOf(`tables.${name}`, item));
    return [name, items] as const;
  });
  checkCount('items', tables.flatMap(([, items]) => items).length, limits.dynamodbBatchWriteItems);
  const writes = Object.fromEntries(tables.map(([name, items]) => [name, items.map(toWrite)]));
  const { UnprocessedItems } = await table.call('BatchWriteItem', { RequestItems: writes });
  const left = (UnprocessedItems ?? {}) as ByTable<WriteRequest>;
  const leftItems = tables.map(([name]) => [
    name,
    (left[name] ?? []).map((write) => write.PutRequest?.Item ?? write.DeleteRequest?.Key ?? {}),
  ]);
  return {
    data: plainByTable(Object.fromEntries(tables)),
    unprocessed: plainByTable(Object.fromEntries(leftItems) as ByTable<Item>),
  };
}

/** The operations on many items, of any table that the role may reach. */
export const batchOperations = {
  BatchGetItem: batchGet,
  BatchPutItem: async (table: Table, request: SourceRequest): Promise<SourceAnswer> => {
    const { data, unprocessed } = await batchWrite(table, request, (Item) => ({ PutRequest: { Item } }));
    return answer({ data, unprocessedItems: unprocessed });
  },
  BatchDeleteItem: async (table: Table, request: SourceRequest): Promise<SourceAnswer> => {
    const { data, unprocessed } = await batchWrite(table, request, (Key) => ({ DeleteRequest: { Key } }));
    return answer({ data, unprocessedKeys: unprocessed });
  },
};
