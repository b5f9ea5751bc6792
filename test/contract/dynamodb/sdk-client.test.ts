import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });

describe('tables answer the SDK', () => {
  it('lets exactly one of many conditional updates win', async () => {
    await client.send(
      new PutItemCommand({ TableName, Item: { ...key('race', '1'), owner: { S: 'nobody' } } }),
    );
    const claim = (name: string) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: key('race', '1'),
          UpdateExpression: 'SET #o = :me',
          ConditionExpression: '#o = :nobody',
          ExpressionAttributeNames: { '#o': 'owner' },
          ExpressionAttributeValues: { ':me': { S: name }, ':nobody': { S: 'nobody' } },
        }),
      );

    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => claim(`racer ${index}`)),
    );

    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).toHaveLength(19);
    expect(lost[0]?.reason).toMatchObject({ name: 'ConditionalCheckFailedException' });
  });

  it('counts atomically and keeps string sets', async () => {
    const add = new UpdateItemCommand({
      TableName,
      Key: key('counter', '1'),
      UpdateExpression: 'ADD hits :one, writers :w',
      ExpressionAttributeValues: { ':one': { N: '1' }, ':w': { SS: ['a'] } },
    });
    await Promise.all(Array.from({ length: 25 }, () => client.send(add)));
    await client.send(
      new UpdateItemCommand({
        TableName,
        Key: key('counter', '1'),
        UpdateExpression: 'DELETE writers :w',
        ExpressionAttributeValues: { ':w': { SS: ['a'] } },
      }),
    );

    const { Item } = await client.send(
      new GetItemCommand({ TableName, Key: key('counter', '1'), ConsistentRead: true }),
    );

    expect(Item).toEqual({ ...key('counter', '1'), hits: { N: '25' } });
  });

  it('pages through a query in the order of its sort key', async () => {
    const names = Array.from({ length: 60 }, (_, index) => String(index).padStart(3, '0'));
    for (let from = 0; from < names.length; from += 25) {
      const requests = names.slice(from, from + 25).map((sk) => ({ PutRequest: { Item: key('page', sk) } }));
      await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
    }
    const found: string[] = [];
    let ExclusiveStartKey: Record<string, { S: string }> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName,
          Limit: 7,
          ExclusiveStartKey,
          KeyConditionExpression: 'pk = :p AND sk >= :from',
          ExpressionAttributeValues: { ':p': { S: 'page' }, ':from': { S: '010' } },
        }),
      );
      found.push(...(page.Items ?? []).map(({ sk }) => sk?.S ?? ''));
      ExclusiveStartKey = page.LastEvaluatedKey as typeof ExclusiveStartKey;
    } while (ExclusiveStartKey);

    expect(found).toEqual(names.slice(10));
  });

  it('puts and deletes in one batch, and refuses one that names an item twice', async () => {
    const put = (sk: string) => ({ PutRequest: { Item: { ...key('batch', sk), n: { N: '1' } } } });
    const write = (...requests: object[]) =>
      client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }));
    await write(put('1'), put('2'));

    const answer = await write({ DeleteRequest: { Key: key('batch', '1') } }, put('3'));

    expect(answer.UnprocessedItems).toEqual({});
    const { Items } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'batch' } },
      }),
    );
    expect(Items).toEqual(['2', '3'].map((sk) => ({ ...key('batch', sk), n: { N: '1' } })));
    await expect(write(put('4'), { DeleteRequest: { Key: key('batch', '4') } })).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Provided list of item keys contains duplicates',
    });
    // DynamoDB Local words this in another way than the service.
    await expect(write({ PutRequest: { Item: { pk: { S: 'batch' } } } })).rejects.toMatchObject({
      name: 'ValidationException',
      ...(isLocalRuntime && { message: 'The provided key element does not match the schema' }),
    });
  });

  it('keeps what a batch wrote while the same item is updated', async () => {
    const count = new UpdateItemCommand({
      TableName,
      Key: key('mixed', '1'),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    });
    const mark = (name: string) =>
      new BatchWriteItemCommand({
        RequestItems: {
          [TableName]: [{ PutRequest: { Item: { ...key('mixed', '1'), [name]: { S: 'x' } } } }],
        },
      });
    const read = new GetItemCommand({ TableName, Key: key('mixed', '1'), ConsistentRead: true });

    for (let round = 0; round < 10; round++) {
      const before = Array.from({ length: 8 }, () => client.send(count));
      await Promise.all([...before, client.send(mark(`round${round}`)), client.send(count)]);

      const { Item } = await client.send(read);
      expect(Object.keys(Item ?? {})).toContain(`round${round}`);
    }
  });

  it.runIf(isLocalRuntime)('denies a role without permission, for each table of a batch', async () => {
    const outsider = clientAs('Outsider');
    const denied = {
      name: 'AccessDeniedException',
      message: expect.stringContaining('because no identity-based policy allows') as string,
    };

    await expect(outsider.send(new GetItemCommand({ TableName, Key: key('a', 'b') }))).rejects.toMatchObject(
      denied,
    );
    await expect(
      outsider.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [key('a', 'b')] } } })),
    ).rejects.toMatchObject(denied);
    const mixed = { [TableName]: { Keys: [key('a', 'b')] }, 'another-table': { Keys: [key('a', 'b')] } };
    await expect(client.send(new BatchGetItemCommand({ RequestItems: mixed }))).rejects.toMatchObject(denied);
  });

  it.runIf(isLocalRuntime)('says what does not run here', async () => {
    const root = clientAs('root');

    await expect(root.send(new DescribeTimeToLiveCommand({ TableName }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('does not run on one machine') as string,
    });
  });

  it.runIf(isLocalRuntime)('removes items after the end that the template names', async () => {
    const nowMs = Date.now();
    const end = (fromNow: number) => ({ N: String(Math.floor(nowMs / 1000) + fromNow) });
    await client.send(new PutItemCommand({ TableName, Item: { ...key('end', 'over'), end: end(-5) } }));
    await client.send(new PutItemCommand({ TableName, Item: { ...key('end', 'later'), end: end(600) } }));
    const read = new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'end' } },
    });
    const before = await client.send(read);

    await server.notes?.runtime.services.expiry.sweep(nowMs);

    expect(before.Items).toHaveLength(2);
    expect((await client.send(read)).Items).toMatchObject([{ sk: { S: 'later' } }]);
  });

  it.runIf(isLocalRuntime)('refuses an unsigned request', async () => {
    const response = await fetch(server.notes?.runtime.awsUrl ?? '', {
      method: 'POST',
      headers: {
        'x-amz-target': 'DynamoDB_20120810.ListTables',
        'content-type': 'application/x-amz-json-1.0',
      },
      body: '{}',
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });
});
