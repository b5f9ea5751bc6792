import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../local/dynamodb/index.ts';
import { isLocalRuntime, openTable } from './table-server.ts';
import type { TableServer } from './table-server.ts';

let server: TableServer;
let client: DynamoDBClient;
let TableName: string;
beforeAll(async () => {
  server = await openTable();
  ({ client, TableName } = server);
});
afterAll(() => server.stop());

const clientAs = (role: 'Outsider' | 'root'): DynamoDBClient => {
  if (!server.notes) throw new Error('only the local runtime has roles');
  return new DynamoDBClient(server.notes.clientConfig(role));
};

const key = (sk: string) => ({ pk: { S: 'tx' }, sk: { S: sk } });
const read = async (sk: string) =>
  (await client.send(new GetItemCommand({ TableName, Key: key(sk), ConsistentRead: true }))).Item;
const write = (TransactItems: TransactWriteItem[], ClientRequestToken?: string) =>
  client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken }));
const put = (sk: string, coins: number): TransactWriteItem => ({
  Put: { TableName, Item: { ...key(sk), coins: { N: String(coins) } } },
});
const add = (sk: string, coins: number): TransactWriteItem => ({
  Update: {
    TableName,
    Key: key(sk),
    UpdateExpression: 'SET #c = #c + :n',
    ConditionExpression: '#c >= :least',
    ExpressionAttributeNames: { '#c': 'coins' },
    ExpressionAttributeValues: { ':n': { N: String(coins) }, ':least': { N: String(-coins) } },
  },
});
const check = (sk: string, ConditionExpression: string): TransactWriteItem => ({
  ConditionCheck: {
    TableName,
    Key: key(sk),
    ConditionExpression,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

describe('a transaction', () => {
  it('writes all of its items', async () => {
    await write([put('a', 10), put('b', 0)]);
    await write([add('a', -4), add('b', 4), check('c', 'attribute_not_exists(pk)')]);

    expect([await read('a'), await read('b')]).toMatchObject([{ coins: { N: '6' } }, { coins: { N: '4' } }]);
    await write([{ Delete: { TableName, Key: key('a') } }, { Delete: { TableName, Key: key('b') } }]);
    expect([await read('a'), await read('b')]).toEqual([undefined, undefined]);
  });

  it('writes nothing when one condition fails, and says which', async () => {
    await write([put('poor', 1), put('rich', 9), put('third', 7)]);

    const refused = write([add('rich', 5), add('poor', -5), check('third', 'attribute_not_exists(pk)')]);

    await expect(refused).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message: expect.stringContaining('[None, ConditionalCheckFailed, ConditionalCheckFailed]') as string,
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
        { Code: 'ConditionalCheckFailed', Item: { coins: { N: '7' } } },
      ],
    });
    expect([await read('poor'), await read('rich')]).toMatchObject([
      { coins: { N: '1' } },
      { coins: { N: '9' } },
    ]);
  });

  it('takes back what it wrote when a later item cannot be written', async () => {
    await client.send(new PutItemCommand({ TableName, Item: { ...key('text'), coins: { S: 'many' } } }));
    const broken: TransactWriteItem = {
      Update: {
        TableName,
        Key: key('text'),
        UpdateExpression: 'SET coins = coins + :n',
        ExpressionAttributeValues: { ':n': { N: '1' } },
      },
    };

    // DynamoDB Local refuses it as a plain ValidationException; the service documents a reason for each item.
    await expect(write([put('first', 1), broken])).rejects.toMatchObject(
      isLocalRuntime
        ? {
            name: 'TransactionCanceledException',
            CancellationReasons: [{ Code: 'None' }, { Code: 'ValidationError' }],
          }
        : { name: 'ValidationException' },
    );
    expect(await read('first')).toBeUndefined();
  });

  it('is refused when it is empty, too long, or has one item twice', async () => {
    const many = Array.from({ length: 101 }, (_, index) => put(`m${index}`, 1));

    for (const items of [[], many, [put('twice', 1), check('twice', 'attribute_exists(pk)')]])
      await expect(write(items)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  // DynamoDB Local does it again.
  it.runIf(isLocalRuntime)('with a token happens once', async () => {
    await write([put('token', 0)]);
    const more = (coins: number) => write([add('token', coins)], 'the-same-token');

    await more(1);
    await more(1);

    expect(await read('token')).toMatchObject({ coins: { N: '1' } });
    await expect(more(2)).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
  });

  it('is never seen half done, however many run', async () => {
    await write([put('left', 50), put('right', 50)]);
    const moves = Array.from({ length: 40 }, (_, index) =>
      write(index % 2 === 0 ? [add('left', -1), add('right', 1)] : [add('right', -1), add('left', 1)]),
    );
    const both = async () => {
      const TransactItems = ['left', 'right'].map((sk) => ({ Get: { TableName, Key: key(sk) } }));
      const { Responses } = await client.send(new TransactGetItemsCommand({ TransactItems }));
      return Responses?.map(({ Item = {} }) => Item);
    };
    const looks = Array.from({ length: 40 }, async (_, index) => {
      const query = new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'tx' } },
        ConsistentRead: true,
      });
      const items = index % 2 === 0 ? (await client.send(query)).Items : await both();
      return (items ?? [])
        .filter(({ sk }) => sk?.S === 'left' || sk?.S === 'right')
        .reduce((sum, { coins }) => sum + Number(coins?.N), 0);
    });
    await Promise.all(moves);

    expect(new Set(await Promise.all(looks))).toEqual(new Set([100]));
  });

  it.runIf(isLocalRuntime)('needs the permission of each item', async () => {
    const outsider = clientAs('Outsider');

    await expect(
      outsider.send(new TransactWriteItemsCommand({ TransactItems: [put('x', 1)] })),
    ).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('dynamodb:PutItem') as string,
    });
  });
});

describe.runIf(isLocalRuntime)('a transaction that the process did not survive', () => {
  it('is taken back at the next start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'undo-'));
    const path = join(folder, 'dynamodb');
    const first = await openDatabase(path);
    const table = { TableName: 'items', KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] };
    const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' }];
    await first.call('CreateTable', { ...table, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' });
    await first.activateTable('items');
    for (const id of ['changed', 'added'])
      await first.call('PutItem', { TableName: 'items', Item: { id: { S: id }, text: { S: 'new' } } });
    await first.close();
    const old = { id: { S: 'changed' }, text: { S: 'old' } };
    const images = [
      { table: 'items', key: { id: { S: 'changed' } }, item: old },
      { table: 'items', key: { id: { S: 'added' } } },
    ];
    await writeFile(`${path}-undo.json`, JSON.stringify(images));

    const second = await openDatabase(path);

    const { Items } = await second.call('Scan', { TableName: 'items' });
    await second.close();
    expect(Items).toEqual([old]);
    expect(existsSync(`${path}-undo.json`)).toBe(false);
    await rm(folder, { recursive: true, force: true });
  });
});
