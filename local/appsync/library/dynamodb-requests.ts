import { setMakers, toAttributes, toItemAttributes } from './attribute-values.ts';
import type { Expression } from './expression.ts';
import { Placeholders } from './expression.ts';
import { filterExpression } from './filter-expression.ts';
import type { LibraryFunction } from './handler-session.ts';
import { updateExpression } from './update-expression.ts';

type Input = Record<string, unknown>;

function input(value: unknown, name = 'the argument'): Input {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`${name} must be an object, not ${JSON.stringify(value)}`);
  }
  return value as Input;
}

function list(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${name} must be a list, not ${JSON.stringify(value)}`);
  return value;
}

/** Copies the named settings that are given. */
function pick(from: Input, ...names: string[]): Input {
  return Object.fromEntries(
    names.flatMap((name) => ((from[name] ?? null) === null ? [] : [[name, from[name]]])),
  );
}

function keyOf(from: Input): Input {
  return { key: toAttributes(input(from.key, 'key')) };
}

/** `['id', 'nested.object[1]']` → `#id, #nested.#object[1]`. */
function projection(from: Input): Input {
  if ((from.projection ?? null) === null) return {};
  const placeholders = new Placeholders();
  const paths = list(from.projection, 'projection').map((path) =>
    String(path)
      .split('.')
      .map((part) => part.replace(/^[^[]+/, (field) => placeholders.name(field)))
      .join('.'),
  );
  return { projection: { expression: paths.join(', '), expressionNames: placeholders.names } };
}

function optionalExpression(name: 'filter' | 'condition', from: Input): Record<string, Expression> {
  const expression = filterExpression(from[name]);
  return expression === null ? {} : { [name]: expression };
}

const VERSIONED = ['customPartitionKey', 'populateIndexFields', '_version'];
const PAGED = ['index', 'limit', 'nextToken', 'consistentRead', 'select'];

function put(from: Input): Input {
  return {
    ...keyOf(from),
    attributeValues: toItemAttributes(input(from.item, 'item')),
    ...optionalExpression('condition', from),
    ...pick(from, ...VERSIONED),
  };
}

function update(from: Input): Input {
  return {
    ...keyOf(from),
    update: updateExpression(from.update),
    ...optionalExpression('condition', from),
    ...pick(from, ...VERSIONED),
  };
}

function remove(from: Input): Input {
  return { ...keyOf(from), ...optionalExpression('condition', from), ...pick(from, ...VERSIONED) };
}

function query(from: Input): Input {
  const condition = filterExpression(input(from.query, 'query'));
  if (condition === null) throw new Error('query names no key');
  return {
    query: condition,
    ...pick(from, ...PAGED, 'scanIndexForward'),
    ...optionalExpression('filter', from),
    ...projection(from),
  };
}

function eachTable(from: Input, convert: (value: unknown, table: string) => unknown): Input {
  const tables = Object.entries(input(from.tables, 'tables'));
  return {
    tables: Object.fromEntries(tables.map(([table, value]) => [table, convert(value, `tables.${table}`)])),
  };
}

function attributeList(value: unknown, name: string): unknown[] {
  return list(value, name).map((item) => toItemAttributes(input(item, name)));
}

function batchGetTable(value: unknown, name: string): Input {
  const table = input(value, name);
  return {
    keys: attributeList(table.keys, `${name}.keys`),
    ...pick(table, 'consistentRead'),
    ...projection(table),
  };
}

const WRITES: Record<string, { operation: string; convert: (from: Input) => Input } | undefined> = {
  putItem: { operation: 'PutItem', convert: put },
  updateItem: { operation: 'UpdateItem', convert: update },
  deleteItem: { operation: 'DeleteItem', convert: remove },
  conditionCheck: { operation: 'ConditionCheck', convert: remove },
};

function transactWriteItem(value: unknown): Input {
  const [entry] = Object.entries(input(value, 'an item of the transaction'));
  const write = entry && WRITES[entry[0]];
  if (!entry || !write)
    throw new Error(`${JSON.stringify(value)} is not one of ${Object.keys(WRITES).join(', ')}`);
  const from = input(entry[1], entry[0]);
  return { table: from.table, operation: write.operation, ...write.convert(from) };
}

function transactGetItem(value: unknown): Input {
  const from = input(value, 'an item of the transaction');
  return { table: from.table, ...keyOf(from), ...projection(from) };
}

function request(operation: string, convert: (from: Input) => Input): LibraryFunction {
  return ([payload]) => ({ operation, ...convert(input(payload)) });
}

/** The request makers of `@aws-appsync/utils/dynamodb`. */
export const requestFunctions = {
  'ddb.get': request('GetItem', (from) => ({
    ...keyOf(from),
    ...pick(from, 'consistentRead'),
    ...projection(from),
  })),
  'ddb.put': request('PutItem', put),
  'ddb.update': request('UpdateItem', update),
  'ddb.remove': request('DeleteItem', remove),
  'ddb.query': request('Query', query),
  'ddb.scan': request('Scan', (from) => ({
    ...pick(from, ...PAGED, 'totalSegments', 'segment'),
    ...optionalExpression('filter', from),
    ...projection(from),
  })),
  'ddb.sync': request('Sync', (from) => ({
    ...pick(from, 'basePartitionKey', 'deltaIndexName', 'limit', 'nextToken', 'lastSync'),
    ...optionalExpression('filter', from),
  })),
  'ddb.batchGet': request('BatchGetItem', (from) => eachTable(from, batchGetTable)),
  'ddb.batchPut': request('BatchPutItem', (from) => eachTable(from, attributeList)),
  'ddb.batchDelete': request('BatchDeleteItem', (from) => eachTable(from, attributeList)),
  'ddb.transactGet': request('TransactGetItems', (from) => ({
    transactItems: list(from.items, 'items').map(transactGetItem),
  })),
  'ddb.transactWrite': request('TransactWriteItems', (from) => ({
    transactItems: list(from.items, 'items').map(transactWriteItem),
  })),
  'ddb.toStringSet': setMakers.toStringSet,
  'ddb.toNumberSet': setMakers.toNumberSet,
  'ddb.toBinarySet': setMakers.toBinarySet,
} satisfies Record<string, LibraryFunction>;
