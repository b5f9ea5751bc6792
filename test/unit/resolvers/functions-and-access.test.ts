import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiKeyPage, SearchResult } from '../../../schema/generated/types.ts';
import { request, requestErrors } from '../../support/graphql-client.ts';
import { keyToken, startResolverApi, userToken, type ResolverApi } from '../../support/resolver-api.ts';

let api: ResolverApi;
let sent: Record<string, any>[] = [];
const admin = userToken('admin');
const now = '2026-11-22T10:00:00.000Z';

function answerWith(source: string, answer: unknown): void {
  api.functions.set(source, (payload) => {
    sent.push(payload as Record<string, unknown>);
    return answer;
  });
}

beforeAll(async () => {
  api = await startResolverApi();
  await api.put('Databases', {
    pk: 'db-1',
    sk: 'DATABASE',
    id: 'db-1',
    name: 'one',
    status: 'READY',
    generation: 1,
  });
});
afterAll(async () => {
  await api.close();
});
beforeEach(() => {
  sent = [];
});

const receipt = { accepted: 1, rejected: [], version: '000000000001' };
const file = {
  id: 'f',
  databaseId: 'db-1',
  name: 'f',
  contentType: 'text/plain',
  sizeBytes: 1,
  status: 'READY',
  vectorCount: 0,
  createdAt: now,
  updatedAt: now,
};
/** Operation, data source, document, what it answers, and the scope that it needs. */
const operations: [string, string, string, unknown, string][] = [
  [
    'upsertVectors',
    'vectors',
    'mutation { upsertVectors(databaseId: "db-1", vectors: [{ id: "a", values: [1] }]) { accepted } }',
    receipt,
    'WRITE',
  ],
  [
    'updateVectors',
    'vectors',
    'mutation { updateVectors(databaseId: "db-1", patches: [{ id: "a", text: "x" }]) { accepted } }',
    receipt,
    'WRITE',
  ],
  [
    'deleteVectors',
    'vectors',
    'mutation { deleteVectors(databaseId: "db-1", ids: ["a"]) { accepted } }',
    receipt,
    'WRITE',
  ],
  [
    'requestUpload',
    'files',
    'mutation { requestUpload(input: { databaseId: "db-1", name: "a.txt", sizeBytes: 1 }) { expiresAt } }',
    { expiresAt: now },
    'WRITE',
  ],
  [
    'completeUpload',
    'files',
    'mutation { completeUpload(databaseId: "db-1", fileId: "f") { id } }',
    file,
    'WRITE',
  ],
  [
    'processVectors',
    'files',
    'mutation { processVectors(databaseId: "db-1", fileId: "f") { id } }',
    file,
    'WRITE',
  ],
  ['deleteFile', 'files', 'mutation { deleteFile(databaseId: "db-1", id: "f") { id } }', file, 'WRITE'],
  [
    'deleteDatabase',
    'databases',
    'mutation { deleteDatabase(id: "db-1") { id } }',
    { id: 'db-1', vectorCount: 0, fileCount: 0 },
    'MANAGE',
  ],
];

describe.each(operations)('%s', (operation, source, document, data, scope) => {
  it('hands its arguments, caller and selection to the function', async () => {
    answerWith(source, { data });

    await request(api, keyToken(scope, 'db-0 db-1'), document);

    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      operation,
      caller: { kind: 'KEY', id: 'key-1', databaseIds: ['db-0', 'db-1'] },
      selection: [expect.any(String)],
      requestId: expect.any(String),
    });
    expect(JSON.stringify(sent[0]!['arguments'])).toContain('db-1');
  });

  it('passes an error of the function on as it is', async () => {
    const info = {
      field: 'x',
      limit: 3,
      actual: 4,
      hint: 'less',
      retryable: false,
      requestId: 'from-function',
    };
    answerWith(source, { error: { kind: 'PAYLOAD_TOO_LARGE', message: 'Too much.', info } });

    const [error] = await requestErrors(api, admin, document);

    expect(error!).toMatchObject({ errorType: 'PAYLOAD_TOO_LARGE', message: 'Too much.' });
    expect(error!.errorInfo).toMatchObject({
      field: 'x',
      limit: 3,
      actual: 4,
      hint: 'less',
      retryable: false,
    });
    expect(error!.errorInfo!.requestId).toBe(sent[0]!['requestId']);
  });

  it('never reaches the function without the scope, the group or the database', async () => {
    answerWith(source, { data });
    const others = ['SEARCH', 'READ', 'WRITE', 'MANAGE'].filter((other) => other !== scope).join(' ');

    const [scopeless] = await requestErrors(api, keyToken(others), document);
    const [foreign] = await requestErrors(api, keyToken(scope, 'db-2'), document);
    const [viewer] = await requestErrors(api, userToken('viewer'), document);

    expect(scopeless!.errorType).toBe('FORBIDDEN');
    expect(foreign!).toMatchObject({ errorType: 'NOT_FOUND', message: 'There is no database "db-1".' });
    expect(viewer!.errorType).toBe('Unauthorized');
    expect(sent).toEqual([]);
  });
});

describe('searchVectors', () => {
  const query = `query ($input: SearchInput!) { searchVectors(input: $input) {
    hits { id score text metadata fileId vals: values file { name } } groups { fileId hits { id text } file { name } } version stats { tookMs }
  } }`;
  const pk = 'db-1#g1#-';
  const stats = {
    tookMs: 1,
    cold: false,
    exact: true,
    segments: 1,
    candidates: 2,
    bytesFetched: 0,
    estimatedCostUsd: 0,
  };
  const hit = (id: string, score: number) => ({
    id,
    pk,
    sk: `${id}\u001f1`,
    score,
    distance: 1 - score,
    fileId: null,
    stages: null,
    values: null,
    highlights: null,
  });
  const input = { databaseId: 'db-1', text: 'x' };

  beforeAll(async () => {
    for (const id of ['a', 'b'])
      await api.put('VectorData', {
        pk,
        sk: `${id}\u001f1`,
        id,
        text: `text of ${id}`,
        metadata: '{"n":1}',
        writeId: '1',
      });
  });

  it('joins the records to the hits, in the order of the hits', async () => {
    answerWith('search', {
      data: { hits: [hit('b', 0.9), hit('a', 0.5)], groups: null, version: '7', stats, records: null },
    });

    const { searchVectors: result } = await request<{ searchVectors: SearchResult }>(
      api,
      keyToken('SEARCH'),
      query,
      { input },
    );

    expect(result.hits.map(({ id, text, metadata }) => [id, text, metadata])).toEqual([
      ['b', 'text of b', '{"n":1}'],
      ['a', 'text of a', '{"n":1}'],
    ]);
    expect(result).toMatchObject({ groups: null, version: '7' });
    expect(sent[0]).toMatchObject({
      operation: 'searchVectors',
      arguments: { input: { databaseId: 'db-1', text: 'x', topK: 10 } },
    });
  });

  it('says that values are wanted even when an alias hides their name', async () => {
    answerWith('search', { data: { hits: [], groups: null, version: '7', stats, records: null } });

    await request(api, admin, query, { input });

    expect(sent[0]!['selection']).toContain('hits/values');
  });

  it('uses the records that the function has read, and puts hits into their groups', async () => {
    const records = [{ pk, sk: 'z\u001f1', text: 'from the function' }];
    const groups = [{ fileId: 'file-1', ids: ['z'] }];
    answerWith('search', {
      data: { hits: [{ ...hit('z', 1), fileId: 'file-1' }], groups, version: '7', stats, records },
    });
    answerWith('fileBatch', [{ data: { name: 'z.txt' } }]);

    const { searchVectors: result } = await request<{ searchVectors: SearchResult }>(api, admin, query, {
      input,
    });

    expect(result.groups).toEqual([
      { fileId: 'file-1', hits: [{ id: 'z', text: 'from the function' }], file: { name: 'z.txt' } },
    ]);
  });

  it('asks to search again when records were removed meanwhile, rather than answering less', async () => {
    answerWith('search', {
      data: { hits: [hit('a', 1), hit('removed', 0.5)], groups: null, version: '7', stats, records: null },
    });

    const [error] = await requestErrors(api, admin, query, { input });

    expect(error!).toMatchObject({
      errorType: 'UNAVAILABLE',
      errorInfo: { retryable: true, limit: 2, actual: 1 },
    });
  });
});

describe('keys', () => {
  const fields = 'id name status scopes databaseIds revokedAt';
  const LIST = `query ($limit: Int, $nextToken: String) { listApiKeys(limit: $limit, nextToken: $nextToken) { items { ${fields} } nextToken } }`;

  async function putKey(id: string, changes: Record<string, unknown> = {}): Promise<void> {
    await api.put('Databases', { pk: 'API_KEYS', sk: `KEY#${id}` });
    await api.put('ApiKeys', {
      pk: id,
      id,
      name: id,
      prefix: `vdb_${id}`,
      scopes: ['READ'],
      databaseIds: null,
      hash: 'secret',
      revokedAt: null,
      createdAt: now,
      ...changes,
    });
  }

  beforeAll(async () => {
    await putKey('k1');
    await putKey('k2', { expiresAt: '2020-01-01T00:00:00.000Z', databaseIds: ['db-1'] });
    await putKey('k3', { revokedAt: now });
  });

  it('lists keys page by page with the status of this moment', async () => {
    const first = await request<{ listApiKeys: ApiKeyPage }>(api, admin, LIST, { limit: 2 });
    const second = await request<{ listApiKeys: ApiKeyPage }>(api, admin, LIST, {
      limit: 2,
      nextToken: first.listApiKeys.nextToken,
    });

    const all = [...first.listApiKeys.items, ...second.listApiKeys.items];
    expect(all.map(({ id, status }) => [id, status])).toEqual([
      ['k1', 'ACTIVE'],
      ['k2', 'EXPIRED'],
      ['k3', 'REVOKED'],
    ]);
    expect(second.listApiKeys.nextToken).toBeNull();
  });

  it('revokes a key once and for all', async () => {
    await putKey('k4');
    const document = `mutation { revokeApiKey(id: "k4") { ${fields} } }`;

    const first = await request<any>(api, admin, document);
    const again = await request<any>(api, admin, document);
    const read = await request<any>(api, admin, `{ getApiKey(id: "k4") { ${fields} } }`);

    expect(first.revokeApiKey.status).toBe('REVOKED');
    expect(again).toEqual(first);
    expect(read.getApiKey).toEqual(first.revokeApiKey);
  });

  it('answers NOT_FOUND when there is nothing to revoke, and null when there is nothing to read', async () => {
    const [error] = await requestErrors(api, admin, 'mutation { revokeApiKey(id: "nobody") { id } }');

    expect(error!).toMatchObject({ errorType: 'NOT_FOUND', errorInfo: { field: 'id', actual: 'nobody' } });
    expect(await request(api, admin, '{ getApiKey(id: "nobody") { id } }')).toEqual({ getApiKey: null });
  });

  it('are for administrators alone', async () => {
    answerWith('keys', { data: { valid: false, reason: 'unknown' } });
    const document = '{ validateApiKey(secret: "vdb_x") { valid } }';

    expect(await request(api, admin, document)).toEqual({ validateApiKey: { valid: false } });
    for (const token of [userToken('viewer'), keyToken('SEARCH READ WRITE MANAGE')]) {
      const [error] = await requestErrors(api, token, document);
      expect(error!.errorType).toBe('Unauthorized');
    }
    expect(sent).toHaveLength(1);
  });
});

describe('what is not available yet', () => {
  it.each([
    [
      'getUsage',
      '{ getUsage(from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", granularity: DAY) { from } }',
    ],
    ['getBackup', '{ getBackup(databaseId: "db-1", id: "b") { id } }'],
    ['listBackups', '{ listBackups(databaseId: "db-1") { nextToken } }'],
    ['createBackup', 'mutation { createBackup(databaseId: "db-1") { id } }'],
    ['restoreBackup', 'mutation { restoreBackup(databaseId: "db-1", backupId: "b", newName: "n") { id } }'],
    ['deleteBackup', 'mutation { deleteBackup(databaseId: "db-1", id: "b") { id } }'],
  ])('%s says so', async (_operation, document) => {
    const [error] = await requestErrors(api, admin, document);

    expect(error!).toMatchObject({ errorType: 'UNAVAILABLE', errorInfo: { retryable: false } });
    expect(error!.message).toMatch(/not available in this version/);
  });
});

describe('failures of a data source', () => {
  it.each([
    ['ProvisionedThroughputExceededException', 'UNAVAILABLE', true],
    ['ThrottlingException', 'UNAVAILABLE', true],
    ['ValidationException', 'INTERNAL', false],
  ])('answers %s as %s without its details', async (name, kind, retryable) => {
    api.failures.set('GetItem', name);

    const [error] = await requestErrors(api, admin, '{ getDatabase(id: "db-1") { id } }');
    api.failures.clear();

    expect(error!).toMatchObject({ errorType: kind, errorInfo: { retryable } });
    expect(error!.message).not.toContain('injected');
  });
});

describe('publishIngestionProgress', () => {
  const document = `mutation ($input: AWSJSON!) { publishIngestionProgress(input: $input) { databaseId fileId status percent chunksTotal message } }`;
  const report = {
    databaseId: 'db-1',
    fileId: 'f',
    status: 'EMBEDDING',
    percent: 50,
    chunksDone: 1,
    bytesDone: 1,
    bytesTotal: 2,
    updatedAt: now,
  };
  const signed = 'AWS4-HMAC-SHA256 Credential=x';

  it('answers the report to the backend', async () => {
    const data = await request<any>(api, signed, document, { input: JSON.stringify(report) });

    expect(data.publishIngestionProgress).toEqual({
      databaseId: 'db-1',
      fileId: 'f',
      status: 'EMBEDDING',
      percent: 50,
      chunksTotal: null,
      message: null,
    });
  });

  it.each([
    ['percent', { ...report, percent: 'half' }],
    ['fileId', { ...report, fileId: undefined }],
    ['databaseId', 'text'],
  ])('names %s when it is missing or of another kind', async (name, input) => {
    const [error] = await requestErrors(api, signed, document, { input: JSON.stringify(input) });

    expect(error!).toMatchObject({ errorType: 'VALIDATION', errorInfo: { field: `input.${name}` } });
  });

  it('is for the backend alone', async () => {
    for (const token of [admin, keyToken('SEARCH READ WRITE MANAGE')]) {
      const [error] = await requestErrors(api, token, document, { input: JSON.stringify(report) });
      expect(error!.errorType).toBe('Unauthorized');
    }
  });
});
