import { GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateApiKey, type KeyDeps } from '../../../../functions/keys/generate-api-key.ts';
import { rotateApiKey } from '../../../../functions/keys/rotate-api-key.ts';
import { validateApiKey } from '../../../../functions/keys/validate-api-key.ts';
import { putDatabase } from '../../../support/database-item.ts';
import { startTables, type Tables } from '../../../support/dynamodb-tables.ts';

let tables: Tables;
let deps: KeyDeps;

beforeAll(async () => {
  tables = await startTables();
  deps = { keys: tables.keys, databases: tables.databases, readPepper: () => Promise.resolve('pepper') };
});

afterAll(() => tables.stop());

async function setKey(id: string, attribute: string, value: string): Promise<void> {
  await tables.client.send(
    new UpdateCommand({
      TableName: tables.keys.table,
      Key: { pk: id },
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': attribute },
      ExpressionAttributeValues: { ':value': value },
    }),
  );
}

const past = () => new Date(Date.now() - 1_000).toISOString();

describe('generateApiKey', () => {
  it('stores a hash and a list entry, and never the secret', async () => {
    const { apiKey, secret } = await generateApiKey(deps, {
      name: 'app',
      scopes: ['READ', 'SEARCH', 'READ'],
    });

    const { Item } = await tables.client.send(
      new GetCommand({ TableName: tables.keys.table, Key: { pk: apiKey.id } }),
    );
    const list = await tables.client.send(
      new QueryCommand({
        TableName: tables.databases.table,
        KeyConditionExpression: 'pk = :pk AND sk = :sk',
        ExpressionAttributeValues: { ':pk': 'API_KEYS', ':sk': `KEY#${apiKey.id}` },
      }),
    );
    expect(apiKey).toMatchObject({
      name: 'app',
      scopes: ['SEARCH', 'READ'],
      databaseIds: null,
      status: 'ACTIVE',
    });
    expect(secret.startsWith(apiKey.prefix)).toBe(true);
    expect(JSON.stringify(Item)).not.toContain(secret.slice(apiKey.prefix.length));
    expect(Item?.['hash']).toMatch(/^[0-9a-f]{64}$/);
    expect(list.Count).toBe(1);
    expect(await validateApiKey(deps, { secret })).toMatchObject({
      valid: true,
      reason: null,
      apiKey: { id: apiKey.id },
    });
  });

  it('binds a key to databases that exist', async () => {
    const database = await putDatabase(tables);

    const { apiKey } = await generateApiKey(deps, {
      name: 'a',
      scopes: ['READ'],
      databaseIds: [database.id],
    });

    expect(apiKey.databaseIds).toEqual([database.id]);
    await expect(
      generateApiKey(deps, { name: 'a', scopes: ['READ'], databaseIds: [database.id, 'nowhere'] }),
    ).rejects.toMatchObject({ kind: 'NOT_FOUND', info: { field: 'input.databaseIds[1]' } });
  });

  it.each([
    [{ name: '' }, 'VALIDATION', 'input.name'],
    [{ scopes: [] }, 'VALIDATION', 'input.scopes'],
    [{ scopes: ['READ', 'ROOT'] }, 'VALIDATION', 'input.scopes[1]'],
    [{ databaseIds: [] }, 'VALIDATION', 'input.databaseIds'],
    [{ expiresAt: '2020-01-01T00:00:00Z' }, 'VALIDATION', 'input.expiresAt'],
    [{ expiresAt: 'tomorrow' }, 'VALIDATION', 'input.expiresAt'],
    [{ requestsPerMinute: 5 }, 'UNAVAILABLE', 'input.requestsPerMinute'],
    [{ monthlyRequestQuota: 5 }, 'UNAVAILABLE', 'input.monthlyRequestQuota'],
  ])('refuses %j', async (change, kind, field) => {
    const input = { name: 'app', scopes: ['READ'], ...change } as never;

    await expect(generateApiKey(deps, input)).rejects.toMatchObject({ kind, info: { field } });
  });

  it('makes one key for a clientRequestToken and says so when it is repeated', async () => {
    const input = { name: 'once', scopes: ['READ' as const], clientRequestToken: 'token-1' };
    const { apiKey } = await generateApiKey(deps, input);

    await expect(generateApiKey(deps, input)).rejects.toMatchObject({
      kind: 'CONFLICT',
      message: expect.stringContaining(apiKey.id) as unknown,
    });
    await expect(generateApiKey(deps, { ...input, name: 'twice' })).rejects.toMatchObject({
      kind: 'CONFLICT',
      message: expect.stringContaining('other input') as unknown,
      info: { field: 'input.clientRequestToken' },
    });
  });
});

describe('rotateApiKey', () => {
  it('gives the key a new secret and ends the former one', async () => {
    const before = await generateApiKey(deps, { name: 'app', scopes: ['READ'] });

    const after = await rotateApiKey(deps, { id: before.apiKey.id });

    expect(after.apiKey.id).toBe(before.apiKey.id);
    expect(await validateApiKey(deps, { secret: after.secret })).toMatchObject({ valid: true });
    expect(await validateApiKey(deps, { secret: before.secret })).toMatchObject({
      valid: false,
      apiKey: null,
    });
  });

  it('keeps the former secret for the minutes of grace', async () => {
    const before = await generateApiKey(deps, { name: 'app', scopes: ['READ'] });

    await rotateApiKey(deps, { id: before.apiKey.id, graceMinutes: 5 });

    expect(await validateApiKey(deps, { secret: before.secret })).toMatchObject({ valid: true });
    await setKey(before.apiKey.id, 'previousUntil', past());
    expect(await validateApiKey(deps, { secret: before.secret })).toMatchObject({
      valid: false,
      reason: expect.stringContaining('rotated') as unknown,
    });
  });

  it('refuses unknown, revoked and expired keys', async () => {
    const revoked = await generateApiKey(deps, { name: 'app', scopes: ['READ'] });
    const expired = await generateApiKey(deps, { name: 'app', scopes: ['READ'] });
    await setKey(revoked.apiKey.id, 'revokedAt', past());
    await setKey(expired.apiKey.id, 'expiresAt', past());

    await expect(rotateApiKey(deps, { id: 'nobody' })).rejects.toMatchObject({ kind: 'NOT_FOUND' });
    await expect(rotateApiKey(deps, { id: revoked.apiKey.id })).rejects.toMatchObject({ kind: 'CONFLICT' });
    await expect(rotateApiKey(deps, { id: expired.apiKey.id })).rejects.toMatchObject({ kind: 'CONFLICT' });
  });

  it('lets one of two rotations at the same moment win', async () => {
    const { apiKey } = await generateApiKey(deps, { name: 'app', scopes: ['READ'] });

    const outcomes = await Promise.allSettled([1, 2, 3].map(() => rotateApiKey(deps, { id: apiKey.id })));

    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    const secrets = won.map(({ value }) => value.secret);
    const checks = await Promise.all(secrets.map((secret) => validateApiKey(deps, { secret })));
    expect(checks.filter(({ valid }) => valid)).toHaveLength(1);
  });
});

describe('validateApiKey', () => {
  it('tells why a secret is not accepted', async () => {
    const revoked = await generateApiKey(deps, { name: 'app', scopes: ['READ'] });
    const expired = await generateApiKey(deps, { name: 'app', scopes: ['READ'] });
    await setKey(revoked.apiKey.id, 'revokedAt', past());
    await setKey(expired.apiKey.id, 'expiresAt', past());
    const reasonOf = async (secret: string) => (await validateApiKey(deps, { secret })).reason;

    expect(await reasonOf(revoked.secret)).toContain('revoked');
    expect(await reasonOf(expired.secret)).toContain('expired');
    expect(await reasonOf('vdb_nonsense')).toContain('check digits');
    const otherPepper = { ...deps, readPepper: () => Promise.resolve('other') };
    expect(await validateApiKey(otherPepper, { secret: revoked.secret })).toMatchObject({
      reason: expect.stringContaining('no key') as unknown,
      apiKey: null,
    });
  });
});
