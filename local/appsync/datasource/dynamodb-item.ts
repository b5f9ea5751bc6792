import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { fromWireMap } from '../library/attribute-values.ts';
import type { AttributeValue } from '../library/attribute-values.ts';
import type { DynamoDbCall, DynamoDbFailure } from '../ports.ts';
import { answer, failure } from './data-source.ts';
import type { SourceAnswer, SourceRequest } from './data-source.ts';
import { expressionsOf, keyOf, listOf, mapOf, settingsOf } from './dynamodb-input.ts';

/** A data source's table and the right to call DynamoDB. */
export interface Table {
  name: string;
  call: DynamoDbCall;
}

type Item = Record<string, AttributeValue>;
type Operation = (table: Table, request: SourceRequest) => Promise<SourceAnswer>;

/** Returns the name of a failure without the prefix of its service. */
export function failureName(thrown: unknown): string {
  return ((thrown as DynamoDbFailure).name.split('#').at(-1) ?? '').trim() || 'InternalFailure';
}

const FAULT_OF_SERVICE = /^(?:Internal|ServiceUnavailable)/;
const REQUEST_ID_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const REQUEST_ID_LENGTH = 52;

function newRequestId(): string {
  const digits = randomBytes(REQUEST_ID_LENGTH);
  return [...digits].map((digit) => REQUEST_ID_CHARACTERS[digit % 32]).join('');
}

/** Turns a refusal of DynamoDB into what the response handler sees, in the words of the client that the service calls it with. */
export function dynamoDbFailure(thrown: unknown, result: unknown = null): SourceAnswer {
  const name = failureName(thrown);
  const status = FAULT_OF_SERVICE.test(name) ? 500 : 400;
  const origin = `(Service: DynamoDb, Status Code: ${status}, Request ID: ${newRequestId()})`;
  return failure(`DynamoDB:${name}`, `${(thrown as DynamoDbFailure).message} ${origin}`, result);
}

function plainItem(item: unknown): Record<string, unknown> | null {
  return item ? fromWireMap(item as Item) : null;
}

/** The item as it is now: from the refusal itself where DynamoDB sent it, else read again. */
async function currentItem(
  table: Table,
  request: SourceRequest,
  thrown: unknown,
): Promise<Record<string, unknown> | null> {
  const { Item: sent } = thrown as DynamoDbFailure;
  if (sent) return plainItem(sent);
  const { Item: read } = await table.call('GetItem', {
    TableName: table.name,
    Key: keyOf(request),
    ConsistentRead: true,
  });
  return plainItem(read);
}

/** A put whose item is already there, or a delete whose item is already gone, did what it was to do. */
function isAlreadyDone(request: SourceRequest, current: Record<string, unknown> | null): boolean {
  if (request.operation === 'DeleteItem') return current === null;
  if (request.operation !== 'PutItem' || current === null) return false;
  const ignored = (request.condition as { equalsIgnore?: unknown } | undefined)?.equalsIgnore;
  const names = new Set(ignored === undefined ? [] : listOf('equalsIgnore', ignored));
  const compared = (item: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(item).filter(([name]) => !names.has(name)));
  return isDeepStrictEqual(compared(fromWireMap(putItemOf(request))), compared(current));
}

async function write(
  table: Table,
  request: SourceRequest,
  run: () => Promise<SourceAnswer>,
): Promise<SourceAnswer> {
  try {
    return await run();
  } catch (thrown) {
    if (failureName(thrown) !== 'ConditionalCheckFailedException') throw thrown;
    const current = await currentItem(table, request, thrown);
    return isAlreadyDone(request, current) ? answer(current) : dynamoDbFailure(thrown, current);
  }
}

function putItemOf(request: SourceRequest): Item {
  return { ...mapOf('attributeValues', request.attributeValues ?? {}), ...keyOf(request) };
}

const getItem: Operation = async (table, request) => {
  const { Item: item } = await table.call('GetItem', {
    TableName: table.name,
    Key: keyOf(request),
    ...expressionsOf(request, ['projection']),
    ...settingsOf(request, { consistentRead: 'ConsistentRead' }),
  });
  return answer(plainItem(item));
};

/** Asked for on every conditional write, so that the current item comes with the refusal. */
const OLD_ON_FAILURE = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };

const putItem: Operation = (table, request) =>
  write(table, request, async () => {
    const item = putItemOf(request);
    const condition = expressionsOf(request, ['condition']);
    await table.call('PutItem', { TableName: table.name, Item: item, ...condition, ...OLD_ON_FAILURE });
    return answer(fromWireMap(item));
  });

const updateItem: Operation = (table, request) =>
  write(table, request, async () => {
    const { Attributes } = await table.call('UpdateItem', {
      TableName: table.name,
      Key: keyOf(request),
      ...expressionsOf(request, ['update', 'condition']),
      ReturnValues: 'ALL_NEW',
      ...OLD_ON_FAILURE,
    });
    return answer(plainItem(Attributes));
  });

const deleteItem: Operation = (table, request) =>
  write(table, request, async () => {
    const { Attributes } = await table.call('DeleteItem', {
      TableName: table.name,
      Key: keyOf(request),
      ...expressionsOf(request, ['condition']),
      ReturnValues: 'ALL_OLD',
      ...OLD_ON_FAILURE,
    });
    return answer(plainItem(Attributes));
  });

/** The operations on one item. */
export const itemOperations: Record<string, Operation | undefined> = {
  GetItem: getItem,
  PutItem: putItem,
  UpdateItem: updateItem,
  DeleteItem: deleteItem,
};
