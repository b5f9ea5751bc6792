import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Database, DatabasePage, SystemStatus } from '../../../schema/generated/types.ts';
import { request, requestErrors } from '../../support/graphql-client.ts';
import { keyToken, startResolverApi, userToken, type ResolverApi } from '../../support/resolver-api.ts';

type StatusData = { getSystemStatus: SystemStatus };

let api: ResolverApi;
const admin = userToken('admin');
const CREATE = `mutation ($input: CreateDatabaseInput!) {
  createDatabase(input: $input) {
    id name description dimension metric engine status version vectorCount fileCount storageBytes createdAt updatedAt
    embedding { provider model dimension } chunking { strategy maxTokens overlapTokens } metadataFields { name }
  }
}`;
const GET = 'query ($id: ID!) { getDatabase(id: $id) { id name description } }';
const LIST = `query ($nameContains: String, $limit: Int, $nextToken: String) {
  listDatabases(nameContains: $nameContains, limit: $limit, nextToken: $nextToken) { items { id name } nextToken }
}`;
const UPDATE =
  'mutation ($input: UpdateDatabaseInput!) { updateDatabase(input: $input) { id name description } }';

async function create(input: Record<string, unknown>, token = admin): Promise<Database> {
  const data = await request<{ createDatabase: Database }>(api, token, CREATE, { input });
  return data.createDatabase;
}

async function createErrors(input: Record<string, unknown>) {
  const [error] = await requestErrors(api, admin, CREATE, { input });
  return error!;
}

async function list(variables: Record<string, unknown>, token = admin): Promise<DatabasePage> {
  const data = await request<{ listDatabases: DatabasePage }>(api, token, LIST, variables);
  return data.listDatabases;
}

beforeAll(async () => {
  api = await startResolverApi();
});
afterAll(async () => {
  await api.close();
});

describe('createDatabase', () => {
  it('creates an empty database with the documented defaults', async () => {
    const database = await create({ name: '  Planets  ' });

    expect(database).toMatchObject({
      name: 'Planets',
      description: null,
      dimension: 384,
      metric: 'COSINE',
      engine: 'SEGMENTS',
      status: 'READY',
      version: '000000000000',
      vectorCount: 0,
      embedding: { provider: 'local', model: 'lexical-384', dimension: 384 },
      chunking: { strategy: 'RECURSIVE', maxTokens: 512, overlapTokens: 64 },
      metadataFields: [],
    });
    expect(Date.parse(database.createdAt)).toBeGreaterThan(Date.now() - 60_000);
    const found = await request<{ getDatabase: Database }>(api, admin, GET, { id: database.id });
    expect(found.getDatabase.name).toBe('Planets');
  });

  it('lets the caller bring vectors when only a dimension is given', async () => {
    const database = await create({ name: 'own', dimension: 4, metric: 'EUCLIDEAN' });

    expect(database).toMatchObject({ dimension: 4, metric: 'EUCLIDEAN', embedding: null });
  });

  it.each([
    [{ provider: 'local', model: 'lexical-1024' }, undefined, 1024],
    [{ provider: 'bedrock' }, undefined, 1024],
    [{ provider: 'bedrock' }, 256, 256],
    [{ provider: 'bedrock', model: 'cohere.embed-v4:0' }, undefined, 1536],
    [{ provider: 'transformers' }, undefined, 384],
    [{ provider: 'openai' }, undefined, 1536],
    [{ provider: 'openai', model: 'text-embedding-3-large' }, undefined, 3072],
    [{ provider: 'openai', model: 'nomic-embed-text' }, 768, 768],
  ])('takes the dimension of %o with %s', async (embedding, dimension, expected) => {
    const database = await create({ name: 'embedded', embedding, dimension });

    expect(database.dimension).toBe(expected);
    expect(database.embedding?.dimension).toBe(expected);
  });

  it.each([
    [{ embedding: { provider: 'local' }, dimension: 5 }, 'DIMENSION_MISMATCH', 'input.dimension'],
    [{ embedding: { provider: 'bedrock' }, dimension: 384 }, 'DIMENSION_MISMATCH', 'input.dimension'],
    [{ embedding: { provider: 'openai', model: 'mystery' } }, 'VALIDATION', 'input.dimension'],
    [{ embedding: { provider: 'bedrock', model: 'mystery' } }, 'VALIDATION', 'input.embedding.model'],
    [{ embedding: { provider: 'nobody' } }, 'VALIDATION', 'input.embedding.provider'],
    [{ embedding: { provider: 'toString' } }, 'VALIDATION', 'input.embedding.provider'],
    [{ embedding: { provider: 'transformers', model: '../etc' } }, 'VALIDATION', 'input.embedding.model'],
    [{ engine: 'S3_VECTORS' }, 'UNAVAILABLE', 'input.engine'],
    [{ dimension: 0 }, 'VALIDATION', 'input.dimension'],
    [{ dimension: 4097 }, 'VALIDATION', 'input.dimension'],
    [{ name: '' }, 'VALIDATION', 'input.name'],
    [{ name: '   ' }, 'VALIDATION', 'input.name'],
    [{ name: 'a\nb' }, 'VALIDATION', 'input.name'],
    [{ name: 'x'.repeat(129) }, 'VALIDATION', 'input.name'],
    [{ chunking: { maxTokens: 15 } }, 'VALIDATION', 'input.chunking.maxTokens'],
    [{ chunking: { maxTokens: 100, overlapTokens: 51 } }, 'VALIDATION', 'input.chunking.overlapTokens'],
    [{ chunking: { overlapTokens: 257 } }, 'VALIDATION', 'input.chunking.overlapTokens'],
    [{ clientRequestToken: 'é' }, 'VALIDATION', 'input.clientRequestToken'],
  ])('refuses %o with %s', async (input, kind, field) => {
    const error = await createErrors({ name: 'refused', ...input });

    expect(error.errorType).toBe(kind);
    expect(error.errorInfo).toMatchObject({ field, retryable: false });
    expect(Object.keys(error.errorInfo!).sort()).toEqual([
      'actual',
      'field',
      'hint',
      'limit',
      'requestId',
      'retryable',
    ]);
    expect(error.errorInfo!.requestId).toBeTruthy();
  });

  it('lowers the default overlap to half of a small chunk', async () => {
    const database = await create({ name: 'small chunks', chunking: { maxTokens: 50 } });

    expect(database.chunking.overlapTokens).toBe(25);
  });

  it('answers the first result again for the same token and input', async () => {
    const input = { name: 'once', dimension: 8, clientRequestToken: 'token-1' };

    const first = await create(input);
    const again = await create({ ...input, name: ' once ' });

    expect(again).toEqual(first);
    expect((await list({ nameContains: 'once' })).items).toHaveLength(1);
  });

  it('answers CONFLICT for the same token with other input', async () => {
    await create({ name: 'taken', clientRequestToken: 'token-2' });

    const error = await createErrors({ name: 'other', clientRequestToken: 'token-2' });

    expect(error.errorType).toBe('CONFLICT');
    expect(error.errorInfo!.field).toBe('input.clientRequestToken');
  });

  it('finishes what an attempt with the same token left undone', async () => {
    const input = { name: 'interrupted', clientRequestToken: 'token-3' };
    api.failures.set('UpdateItem', 'ProvisionedThroughputExceededException');
    const error = await createErrors(input);
    api.failures.clear();

    const again = await create(input);

    expect(error.errorType).toBe('UNAVAILABLE');
    expect(error.errorInfo!.retryable).toBe(true);
    expect((await list({ nameContains: 'interrupted' })).items).toEqual([
      { id: again.id, name: 'interrupted' },
    ]);
  });

  it('answers its database when a repetition with the same token has put it meanwhile', async () => {
    let puts = 0;
    // The first put claims the token, the second is the list entry, the third the database.
    const faster = vi.spyOn(api.failures, 'get').mockImplementation((operation) => {
      if (operation === 'PutItem') puts++;
      return operation === 'PutItem' && puts === 3 ? 'ConditionalCheckFailedException' : undefined;
    });

    const database = await create({ name: 'overtaken', clientRequestToken: 'token-5' });
    faster.mockRestore();

    expect(puts).toBe(3);
    expect(database.name).toBe('overtaken');
  });

  it('does not bring back a database that was deleted since', async () => {
    const input = { name: 'gone', clientRequestToken: 'token-4' };
    const { id } = await create(input);
    await api.put('Databases', { pk: id, sk: 'DATABASE', id, status: 'DELETING' });

    await create(input);

    expect(await request(api, admin, GET, { id })).toEqual({ getDatabase: null });
  });

  it('is refused to viewers, to keys without MANAGE, and to keys that are limited to databases', async () => {
    const viewer = await requestErrors(api, userToken('viewer'), CREATE, { input: { name: 'x' } });
    const key = await requestErrors(api, keyToken('SEARCH READ WRITE'), CREATE, { input: { name: 'x' } });
    const limited = await requestErrors(api, keyToken('MANAGE', 'db-1'), CREATE, { input: { name: 'x' } });

    expect(viewer[0]!.errorType).toBe('Unauthorized');
    expect(key[0]!).toMatchObject({ errorType: 'FORBIDDEN', errorInfo: { retryable: false } });
    expect(key[0]!.message).toContain('MANAGE');
    expect(limited[0]!.errorType).toBe('FORBIDDEN');
  });
});

describe('getDatabase', () => {
  it('answers null for what does not exist, is being deleted, or is not the key`s', async () => {
    const { id } = await create({ name: 'mine' });
    await api.put('Databases', {
      pk: 'dying',
      sk: 'DATABASE',
      id: 'dying',
      name: 'dying',
      status: 'DELETING',
    });

    const missing = await request(api, admin, GET, { id: 'nothing' });
    const dying = await request(api, admin, GET, { id: 'dying' });
    const foreign = await request(api, keyToken('READ', 'another'), GET, { id });
    const own = await request<{ getDatabase: Database }>(api, keyToken('READ', `another ${id}`), GET, { id });

    expect([missing, dying, foreign]).toEqual([
      { getDatabase: null },
      { getDatabase: null },
      { getDatabase: null },
    ]);
    expect(own.getDatabase.id).toBe(id);
  });

  it('names the field of an id that no database can have', async () => {
    const [error] = await requestErrors(api, admin, GET, { id: 'a/b' });

    expect(error!).toMatchObject({ errorType: 'VALIDATION', errorInfo: { field: 'id', actual: 'a/b' } });
  });
});

describe('listDatabases', () => {
  it('walks through all databases page by page, each once and in the order of creation', async () => {
    const created: string[] = [];
    for (let index = 0; index < 7; index++) created.push((await create({ name: `walk ${index}` })).id);
    const seen: string[] = [];
    let nextToken: string | null | undefined;
    let pages = 0;

    do {
      const page: DatabasePage = await list({ nameContains: 'WALK', limit: 3, nextToken });
      seen.push(...page.items.map(({ id }) => id));
      nextToken = page.nextToken;
      pages++;
    } while (nextToken);

    expect(seen).toEqual(created);
    expect(pages).toBe(3);
  });

  it('answers a key only the databases that it is limited to', async () => {
    const ids = [
      (await create({ name: 'l1' })).id,
      (await create({ name: 'l2' })).id,
      (await create({ name: 'l3' })).id,
    ];
    const token = keyToken('READ', [...ids].reverse().join(' '));

    const first = await list({ limit: 2 }, token);
    const second = await list({ limit: 2, nextToken: first.nextToken }, token);

    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
    expect(second.nextToken).toBeNull();
  });

  it.each([
    ['not base64', '%%%%'],
    ['base64 of something else', Buffer.from('{"a":1}').toString('base64')],
    ['a token of another list', ''],
    ['a position outside of the list', Buffer.from('["listDatabases",[]]\n\uffff').toString('base64')],
    [
      'a position that is too long',
      Buffer.from(`["listDatabases",[]]\n${'x'.repeat(2000)}`).toString('base64'),
    ],
  ])('refuses %s as nextToken', async (_what, given) => {
    const foreign = await list({ nameContains: 'walk', limit: 1 });

    const [error] = await requestErrors(api, admin, LIST, { nextToken: given || foreign.nextToken });

    expect(error!).toMatchObject({ errorType: 'VALIDATION', errorInfo: { field: 'nextToken' } });
  });

  it.each([0, 101, -1])('refuses a limit of %i', async (limit) => {
    const [error] = await requestErrors(api, admin, LIST, { limit });

    expect(error!).toMatchObject({ errorType: 'VALIDATION', errorInfo: { field: 'limit', actual: limit } });
  });
});

describe('updateDatabase', () => {
  it('changes what is given and keeps the rest', async () => {
    const { id } = await create({ name: 'before', description: 'kept' });

    const renamed = await request(api, admin, UPDATE, { input: { id, name: ' after ' } });
    const cleared = await request(api, admin, UPDATE, { input: { id, description: null } });

    expect(renamed).toEqual({ updateDatabase: { id, name: 'after', description: 'kept' } });
    expect(cleared).toEqual({ updateDatabase: { id, name: 'after', description: null } });
  });

  it('answers NOT_FOUND for a database that does not exist or is not the key`s', async () => {
    const { id } = await create({ name: 'foreign' });

    const [missing] = await requestErrors(api, admin, UPDATE, { input: { id: 'nothing', name: 'x' } });
    const [foreign] = await requestErrors(api, keyToken('MANAGE', 'another'), UPDATE, {
      input: { id, name: 'x' },
    });

    expect(missing).toMatchObject({ errorType: 'NOT_FOUND', errorInfo: { field: 'input.id' } });
    expect(foreign).toMatchObject({ errorType: 'NOT_FOUND', message: `There is no database "${id}".` });
  });

  it('refuses to take the name away', async () => {
    const { id } = await create({ name: 'named' });

    const [error] = await requestErrors(api, admin, UPDATE, { input: { id, name: null } });

    expect(error!).toMatchObject({ errorType: 'VALIDATION', errorInfo: { field: 'input.name' } });
  });
});

describe('getSystemStatus', () => {
  it('counts what the caller may know of', async () => {
    const query = '{ getSystemStatus { version region mode databases embeddingProviders limits } }';
    const { id } = await create({ name: 'counted' });

    const { getSystemStatus: status } = await request<StatusData>(api, admin, query);
    const { getSystemStatus: limited } = await request<StatusData>(
      api,
      keyToken('READ', `${id} nothing`),
      query,
    );

    expect(status).toMatchObject({ version: '9.8.7', region: 'eu-central-1', mode: 'local' });
    expect(status.embeddingProviders).toEqual(['local', 'bedrock', 'openai', 'transformers']);
    expect(JSON.parse(String(status.limits))).toMatchObject({ dimension: 4096, isDatabaseCountExact: true });
    expect(status.databases).toBeGreaterThan(5);
    expect(limited.databases).toBe(1);
  });
});
