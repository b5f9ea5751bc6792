import { GetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ApiKey, KeyStatus } from '../../schema/generated/types.ts';

/** The partition of the Databases table that lists keys. */
export const KEY_LIST_PARTITION = 'API_KEYS';

/** The item of a key in the ApiKeys table: its GraphQL fields and what only the backend sees. */
export interface ApiKeyItem extends Omit<ApiKey, '__typename'> {
  pk: string;
  /** HMAC of the secret. */
  hash: string;
  /** HMAC of the secret before the last rotation, which works until `previousUntil`. */
  previousHash?: string;
  previousUntil?: string;
}

/** Where keys are: the ApiKeys table and a client for it. */
export interface KeyTable {
  client: DynamoDBDocumentClient;
  table: string;
}

/** Reads a key consistently, so that a revocation counts at once. */
export async function readKey({ client, table }: KeyTable, keyId: string): Promise<ApiKeyItem | null> {
  const answer = await client.send(
    new GetCommand({ TableName: table, Key: { pk: keyId }, ConsistentRead: true }),
  );
  return (answer.Item as ApiKeyItem | undefined) ?? null;
}

/** Returns whether a key works at `nowMs`. */
export function keyStatus(item: Pick<ApiKeyItem, 'revokedAt' | 'expiresAt'>, nowMs: number): KeyStatus {
  if (item.revokedAt) return 'REVOKED';
  return item.expiresAt && Date.parse(item.expiresAt) <= nowMs ? 'EXPIRED' : 'ACTIVE';
}

/** Returns the GraphQL fields of a key, without its hashes. */
export function toApiKey(item: ApiKeyItem, nowMs: number): ApiKey {
  return {
    id: item.id,
    name: item.name,
    prefix: item.prefix,
    scopes: item.scopes,
    databaseIds: item.databaseIds ?? null,
    requestsPerMinute: item.requestsPerMinute ?? null,
    monthlyRequestQuota: item.monthlyRequestQuota ?? null,
    status: keyStatus(item, nowMs),
    createdAt: item.createdAt,
    expiresAt: item.expiresAt ?? null,
    revokedAt: item.revokedAt ?? null,
    lastUsedAt: item.lastUsedAt ?? null,
  };
}
