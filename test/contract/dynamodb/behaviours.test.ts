import {
  BatchGetItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type {
  AttributeValue,
  DynamoDBClient,
  QueryCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTable } from './table-server.ts';
import type { TableServer } from './table-server.ts';

type Item = Record<string, AttributeValue>;

let server: TableServer;
let client: DynamoDBClient;
let TableName: string;
let pk: string;
let count = 0;

beforeAll(async () => {
  server = await openTable();
  ({ client, TableName } = server);
});
afterAll(() => server.stop());
beforeEach(() => {
  pk = `p${(count += 1)}`;
});

const key = (sk: string): Item => ({ pk: { S: pk }, sk: { S: sk } });
const put = (sk: string, item: Item = {}, more: object = {}) =>
  client.send(new PutItemCommand({ TableName, Item: { ...key(sk), ...item }, ...more }));
const get = async (sk: string, more: object = {}): Promise<Item | undefined> =>
  (await client.send(new GetItemCommand({ TableName, Key: key(sk), ConsistentRead: true, ...more }))).Item;
const update = (sk: string, more: Partial<UpdateItemCommandInput>) =>
  client.send(new UpdateItemCommand({ TableName, Key: key(sk), ...more }));
const query = (more: Partial<QueryCommandInput>) =>
  client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :p',
      ...more,
      ExpressionAttributeValues: { ':p': { S: pk }, ...more.ExpressionAttributeValues },
    }),
  );
const own = (item: Item = {}): Item =>
  Object.fromEntries(Object.entries(item).filter(([name]) => name !== 'pk' && name !== 'sk'));

const ITEM: Item = {
  n: { N: '5' },
  s: { S: 'text' },
  lst: { L: [{ N: '1' }, { S: 'b' }] },
  tree: { M: { a: { N: '1' }, b: { M: { c: { S: 'deep' } } } } },
  tags: { SS: ['x', 'y'] },
  isSet: { BOOL: true },
  nil: { NULL: true },
};

describe('an update expression', () => {
  const n = (value: string): AttributeValue => ({ N: value });

  it.each<[string, Record<string, AttributeValue>, Item]>([
    ['SET n = n + :v', { ':v': n('2.5') }, { n: n('7.5') }],
    ['SET n = n - :v', { ':v': n('10') }, { n: n('-5') }],
    ['SET extra = if_not_exists(extra, :v)', { ':v': n('1') }, { extra: n('1') }],
    ['SET n = if_not_exists(n, :v)', { ':v': n('1') }, {}],
    [
      'SET lst = list_append(lst, :v)',
      { ':v': { L: [{ BOOL: false }] } },
      { lst: { L: [{ N: '1' }, { S: 'b' }, { BOOL: false }] } },
    ],
    ['SET lst[0] = :v', { ':v': { S: 'a' } }, { lst: { L: [{ S: 'a' }, { S: 'b' }] } }],
    ['SET lst[9] = :v', { ':v': { S: 'z' } }, { lst: { L: [{ N: '1' }, { S: 'b' }, { S: 'z' }] } }],
    [
      'SET tree.b.c = :v, n = :v',
      { ':v': n('3') },
      { n: n('3'), tree: { M: { a: n('1'), b: { M: { c: n('3') } } } } },
    ],
    [
      'REMOVE tree.a, lst[0]',
      {},
      { tree: { M: { b: { M: { c: { S: 'deep' } } } } }, lst: { L: [{ S: 'b' }] } },
    ],
    ['ADD n :v', { ':v': n('-6') }, { n: n('-1') }],
    ['DELETE set_x :v', { ':v': { SS: ['x'] } }, {}],
    ['SET n = s, s = n', {}, { n: { S: 'text' }, s: n('5') }],
  ])('%s with %j gives %j', async (UpdateExpression, values, changed) => {
    await put('u', ITEM);

    const answer = await update('u', {
      UpdateExpression,
      ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
      ReturnValues: 'ALL_NEW',
    });

    expect(own(answer.Attributes)).toEqual({ ...ITEM, ...changed });
    expect(own(await get('u'))).toEqual({ ...ITEM, ...changed });
  });

  it.each<[string, Record<string, AttributeValue>]>([
    ['SET n = n + :v', { ':v': { S: 'x' } }],
    ['SET absent = absent + :v', { ':v': n('1') }],
    ['SET nope.deeper = :v', { ':v': n('1') }],
    ['SET pk = :v', { ':v': { S: 'x' } }],
    ['SET n = :v, n = :v', { ':v': n('1') }],
    ['SET tree = :v, tree.a = :v', { ':v': n('1') }],
    ['ADD s :v', { ':v': n('1') }],
    ['DELETE n :v', { ':v': { SS: ['x'] } }],
    ['SET n = :unknown', { ':v': n('1') }],
    ['SET n :v', { ':v': n('1') }],
    ['SET n = :v', { ':v': { N: 'abc' } }],
    ['SET n = :v', { ':v': { N: '1'.repeat(39) } }],
    ['SET n = :v', { ':v': { SS: ['x', 'x'] } }],
  ])('%s with %j is refused and changes nothing', async (UpdateExpression, ExpressionAttributeValues) => {
    await put('u', ITEM);

    await expect(update('u', { UpdateExpression, ExpressionAttributeValues })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    expect(own(await get('u'))).toEqual(ITEM);
  });

  it.each([
    ['NONE', undefined],
    ['ALL_OLD', { n: n('5'), s: { S: 'text' } }],
    ['UPDATED_OLD', { n: n('5') }],
    ['ALL_NEW', { n: n('6'), s: { S: 'text' } }],
    ['UPDATED_NEW', { n: n('6') }],
  ] as const)('answers %s', async (ReturnValues, expected) => {
    await put('u', { n: n('5'), s: { S: 'text' } });

    const { Attributes } = await update('u', {
      UpdateExpression: 'SET n = n + :v',
      ExpressionAttributeValues: { ':v': n('1') },
      ReturnValues,
    });

    expect(Attributes && own(Attributes)).toEqual(expected);
  });

  it('of an item that is not there makes it, and without an expression makes its key', async () => {
    await update('new', { UpdateExpression: 'ADD n :v', ExpressionAttributeValues: { ':v': n('2') } });
    await update('bare', {});

    expect([await get('new'), await get('bare')]).toEqual([{ ...key('new'), n: n('2') }, key('bare')]);
  });
});

describe('a condition', () => {
  it.each<[string, boolean]>([
    ['attribute_exists(n) AND NOT attribute_exists(x)', true],
    ['attribute_not_exists(tree.b.c)', false],
    ['attribute_type(lst, :list)', true],
    ['begins_with(s, :te)', true],
    ['contains(s, :ex) AND contains(#tags, :x) AND contains(lst, :b)', true],
    ['size(s) = :four AND size(lst) = :two AND size(tree) = :two', true],
    ['n BETWEEN :two AND :four', false],
    ['n IN (:two, :five)', true],
    ['n = :text', false],
    ['n <> :text', true],
    ['n < :text', false],
    ['absent <> :two', true],
    ['absent = :two', false],
    ['n > :two OR absent = :two AND isSet = :two', true],
    ['(n > :two OR absent = :two) AND isSet = :two', false],
    ['lst[1] = :b AND tree.a < n', true],
  ])('%s is %s', async (ConditionExpression, holds) => {
    await put('c', ITEM);
    const all: Item = {
      ':list': { S: 'L' },
      ':te': { S: 'te' },
      ':ex': { S: 'ex' },
      ':x': { S: 'x' },
      ':b': { S: 'b' },
      ':two': { N: '2' },
      ':four': { N: '4' },
      ':five': { N: '5' },
      ':text': { S: 'text' },
    };
    const used = Object.entries(all).filter(([name]) => new RegExp(`${name}\\b`).test(ConditionExpression));

    const writing = put(
      'c',
      { done: { BOOL: true } },
      {
        ConditionExpression,
        ...(used.length > 0 && { ExpressionAttributeValues: Object.fromEntries(used) }),
        ...(ConditionExpression.includes('#tags') && { ExpressionAttributeNames: { '#tags': 'tags' } }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    );

    if (holds) await writing;
    else
      await expect(writing).rejects.toMatchObject({
        name: 'ConditionalCheckFailedException',
        Item: { n: { N: '5' } },
      });
    expect((await get('c'))?.done).toEqual(holds ? { BOOL: true } : undefined);
  });

  it('that names what it does not use is refused', async () => {
    await expect(
      put(
        'c',
        {},
        {
          ConditionExpression: 'attribute_not_exists(pk)',
          ExpressionAttributeValues: { ':unused': { S: 'x' } },
        },
      ),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('a query', () => {
  it.each<[string, Record<string, AttributeValue>, string[]]>([
    ['sk = :a', { ':a': { S: 'b#1' } }, ['b#1']],
    ['sk < :a', { ':a': { S: 'b#1' } }, ['a']],
    ['sk BETWEEN :a AND :b', { ':a': { S: 'b' }, ':b': { S: 'b#2' } }, ['b#1', 'b#10', 'b#2']],
    ['begins_with(sk, :a)', { ':a': { S: 'b#' } }, ['b#1', 'b#10', 'b#2']],
    ['sk >= :a', { ':a': { S: 'b#2' } }, ['b#2', 'c', 'é', '😀']],
  ])('by %s finds the keys in the order of their bytes', async (condition, values, expected) => {
    for (const sk of ['c', 'b#10', '😀', 'a', 'b#2', 'é', 'b#1']) await put(sk);

    const ascending = await query({
      KeyConditionExpression: `pk = :p AND ${condition}`,
      ExpressionAttributeValues: values,
    });
    const descending = await query({
      KeyConditionExpression: `pk = :p AND ${condition}`,
      ExpressionAttributeValues: values,
      ScanIndexForward: false,
    });

    expect(ascending.Items?.map(({ sk }) => sk?.S)).toEqual(expected);
    expect(descending.Items?.map(({ sk }) => sk?.S)).toEqual([...expected].reverse());
  });

  it('counts what it read and what it kept, and goes on behind what a filter left out', async () => {
    for (let index = 0; index < 5; index++) await put(`${index}`, { n: { N: String(index) } });

    const page = await query({
      FilterExpression: 'n > :v',
      ExpressionAttributeValues: { ':v': { N: '2' } },
      Limit: 2,
    });
    const counted = await query({ Select: 'COUNT' });

    expect(page).toMatchObject({ Count: 0, ScannedCount: 2, LastEvaluatedKey: key('1') });
    expect(counted).toMatchObject({ Count: 5, ScannedCount: 5 });
    expect(counted.Items).toBeUndefined();
  });

  it('of a megabyte ends there and says where', async () => {
    for (let index = 0; index < 4; index++) await put(`${index}`, { text: { S: 'x'.repeat(350_000) } });

    const { Items, LastEvaluatedKey } = await query({});

    expect(Items?.length).toBe(3);
    expect(LastEvaluatedKey).toEqual(key('2'));
  });

  it('answers what it is asked for', async () => {
    await put('q', ITEM);

    const { Items } = await query({
      ProjectionExpression: 'tree.b.c, lst[1], #s',
      ExpressionAttributeNames: { '#s': 's' },
    });

    expect(Items).toEqual([
      { tree: { M: { b: { M: { c: { S: 'deep' } } } } }, lst: { L: [{ S: 'b' }] }, s: ITEM.s },
    ]);
  });

  it.each<[string, Partial<QueryCommandInput>]>([
    ['without its partition key', { KeyConditionExpression: 'sk = :p' }],
    ['by a range of partition keys', { KeyConditionExpression: 'pk > :p' }],
    ['with a filter on its key', { FilterExpression: 'sk = :p' }],
    ['with no limit at all', { Limit: 0 }],
    ['by a key of another type', { ExpressionAttributeValues: { ':p': { N: '1' } } }],
    ['that starts in another partition', { ExclusiveStartKey: { pk: { S: 'elsewhere' }, sk: { S: 'a' } } }],
  ])('%s is refused', async (_, more) => {
    await expect(query(more)).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('an item', () => {
  it.each<[string, Item]>([
    ['is larger than 400 KB', { text: { S: 'x'.repeat(410_000) } }],
    ['has an empty set', { set: { SS: [] } }],
    ['has a number with too many digits', { n: { N: '1'.repeat(39) } }],
    ['has a number out of range', { n: { N: '1e126' } }],
    ['has an empty key', { sk: { S: '' } }],
    ['has a key of another type', { sk: { N: '1' } }],
    ['has a long sort key', { sk: { S: 'x'.repeat(1025) } }],
  ])('that %s is refused', async (_, item) => {
    await expect(put('i', item)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('keeps 38 digits and empty texts', async () => {
    const precise = '1234567890.1234567890123456789012345678';
    await put('i', { n: { N: precise }, zero: { N: '-0' }, exponent: { N: '1E+3' }, text: { S: '' } });

    expect(own(await get('i'))).toEqual({
      n: { N: precise },
      zero: { N: '0' },
      exponent: { N: '1000' },
      text: { S: '' },
    });
  });

  it('goes once, and answers what it was', async () => {
    await put('i', { n: { N: '1' } });
    const remove = () =>
      client.send(new DeleteItemCommand({ TableName, Key: key('i'), ReturnValues: 'ALL_OLD' }));

    expect((await remove()).Attributes).toEqual({ ...key('i'), n: { N: '1' } });
    expect((await remove()).Attributes).toBeUndefined();
  });
});

describe('a table', () => {
  it('answers a batch without what is not there, and refuses one twice or too much', async () => {
    await put('b', { n: { N: '1' } });
    const read = (Keys: Item[]) =>
      client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }));

    const { Responses, UnprocessedKeys } = await read([key('b'), key('absent')]);

    expect(Responses).toEqual({ [TableName]: [{ ...key('b'), n: { N: '1' } }] });
    expect(UnprocessedKeys).toEqual({});
    await expect(read([key('b'), key('b')])).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(read(Array.from({ length: 101 }, (_, index) => key(`${index}`)))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  it('is scanned in segments that share nothing and leave nothing out', async () => {
    for (let index = 0; index < 12; index++) await put(`${index}`);
    const segment = async (Segment: number): Promise<string[]> => {
      const { Items } = await client.send(
        new ScanCommand({
          TableName,
          Segment,
          TotalSegments: 3,
          FilterExpression: 'pk = :p',
          ExpressionAttributeValues: { ':p': { S: pk } },
        }),
      );
      return (Items ?? []).map(({ sk }) => sk?.S ?? '');
    };

    const found = (await Promise.all([segment(0), segment(1), segment(2)])).flat();

    expect(found.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index));
  });
});
