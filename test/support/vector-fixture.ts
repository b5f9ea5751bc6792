import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { DatabaseItem } from '../../functions/shared/database-item.ts';
import type { VectorRecord } from '../../functions/shared/records.ts';
import type { WriteReceipt } from '../../schema/generated/types.ts';
import { putDatabase } from './database-item.ts';
import { callerOf, type FunctionBackend, type Handler, startFunctionBackend } from './function-backend.ts';

/** The handlers of vectors and search over one backend, and a new database of four values for each test. */
export interface VectorFixture {
  backend: FunctionBackend;
  vectors: ReturnType<typeof callerOf>;
  search: ReturnType<typeof callerOf>;
  rawHandler: Handler;
  database: DatabaseItem;
  upsert(list: object[], more?: object): Promise<WriteReceipt>;
  /** Replaces the test's database by one that embeds texts. */
  useEmbedding(): Promise<void>;
  foundIds(): Promise<string[]>;
  /** The records of a file, or of the vectors without one. */
  recordsOf(fileId?: string): Promise<VectorRecord[]>;
  /** One item of the test's database in the Databases table. */
  readItem<Item = DatabaseItem>(sortKey?: string): Promise<Item>;
  readValuesEvent(id: string, databaseIds?: string[] | null): object;
  valuesOf(id: string): Promise<number[] | null>;
}

/** Returns the unit vector of one axis. */
export function axis(place: number): number[] {
  return [0, 1, 2, 3].map((index) => (index === place ? 1 : 0));
}

/** Registers the hooks that keep a fixture for the tests of a file. */
export function useVectorFixture(): VectorFixture {
  const fixture = {} as VectorFixture;

  beforeAll(async () => {
    fixture.backend = await startFunctionBackend();
    fixture.rawHandler = (await import('../../functions/vectors/handler.ts')).handler;
    fixture.vectors = callerOf(fixture.rawHandler);
    fixture.search = callerOf((await import('../../functions/search/handler.ts')).handler);
  });
  afterAll(() => fixture.backend.stop());
  beforeEach(async () => {
    fixture.database = await putDatabase(fixture.backend.tables);
    fixture.backend.queue.sent.length = 0;
  });

  fixture.upsert = (list, more = {}) =>
    fixture.vectors.data('upsertVectors', { databaseId: fixture.database.id, vectors: list, ...more });
  fixture.useEmbedding = async () => {
    const embedding = { provider: 'local', model: 'lexical-384', dimension: 384 };
    fixture.database = await putDatabase(fixture.backend.tables, { dimension: 384, embedding });
  };
  fixture.foundIds = async () => {
    const input = { databaseId: fixture.database.id, values: [1, 1, 1, 1], topK: 100 };
    const { hits } = await fixture.search.data<{ hits: { id: string }[] }>('searchVectors', { input });
    return hits.map(({ id }) => id).sort();
  };
  fixture.recordsOf = async (fileId = '-') => {
    const { Items } = await fixture.backend.tables.client.send(
      new QueryCommand({
        TableName: fixture.backend.tables.records.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `${fixture.database.id}#g1#${fileId}` },
        ConsistentRead: true,
      }),
    );
    return (Items ?? []) as VectorRecord[];
  };
  fixture.readItem = async <Item>(sk = 'DATABASE') => {
    const { client, databases } = fixture.backend.tables;
    const key = { pk: fixture.database.id, sk };
    return (await client.send(new GetCommand({ TableName: databases.table, Key: key }))).Item as Item;
  };
  fixture.readValuesEvent = (id, databaseIds = null) => ({
    operation: 'readValues',
    arguments: { databaseId: fixture.database.id, id },
    caller: { kind: 'USER', id: 'u', databaseIds },
    selection: [],
    requestId: `r-${id}`,
  });
  fixture.valuesOf = async (id) => {
    const [answer] = (await fixture.rawHandler([fixture.readValuesEvent(id)])) as { data: number[] | null }[];
    return answer?.data ?? null;
  };
  return fixture;
}
