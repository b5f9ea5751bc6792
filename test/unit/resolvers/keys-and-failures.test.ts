import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiKey, ApiKeyPage, IngestionProgress } from '../../../schema/generated/types.ts';
import { request, requestErrors } from '../../support/graphql-client.ts';
import { keyToken, startResolverApi, userToken, type ResolverApi } from '../../support/resolver-api.ts';

interface SentRequest {
  operation: string;
  arguments: unknown;
  selection: string[];
  requestId: string;
}

let api: ResolverApi;
let sent: SentRequest[] = [];
const admin = userToken('admin');
const now = '2026-11-22T10:00:00.000Z';

function answerWith(source: string, answer: unknown): void {
  api.functions.set(source, (payload) => {
    sent.push(payload as unknown as SentRequest);
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

    const first = await request<{ revokeApiKey: ApiKey }>(api, admin, document);
    const again = await request<{ revokeApiKey: ApiKey }>(api, admin, document);
    const read = await request<{ getApiKey: ApiKey }>(api, admin, `{ getApiKey(id: "k4") { ${fields} } }`);

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
    const data = await request<{ publishIngestionProgress: IngestionProgress }>(api, signed, document, {
      input: JSON.stringify(report),
    });

    expect(data.publishIngestionProgress).toEqual({
      databaseId: 'db-1',
      fileId: 'f',
      status: 'EMBEDDING',
      percent: 50,
      chunksTotal: null,
      message: null,
    });
  });

  it('refuses a report that is older than what is stored, and takes one of the same moment', async () => {
    const stored = (updatedAt: string) =>
      api.put('Databases', { pk: 'db-1', sk: 'FILE#stored', progress: { ...report, updatedAt } });
    const input = JSON.stringify({ ...report, fileId: 'stored' });
    await stored(new Date(Date.parse(now) + 1).toISOString());

    const [error] = await requestErrors(api, signed, document, { input });
    await stored(now);
    const data = await request<{ publishIngestionProgress: IngestionProgress }>(api, signed, document, {
      input,
    });

    expect(error!).toMatchObject({
      errorType: 'CONFLICT',
      errorInfo: { field: 'input.updatedAt', actual: now },
    });
    expect(data.publishIngestionProgress.fileId).toBe('stored');
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
