import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Resource } from '../../../../local/assembly/index.ts';
import {
  createTables,
  openDatabase,
  readExpiringTables,
  startExpiry,
} from '../../../../local/dynamodb/index.ts';
import type { Database, Expiry } from '../../../../local/dynamodb/index.ts';

type Item = Record<string, unknown>;

const NOW_MS = Date.UTC(2026, 5, 1);
const NOW = NOW_MS / 1000;
const YEAR = 365 * 86_400;

const table = (name: string, timeToLive?: object): Resource => ({
  logicalId: name,
  physicalId: name,
  typeName: 'AWS::DynamoDB::Table',
  stackName: 'Stack',
  arn: `arn:${name}`,
  properties: {
    AttributeDefinitions: ['pk', 'owner'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byOwner',
        KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    ...(timeToLive && { TimeToLiveSpecification: timeToLive }),
  },
});
const TABLES = [
  table('expiring', { AttributeName: 'end', Enabled: true }),
  table('switched-off', { AttributeName: 'end', Enabled: false }),
  table('lasting'),
];

let folder: string;
let database: Database;
let expiry: Expiry;

async function open(): Promise<void> {
  database = await openDatabase(join(folder, 'dynamodb'));
  await createTables(database, TABLES);
  expiry = startExpiry(database, readExpiringTables(TABLES), (line) => {
    throw new Error(line);
  });
}

async function close(): Promise<void> {
  await expiry.stop();
  await database.close();
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'time-to-live-'));
  await open();
});
afterEach(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

const put = (pk: string, end: object | undefined, name = 'expiring') =>
  database.call('PutItem', {
    TableName: name,
    Item: { pk: { S: pk }, owner: { S: 'ada' }, ...(end && { end }) },
  });
const seconds = (value: number): object => ({ N: String(value) });

async function keysIn(name = 'expiring'): Promise<string[]> {
  const { Items } = await database.call('Scan', { TableName: name });
  return (Items as { pk: { S: string } }[]).map(({ pk }) => pk.S).sort();
}

async function ownedByAda(): Promise<number> {
  const { Count } = await database.call('Query', {
    TableName: 'expiring',
    IndexName: 'byOwner',
    KeyConditionExpression: '#o = :o',
    ExpressionAttributeNames: { '#o': 'owner' },
    ExpressionAttributeValues: { ':o': { S: 'ada' } },
  });
  return Count as number;
}

describe('the end of items', () => {
  it('removes what is over from table and index, and nothing else', async () => {
    await put('over', seconds(NOW - 1));
    await put('now', seconds(NOW));
    await put('later', seconds(NOW + 60));
    await put('without', undefined);
    await put('text', { S: String(NOW - 1) });
    await put('ancient', seconds(NOW - 6 * YEAR));
    const before = await keysIn();

    const removed = await expiry.sweep(NOW_MS);

    expect(before).toContain('over');
    expect(removed).toBe(1);
    expect(await keysIn()).toEqual(['ancient', 'later', 'now', 'text', 'without']);
    expect(await ownedByAda()).toBe(5);
  });

  it('leaves tables alone for which the template does not enable it', async () => {
    for (const name of ['switched-off', 'lasting']) await put('over', seconds(NOW - 1), name);

    expect(await expiry.sweep(NOW_MS)).toBe(0);

    expect(await keysIn('switched-off')).toEqual(['over']);
    expect(await keysIn('lasting')).toEqual(['over']);
  });

  it('spares an item whose end is moved between reading and removing', async () => {
    await put('renewed', seconds(NOW - 1));
    const slow: Database = {
      ...database,
      async call(operation: string, input: Item) {
        if (operation === 'DeleteItem') await put('renewed', seconds(NOW + 60));
        return database.call(operation, input);
      },
    };
    const late = startExpiry(slow, readExpiringTables(TABLES), () => undefined);

    const removed = await late.sweep(NOW_MS);
    await late.stop();

    expect(removed).toBe(0);
    expect(await keysIn()).toEqual(['renewed']);
  });

  it('does not bring items back with a transaction that is refused, or with a start', async () => {
    await put('over', seconds(NOW - 1));
    await put('rival', undefined);
    const transaction = database.call('TransactWriteItems', {
      TransactItems: [
        { Update: { TableName: 'expiring', Key: { pk: { S: 'over' } }, UpdateExpression: 'SET n = n' } },
        { Put: { TableName: 'expiring', Item: { pk: { S: 'other' } } } },
      ],
    });

    const [refused, removed] = await Promise.allSettled([transaction, expiry.sweep(NOW_MS)]);
    await close();
    await open();

    expect(refused.status).toBe('rejected');
    expect(removed).toEqual({ status: 'fulfilled', value: 1 });
    expect(await keysIn()).toEqual(['rival']);
  });

  it('reads a bounded part at a time and goes on from there', async () => {
    const scans: Item[] = [];
    const endless: Database = {
      ...database,
      call(operation: string, input: Item) {
        scans.push({ operation, ...input });
        return Promise.resolve({ Items: [], LastEvaluatedKey: { pk: { S: String(scans.length) } } });
      },
    };
    const bounded = startExpiry(endless, readExpiringTables(TABLES), () => undefined);

    await bounded.sweep(NOW_MS);
    const first = scans.length;
    await bounded.sweep(NOW_MS);
    await bounded.stop();

    expect(first).toBe(40);
    expect(scans[first]).toMatchObject({
      operation: 'Scan',
      Limit: 500,
      ExclusiveStartKey: { pk: { S: '40' } },
    });
  });

  it('needs an attribute', () => {
    expect(() => readExpiringTables([table('nameless', { Enabled: true })])).toThrow(
      'nameless.TimeToLiveSpecification.AttributeName is undefined; expected the name of an attribute',
    );
  });
});
