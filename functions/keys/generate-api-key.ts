import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { GenerateApiKeyInput, GeneratedApiKey, KeyScope } from '../../schema/generated/types.ts';
import { type DatabaseTable, databaseNotFound, readDatabase } from '../shared/database-item.ts';
import { runOnce } from '../shared/idempotency-token.ts';
import { mapConcurrently } from '../shared/map-concurrently.ts';
import { RequestError } from '../shared/request-error.ts';
import { validateFields } from '../shared/validate-arguments.ts';
import { type ApiKeyItem, KEY_LIST_PARTITION, type KeyTable, toApiKey } from './api-key-item.ts';
import { createKeyId, createSecret, hashSecret, keyPrefix } from './key-secret.ts';

/** What the operations on keys work with. */
export interface KeyDeps {
  keys: KeyTable;
  databases: DatabaseTable;
  readPepper: () => Promise<string>;
}

const SCOPES: readonly KeyScope[] = ['SEARCH', 'READ', 'WRITE', 'MANAGE'];
const READ_CONCURRENCY = 8;

/** A limit that nothing enforces would be a promise broken in silence. */
function refuseLimits(input: GenerateApiKeyInput): void {
  for (const field of ['requestsPerMinute', 'monthlyRequestQuota'] as const) {
    if (input[field] === undefined || input[field] === null) continue;
    throw new RequestError(
      'UNAVAILABLE',
      `input.${field} is not enforced by this version, so it is not accepted.`,
      {
        field: `input.${field}`,
        actual: input[field],
        hint: `Leave ${field} out.`,
        retryable: false,
      },
    );
  }
}

function readScopes(scopes: readonly KeyScope[]): KeyScope[] {
  const unknown = scopes.findIndex((scope) => !SCOPES.includes(scope));
  if (unknown >= 0) {
    const field = `input.scopes[${unknown}]`;
    throw new RequestError(
      'VALIDATION',
      `${field} is "${scopes[unknown]}"; it must be one of ${SCOPES.join(', ')}.`,
      {
        field,
      },
    );
  }
  return SCOPES.filter((scope) => scopes.includes(scope));
}

function readExpiry(expiresAt: string | null | undefined, nowMs: number): string | null {
  if (expiresAt === undefined || expiresAt === null) return null;
  const field = 'input.expiresAt';
  const atMs = Date.parse(expiresAt);
  if (Number.isNaN(atMs)) {
    throw new RequestError(
      'VALIDATION',
      `${field} is "${expiresAt.slice(0, 64)}"; it must be a date and time.`,
      { field },
    );
  }
  if (atMs <= nowMs) {
    const limit = new Date(nowMs).toISOString();
    throw new RequestError('VALIDATION', `${field} is ${expiresAt}; it must be in the future.`, {
      field,
      limit,
      actual: expiresAt,
    });
  }
  return new Date(atMs).toISOString();
}

async function requireDatabases(databases: DatabaseTable, ids: string[]): Promise<void> {
  await mapConcurrently(ids, READ_CONCURRENCY, async (id, index) => {
    if (!(await readDatabase(databases, id))) throw databaseNotFound(id, `input.databaseIds[${index}]`);
  });
}

/** The list entry comes first: a key that works but is not listed could never be found and revoked. */
async function putKey({ keys, databases }: KeyDeps, item: ApiKeyItem): Promise<void> {
  const { id, createdAt } = item;
  const listEntry = { pk: KEY_LIST_PARTITION, sk: `KEY#${id}`, id, createdAt };
  await databases.client.send(new PutCommand({ TableName: databases.table, Item: listEntry }));
  await keys.client.send(new PutCommand({ TableName: keys.table, Item: item }));
}

async function createKey(deps: KeyDeps, item: Omit<ApiKeyItem, 'hash'>): Promise<GeneratedApiKey> {
  const secret = createSecret(item.id);
  const withHash = { ...item, hash: hashSecret(secret, await deps.readPepper()) };
  await putKey(deps, withHash);
  return { apiKey: toApiKey(withHash, Date.now()), secret };
}

/** The secret must not be stored, so that a repetition can only be told that the key was made. */
async function createKeyOnce(deps: KeyDeps, input: GenerateApiKeyInput, item: Omit<ApiKeyItem, 'hash'>) {
  let generated: GeneratedApiKey | undefined;
  const field = 'input.clientRequestToken';
  const token = input.clientRequestToken as string;
  const use = { operation: 'generateApiKey', scope: '-', token, field, input };
  const { keyId } = await runOnce(deps.databases, use, async () => {
    generated = await createKey(deps, item);
    return { keyId: generated.apiKey.id };
  });
  if (generated) return generated;
  throw new RequestError(
    'CONFLICT',
    `The key ${keyId} was made for this clientRequestToken before, and its secret cannot be shown again.`,
    {
      field,
      hint: `Rotate the key ${keyId} to get a new secret, or use a new token.`,
    },
  );
}

/** Makes a key and answers its secret, this once. */
export async function generateApiKey(deps: KeyDeps, input: GenerateApiKeyInput): Promise<GeneratedApiKey> {
  validateFields('GenerateApiKeyInput', input, 'input.');
  refuseLimits(input);
  const nowMs = Date.now();
  const scopes = readScopes(input.scopes);
  const expiresAt = readExpiry(input.expiresAt, nowMs);
  const databaseIds = input.databaseIds ? [...new Set(input.databaseIds)] : null;
  if (databaseIds) await requireDatabases(deps.databases, databaseIds);
  const id = createKeyId();
  const item: Omit<ApiKeyItem, 'hash'> = {
    pk: id,
    id,
    name: input.name,
    prefix: keyPrefix(id),
    scopes,
    databaseIds,
    requestsPerMinute: null,
    monthlyRequestQuota: null,
    status: 'ACTIVE',
    createdAt: new Date(nowMs).toISOString(),
    expiresAt,
    revokedAt: null,
    lastUsedAt: null,
  };
  const hasToken = input.clientRequestToken !== undefined && input.clientRequestToken !== null;
  return hasToken ? await createKeyOnce(deps, input, item) : await createKey(deps, item);
}
