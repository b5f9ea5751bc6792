import { util } from '@aws-appsync/utils';
import type { ApiKey, KeyStatus } from '../../schema/generated/types.ts';
import type { ApiKeyItem } from './items.ts';

function statusOf(item: ApiKeyItem): KeyStatus {
  if (item.revokedAt) return 'REVOKED';
  if (!item.expiresAt) return 'ACTIVE';
  const expiresAtMs = util.time.parseISO8601ToEpochMilliSeconds(item.expiresAt);
  return expiresAtMs <= util.time.nowEpochMilliSeconds() ? 'EXPIRED' : 'ACTIVE';
}

/** Returns a key's item as GraphQL answers it: with the status of this moment, and without its hashes. */
export function toApiKey(item: ApiKeyItem): ApiKey {
  return {
    id: item.id,
    name: item.name,
    prefix: item.prefix,
    scopes: item.scopes,
    databaseIds: item.databaseIds ?? null,
    requestsPerMinute: item.requestsPerMinute ?? null,
    monthlyRequestQuota: item.monthlyRequestQuota ?? null,
    status: statusOf(item),
    createdAt: item.createdAt,
    expiresAt: item.expiresAt ?? null,
    revokedAt: item.revokedAt ?? null,
    lastUsedAt: item.lastUsedAt ?? null,
  };
}
