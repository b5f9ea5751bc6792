import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { checkConditional, create } from 'dynalite/db/index.js';
import type { Store } from 'dynalite/db/index.js';
import { checkTypes, checkValidations } from 'dynalite/validations/index.js';
import { withAtomicWrites } from './atomic-writes.ts';
import { DynamoDbError, toDynamoDbError } from './failure.ts';
import { createGate } from './gate.ts';
import { Transactions } from './transactions.ts';
import { createUndoFile } from './undo-file.ts';
import { writeBatch, type BatchData } from './write-batch.ts';

type Json = Record<string, unknown>;
type Action = (store: object, data: object, callback: (error: unknown, data?: Json) => void) => void;

interface Operation {
  action: Action;
  validation: { types: object; custom: unknown };
}

/** The data plane, and what creating tables needs; transactions are made of these. Streams and TTL are not in dynalite. */
const OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DescribeTable',
  'GetItem',
  'ListTables',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
] as const;

const WRITES = new Set(['BatchWriteItem', 'DeleteItem', 'PutItem', 'UpdateItem']);

const TRANSACTIONS = ['TransactGetItems', 'TransactWriteItems'];

export type DynamoDbOperation = (typeof OPERATIONS)[number];

/** The tables on disk. Calls are not authorized here. */
export interface Database {
  call(operation: string, input: Json): Promise<Json>;
  /** Marks a table as usable at once: a kill between creating and activating would leave it unusable for ever. */
  activateTable(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Another process has the folder open; its lock goes with the process, however that ends. */
export class DatabaseLocked extends Error {
  override readonly name = 'DatabaseLocked';
}

const isLocked = (error: unknown): boolean =>
  error instanceof Error &&
  ((error as NodeJS.ErrnoException).code === 'LEVEL_LOCKED' || isLocked(error.cause));

const require = createRequire(import.meta.url);

function loadOperation(name: DynamoDbOperation): Operation {
  const file = name.charAt(0).toLowerCase() + name.slice(1);
  return {
    action: require(`dynalite/actions/${file}.js`) as Action,
    validation: require(`dynalite/validations/${file}.js`) as Operation['validation'],
  };
}

/** Opens the database in `folder`. What a call has answered is with the operating system, so it survives SIGKILL. */
export async function openDatabase(folder: string): Promise<Database> {
  await mkdir(folder, { recursive: true });
  const store = create({ path: folder, createTableMs: 0 });
  await store.db.open().catch((cause: unknown) => {
    if (isLocked(cause)) throw new DatabaseLocked(`${folder} is open in another process`, { cause });
    throw cause;
  });
  const operations = new Map<string, Operation>(OPERATIONS.map((name) => [name, loadOperation(name)]));
  const callSingle = (name: string, input: Json): Promise<Json> => {
    const operation = operations.get(name);
    if (operation)
      return run(store, { name, ...operation }, input).catch((error: unknown) =>
        refuseWithItem(callSingle, input, error),
      );
    return Promise.reject(
      new DynamoDbError(
        'UnknownOperationException',
        `${name} does not run on one machine; ${[...OPERATIONS, ...TRANSACTIONS].join(', ')} do`,
      ),
    );
  };
  const gate = createGate();
  const calls = {
    call: callSingle,
    judge: (request: Json, current: object | undefined) => judge(store, request, current),
  };
  const transactions = new Transactions(calls, createUndoFile(`${folder}-undo.json`));
  await transactions.recover();
  return {
    async call(name, input) {
      if (TRANSACTIONS.includes(name)) {
        return gate.exclusive(async () => {
          await transactions.heal();
          return name === 'TransactWriteItems' ? transactions.write(input) : transactions.read(input);
        });
      }
      if (transactions.isHalfDone) await gate.exclusive(() => transactions.heal());
      return gate.shared(() => {
        // One that came before this call may have failed meanwhile.
        if (transactions.isHalfDone) return Promise.reject(halfDone());
        return callSingle(name, input);
      });
    },
    activateTable: (name) => activate(store, name),
    close: () =>
      new Promise((resolve, reject) => {
        store.lifecycleManager.gracefulClose((error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
  };
}

/** Adds the item that made a condition fail, where the request asks for it: as it is right after the refusal. */
async function refuseWithItem(
  call: (name: string, input: Json) => Promise<Json>,
  input: Json,
  error: unknown,
): Promise<never> {
  const isWanted = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  if (!isWanted || !(error instanceof DynamoDbError) || error.name !== 'ConditionalCheckFailedException')
    throw error;
  const { TableName } = input;
  const { Table } = await call('DescribeTable', { TableName });
  const schema = (Table as { KeySchema: { AttributeName: string }[] }).KeySchema;
  const source = (input.Key ?? input.Item) as Json;
  const Key = Object.fromEntries(schema.map(({ AttributeName: name }) => [name, source[name]]));
  const { Item } = await call('GetItem', { TableName, Key, ConsistentRead: true });
  const details = { ...error.details, ...(Item !== undefined && { Item }) };
  throw new DynamoDbError(error.name, error.message, { statusCode: error.statusCode, details });
}

const halfDone = (): DynamoDbError =>
  new DynamoDbError('InternalServerError', 'a transaction failed and is not taken back yet; try again', {
    statusCode: 500,
  });

async function activate({ tableDb }: Store, name: string): Promise<void> {
  const table = await new Promise<Json>((resolve, reject) => {
    tableDb.get(name, (error, found) => {
      if (error || !found) reject(error ?? new Error(`no table ${name}`));
      else resolve(found);
    });
  });
  const indexes = (table.GlobalSecondaryIndexes as object[] | undefined)?.map((index) => ({
    ...index,
    IndexStatus: 'ACTIVE',
  }));
  const active = { ...table, TableStatus: 'ACTIVE', ...(indexes && { GlobalSecondaryIndexes: indexes }) };
  await new Promise<void>((resolve, reject) => {
    tableDb.put(name, active, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Judges a condition as a deletion with it would, which changes nothing here. */
function judge(store: object, request: Json, current: object | undefined): Error | undefined {
  const { TableName, Key, ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } =
    request;
  const given = { TableName, Key, ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues };
  const { validation } = loadOperation('DeleteItem');
  try {
    const present = Object.entries(given).filter(([, value]) => value !== undefined);
    const data = checkTypes(structuredClone(Object.fromEntries(present)), validation.types);
    checkValidations(data, validation.types, validation.custom, store);
    const refusal = checkConditional(data, current);
    return refusal ? toDynamoDbError(refusal) : undefined;
  } catch (error) {
    return toDynamoDbError(error);
  }
}

async function run(
  store: Store,
  { name, action, validation }: Operation & { name: string },
  input: Json,
): Promise<Json> {
  try {
    // dynalite deletes and rewrites attributes of its input.
    const data = checkTypes(structuredClone(input), validation.types);
    checkValidations(data, validation.types, validation.custom, store);
    if (name === 'BatchWriteItem' && (await writeBatch(store, data as BatchData)))
      return { UnprocessedItems: {} };
    return await new Promise((resolve, reject) => {
      action(WRITES.has(name) ? withAtomicWrites(store) : store, data, (error, answer) => {
        if (error) reject(toDynamoDbError(error));
        else resolve(answer ?? {});
      });
    });
  } catch (error) {
    throw toDynamoDbError(error);
  }
}
