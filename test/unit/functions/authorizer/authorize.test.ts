import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { authorize } from '../../../../functions/authorizer/authorize.ts';
import { generateApiKey, type KeyDeps } from '../../../../functions/keys/generate-api-key.ts';
import { rotateApiKey } from '../../../../functions/keys/rotate-api-key.ts';
import { putDatabase } from '../../../support/database-item.ts';
import { startTables, type Tables } from '../../../support/dynamodb-tables.ts';

let tables: Tables;
let deps: KeyDeps;

beforeAll(async () => {
  tables = await startTables();
  deps = { keys: tables.keys, databases: tables.databases, readPepper: () => Promise.resolve('pepper') };
});

afterAll(() => tables.stop());
afterEach(() => vi.restoreAllMocks());

const ask = (authorizationToken: string, nowMs = Date.now()) =>
  authorize({ authorizationToken, requestContext: { requestId: 'r' } }, { ...deps, nowMs });

async function lastUse(id: string): Promise<unknown> {
  const { Item } = await tables.client.send(
    new GetCommand({ TableName: tables.keys.table, Key: { pk: id } }),
  );
  return Item?.['lastUsedAt'];
}

describe('authorize', () => {
  it('answers scopes and databases as strings', async () => {
    const database = await putDatabase(tables);
    const scoped = await generateApiKey(deps, {
      name: 'a',
      scopes: ['SEARCH', 'READ'],
      databaseIds: [database.id],
    });
    const open = await generateApiKey(deps, { name: 'a', scopes: ['MANAGE'] });

    expect(await ask(scoped.secret)).toEqual({
      isAuthorized: true,
      resolverContext: { keyId: scoped.apiKey.id, scopes: 'SEARCH READ', databaseIds: database.id },
      deniedFields: [],
      ttlOverride: 30,
    });
    expect(await ask(open.secret)).toMatchObject({ resolverContext: { scopes: 'MANAGE', databaseIds: '' } });
  });

  it('refuses what is not a key without reading anything', async () => {
    const send = vi.spyOn(tables.client, 'send');

    for (const token of ['', 'vdb_x', `Bearer ${'x'.repeat(60)}`, undefined as unknown as string]) {
      expect(await ask(token)).toEqual({ isAuthorized: false, ttlOverride: 0 });
    }
    expect(send).not.toHaveBeenCalled();
  });

  it('refuses a revoked key and a former secret', async () => {
    const revoked = await generateApiKey(deps, { name: 'a', scopes: ['READ'] });
    const rotated = await generateApiKey(deps, { name: 'a', scopes: ['READ'] });
    await rotateApiKey(deps, { id: rotated.apiKey.id });
    await tables.client.send(
      new UpdateCommand({
        TableName: tables.keys.table,
        Key: { pk: revoked.apiKey.id },
        UpdateExpression: 'SET revokedAt = :now',
        ExpressionAttributeValues: { ':now': new Date().toISOString() },
      }),
    );

    expect((await ask(revoked.secret)).isAuthorized).toBe(false);
    expect((await ask(rotated.secret)).isAuthorized).toBe(false);
  });

  it('lets AppSync keep the answer no longer than the secret lives', async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const expiring = await generateApiKey(deps, { name: 'a', scopes: ['READ'], expiresAt });
    const inGrace = await generateApiKey(deps, { name: 'a', scopes: ['READ'] });
    await rotateApiKey(deps, { id: inGrace.apiKey.id, graceMinutes: 1 });
    const later = Date.now() + 50_000;

    expect((await ask(expiring.secret)).ttlOverride).toBe(30);
    expect((await ask(expiring.secret, later)).ttlOverride).toBeLessThanOrEqual(10);
    expect((await ask(inGrace.secret, later)).ttlOverride).toBeLessThanOrEqual(10);
    expect((await ask(expiring.secret, later + 10_000)).isAuthorized).toBe(false);
  });

  it('notes the last use at most once a minute', async () => {
    const { apiKey, secret } = await generateApiKey(deps, { name: 'a', scopes: ['READ'] });
    const start = Date.now();

    await ask(secret, start);
    const first = await lastUse(apiKey.id);
    await ask(secret, start + 59_000);
    const second = await lastUse(apiKey.id);
    await ask(secret, start + 61_000);
    const third = await lastUse(apiKey.id);

    expect(first).toBe(new Date(start).toISOString());
    expect(second).toBe(first);
    expect(third).toBe(new Date(start + 61_000).toISOString());
  });

  it('writes no secret to the log', async () => {
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => written.push(String(line)) > 0);
    const { secret } = await generateApiKey(deps, { name: 'a', scopes: ['READ'] });

    await ask(secret);
    await ask(`${secret.slice(0, -1)}!`);
    await authorize(
      { authorizationToken: secret },
      { ...deps, readPepper: () => Promise.resolve('other'), nowMs: Date.now() },
    );

    expect(written.join('')).toContain('refused an API key');
    expect(written.join('')).not.toContain(secret.slice(21, 40));
  });
});
