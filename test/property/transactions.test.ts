import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DynamoDbError } from '../../local/dynamodb/failure.ts';
import { Transactions } from '../../local/dynamodb/transactions.ts';
import type { SingleCalls } from '../../local/dynamodb/transactions.ts';
import type { Image, UndoFile } from '../../local/dynamodb/undo-file.ts';

type Item = Record<string, unknown>;

/** FAILS: the step does nothing and says so. LIES: it does its work and says that it failed. DIES: the process ends before or after it. */
const FAULTS = ['FAILS', 'LIES', 'DIES_BEFORE', 'DIES_AFTER'] as const;
type Fault = (typeof FAULTS)[number];

/** What outlives a process: the items and the undo file. Each step that changes either may have a fault. */
class Disk {
  items = new Map<string, Item>();
  undo: string | undefined;
  steps = 0;
  isDead = false;
  readonly #faults: ReadonlyMap<number, Fault>;

  constructor(items: Item[], faults: ReadonlyMap<number, Fault>) {
    for (const item of items) this.items.set(keyOf(item), item);
    this.#faults = faults;
  }

  change(apply: () => void): Promise<void> {
    if (this.isDead) return new Promise(() => undefined);
    const fault = this.#faults.get(this.steps++);
    if (fault !== 'FAILS' && fault !== 'DIES_BEFORE') apply();
    if (fault === undefined) return Promise.resolve();
    if (fault === 'FAILS' || fault === 'LIES') return Promise.reject(new Error('the disk failed'));
    this.isDead = true;
    return new Promise(() => undefined);
  }
}

const keyOf = ({ id }: Item): string => JSON.stringify(id);

function start(disk: Disk): Transactions {
  disk.isDead = false;
  const undo: UndoFile = {
    read: () => Promise.resolve(disk.undo === undefined ? undefined : (JSON.parse(disk.undo) as Image[])),
    write: (images) => disk.change(() => (disk.undo = JSON.stringify(images))),
    remove: () => disk.change(() => (disk.undo = undefined)),
  };
  const calls: SingleCalls = {
    judge: () => undefined,
    async call(operation, input) {
      const item = (input.Item ?? input.Key) as Item;
      if (operation === 'DescribeTable')
        return { Table: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] } };
      if (operation === 'GetItem') return { Item: disk.items.get(keyOf(item)) };
      if (item.isWrong === true) throw new DynamoDbError('ValidationException', 'wrong');
      await disk.change(() => {
        if (operation === 'PutItem') disk.items.set(keyOf(item), item);
        else disk.items.delete(keyOf(item));
      });
      return {};
    },
  };
  return new Transactions(calls, undo);
}

const write = (id: string, change: 'PUT' | 'DELETE' | 'WRONG'): Record<string, unknown> =>
  change === 'DELETE'
    ? { Delete: { TableName: 't', Key: { id: { S: id } } } }
    : {
        Put: {
          TableName: 't',
          Item: { id: { S: id }, value: { S: 'new' }, ...(change === 'WRONG' && { isWrong: true }) },
        },
      };

const contentOf = ({ items }: Disk): Item[] =>
  [...items.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

type Answer = 'DONE' | 'FAILED' | 'UNKNOWN' | 'DIED';

/** Lets a process run until it answers, or does nothing more because it died. An internal error leaves open what became of it. */
async function settle<T>(disk: Disk, work: Promise<T>): Promise<Answer> {
  const seen: { answer?: Answer } = {};
  void work.then(
    () => (seen.answer = 'DONE'),
    (error: unknown) =>
      (seen.answer = (error as Error).name === 'InternalServerError' ? 'UNKNOWN' : 'FAILED'),
  );
  for (let turn = 0; turn < 1000 && seen.answer === undefined && !disk.isDead; turn++)
    await new Promise(setImmediate);
  return seen.answer ?? 'DIED';
}

const IDS = ['a', 'b', 'c', 'd'];
const changes = fc.uniqueArray(
  fc.record({ id: fc.constantFrom(...IDS), change: fc.constantFrom('PUT', 'DELETE', 'WRONG') }),
  { selector: ({ id }) => id, minLength: 1, maxLength: IDS.length },
) as fc.Arbitrary<{ id: string; change: 'PUT' | 'DELETE' | 'WRONG' }[]>;

describe('a transaction on a disk that fails, lies, or goes with the process', () => {
  it('is there as a whole or not at all, as it was answered', async () => {
    const faults = fc.dictionary(fc.integer({ min: 0, max: 14 }).map(String), fc.constantFrom(...FAULTS), {
      maxKeys: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.subarray(IDS), changes, faults, async (there, wanted, broken) => {
        const before = there.map((id) => ({ id: { S: id }, value: { S: 'old' } }));
        const disk = new Disk(
          before,
          new Map(Object.entries(broken).map(([at, fault]) => [Number(at), fault])),
        );
        const after = new Disk(before, new Map());
        const isWrong = wanted.some(({ change }) => change === 'WRONG');
        const request = { TransactItems: wanted.map(({ id, change }) => write(id, change)) };
        if (!isWrong) await start(after).write(request);

        const transactions = start(disk);
        const answer = await settle(disk, transactions.write(request));
        const isSeenWhole = !disk.isDead && !transactions.isHalfDone;
        const seen = contentOf(disk);
        for (let starts = 0; starts < 20; starts++)
          if ((await settle(disk, start(disk).recover())) === 'DONE' && !disk.isDead) break;

        expect([contentOf(new Disk(before, new Map())), contentOf(after)]).toContainEqual(contentOf(disk));
        expect(disk.undo).toBeUndefined();
        if (answer === 'DONE') expect(contentOf(disk)).toEqual(contentOf(after));
        if (answer === 'FAILED') expect(contentOf(disk)).toEqual(contentOf(new Disk(before, new Map())));
        if (isSeenWhole) expect(seen).toEqual(contentOf(disk));
      }),
      { numRuns: 1500 },
    );
  });

  it('that could not be taken back is taken back before anything else runs', async () => {
    const disk = new Disk(
      [{ id: { S: 'a' }, value: { S: 'old' } }],
      new Map([
        [2, 'FAILS'],
        [3, 'FAILS'],
      ]),
    );
    const transactions = start(disk);

    await expect(
      transactions.write({ TransactItems: [write('a', 'PUT'), write('b', 'PUT')] }),
    ).rejects.toMatchObject({ name: 'InternalServerError', statusCode: 500 });
    expect(transactions.isHalfDone).toBe(true);
    await transactions.heal();

    expect(transactions.isHalfDone).toBe(false);
    expect(contentOf(disk)).toEqual([{ id: { S: 'a' }, value: { S: 'old' } }]);
  });
});
