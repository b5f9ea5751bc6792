import { DynamoDbError } from './failure.ts';
import type { Image, UndoFile } from './undo-file.ts';

type Json = Record<string, unknown>;
type Item = Record<string, unknown>;

/** What transactions are made of: the calls for single items. */
export interface SingleCalls {
  call(operation: string, input: Json): Promise<Json>;
  /** Returns the refusal of a request's condition by the item that is there, or undefined when it holds. */
  judge(request: Json, current: Item | undefined): Error | undefined;
}

interface Write {
  kind: 'Put' | 'Update' | 'Delete' | 'ConditionCheck';
  request: Json;
  table: string;
  key: Item;
  current: Item | undefined;
}

interface Reason {
  Code: string;
  Message?: string;
  Item?: Item;
}

const MOST_ITEMS = 100;
const TOKEN_MS = 600_000;
const OPERATION = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem' };
const CONDITION = ['ConditionExpression', 'ReturnValuesOnConditionCheckFailure'];

/** Transactions over a database that has none: run alone, with what was there before on disk until all is written. */
export class Transactions {
  readonly #calls: SingleCalls;
  readonly #undo: UndoFile;
  readonly #tokens = new Map<string, { request: string; untilMs: number }>();
  /** What stands to be written back: of the transaction that runs, or of one that failed and could not be taken back. */
  #images: Image[] | undefined;

  constructor(calls: SingleCalls, undo: UndoFile) {
    this.#calls = calls;
    this.#undo = undo;
  }

  /** Takes back what a dying process had written of a transaction. */
  async recover(): Promise<void> {
    this.#images = await this.#undo.read();
    await this.heal();
  }

  /** Whether the half of a failed transaction is there to be seen; `heal` must come before any call then. */
  get isHalfDone(): boolean {
    return this.#images !== undefined;
  }

  /** Takes back the half of a transaction that failed, if there is one; nothing else may run meanwhile. */
  async heal(): Promise<void> {
    const images = this.#images;
    if (!images) return;
    try {
      // Whether the file is still there is not known: it must be, before the first item changes.
      await this.#undo.write(images);
      for (const { table, key, item } of images) {
        if (item) await this.#calls.call('PutItem', { TableName: table, Item: item });
        else await this.#calls.call('DeleteItem', { TableName: table, Key: key });
      }
      await this.#undo.remove();
    } catch (cause) {
      const message = `a transaction failed and is not taken back yet: ${(cause as Error).message}`;
      throw Object.assign(new DynamoDbError('InternalServerError', message, { statusCode: 500 }), { cause });
    }
    this.#images = undefined;
  }

  async read(input: Json): Promise<Json> {
    const gets = itemsOf(input).map((item) => {
      const { Get } = item;
      if (Get === undefined || Object.keys(item).length > 1) throw invalid('each TransactItem needs one Get');
      return Get;
    });
    const answers = await Promise.all(
      gets.map((get) => this.#calls.call('GetItem', { ...get, ConsistentRead: true })),
    );
    return { Responses: answers.map(({ Item: item }) => (item === undefined ? {} : { Item: item })) };
  }

  async write(input: Json): Promise<Json> {
    const { ClientRequestToken: token, ...request } = input;
    if (typeof token === 'string' && this.#isRepeated(token, JSON.stringify(request))) return {};
    const writes = await Promise.all(itemsOf(input).map((item) => this.#readWrite(item)));
    const places = writes.map(({ table, key }) => JSON.stringify([table, key]));
    if (new Set(places).size < places.length)
      throw invalid('Transaction request cannot include multiple operations on one item');
    const reasons = writes.map((write) => this.#judge(write));
    if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
    await this.#apply(
      writes.filter(({ kind }) => kind !== 'ConditionCheck'),
      writes,
    );
    if (typeof token === 'string')
      this.#tokens.set(token, { request: JSON.stringify(request), untilMs: Date.now() + TOKEN_MS });
    return {};
  }

  #isRepeated(token: string, request: string): boolean {
    for (const [known, { untilMs }] of this.#tokens) if (untilMs < Date.now()) this.#tokens.delete(known);
    const earlier = this.#tokens.get(token);
    if (earlier && earlier.request !== request)
      throw new DynamoDbError(
        'IdempotentParameterMismatchException',
        'The ClientRequestToken was used with other items within the last 10 minutes',
      );
    return earlier !== undefined;
  }

  async #readWrite(item: Record<string, Json>): Promise<Write> {
    const [[kind, request] = [], ...others] = Object.entries(item);
    if (!isKind(kind) || !request || others.length > 0)
      throw invalid('each TransactItem needs exactly one of ConditionCheck, Put, Delete and Update');
    const table = String(request.TableName);
    const { Table } = await this.#calls.call('DescribeTable', { TableName: table });
    const names = (Table as { KeySchema: { AttributeName: string }[] }).KeySchema.map(
      (part) => part.AttributeName,
    );
    const source = ((kind === 'Put' ? request.Item : request.Key) ?? {}) as Item;
    const missing = names.find((name) => source[name] === undefined);
    if (missing !== undefined) throw invalid(`Missing the key ${missing} in the item`);
    const key = Object.fromEntries(names.map((name) => [name, source[name]]));
    const { Item: current } = await this.#calls.call('GetItem', {
      TableName: table,
      Key: key,
      ConsistentRead: true,
    });
    return { kind, request, table, key, current: current as Item | undefined };
  }

  #judge({ kind, request, table, key, current }: Write): Reason {
    if (request.ConditionExpression === undefined) {
      if (kind === 'ConditionCheck') throw invalid('a ConditionCheck needs a ConditionExpression');
      return { Code: 'None' };
    }
    const values = kind === 'Update' ? withoutUpdateNames(request) : request;
    const refusal = this.#calls.judge({ ...values, TableName: table, Key: key }, current);
    if (!refusal) return { Code: 'None' };
    if (refusal.name !== 'ConditionalCheckFailedException') throw refusal;
    const isWanted = request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && current !== undefined;
    return {
      Code: 'ConditionalCheckFailed',
      Message: 'The conditional request failed',
      ...(isWanted && { Item: current }),
    };
  }

  async #apply(writes: Write[], all: Write[]): Promise<void> {
    this.#images = writes.map(({ table, key, current }) => ({
      table,
      key,
      ...(current && { item: current }),
    }));
    let latest: Write | undefined;
    try {
      await this.#undo.write(this.#images);
      for (const write of writes) {
        latest = write;
        await this.#calls.call(OPERATION[write.kind as keyof typeof OPERATION], unconditional(write.request));
      }
      latest = undefined;
      await this.#undo.remove();
      this.#images = undefined;
    } catch (error) {
      await this.heal();
      if (!latest || (error as Error).name !== 'ValidationException') throw error;
      const reason = { Code: 'ValidationError', Message: (error as Error).message };
      throw cancelled(all.map((other) => (other === latest ? reason : { Code: 'None' })));
    }
  }
}

const isKind = (kind: string | undefined): kind is Write['kind'] =>
  kind === 'Put' || kind === 'Update' || kind === 'Delete' || kind === 'ConditionCheck';

function itemsOf({ TransactItems: items }: Json): Record<string, Json>[] {
  if (Array.isArray(items) && items.length > 0 && items.length <= MOST_ITEMS)
    return items as Record<string, Json>[];
  const count = Array.isArray(items) ? items.length : 0;
  throw invalid(`TransactItems has ${count} entries; expected 1 to ${MOST_ITEMS}`);
}

/** The condition was judged already, and names that it alone used would be refused as unused. */
function unconditional(request: Json): Json {
  const rest = Object.fromEntries(Object.entries(request).filter(([name]) => !CONDITION.includes(name)));
  return keepUsed(rest, textOf(rest.UpdateExpression));
}

function withoutUpdateNames(request: Json): Json {
  const rest = Object.fromEntries(Object.entries(request).filter(([name]) => name !== 'UpdateExpression'));
  return keepUsed(rest, textOf(rest.ConditionExpression));
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function keepUsed(request: Json, expression: string): Json {
  const kept = { ...request };
  for (const name of ['ExpressionAttributeNames', 'ExpressionAttributeValues']) {
    const used = Object.entries((request[name] ?? {}) as Json).filter(([placeholder]) =>
      new RegExp(`${placeholder.replace(/[^#:\w]/g, '')}(?!\\w)`).test(expression),
    );
    if (used.length > 0) kept[name] = Object.fromEntries(used);
    else Reflect.deleteProperty(kept, name);
  }
  return kept;
}

function invalid(problem: string): DynamoDbError {
  return new DynamoDbError('ValidationException', problem);
}

function cancelled(reasons: Reason[]): DynamoDbError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new DynamoDbError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { details: { CancellationReasons: reasons } },
  );
}
