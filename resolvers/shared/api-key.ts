import { util } from '@aws-appsync/utils';

/** Returns a key's item as GraphQL answers it: with the status of this moment, and without its hashes. */
export function toApiKey(item: any): Record<string, unknown> {
  const expiresAtMs = item.expiresAt ? util.time.parseISO8601ToEpochMilliSeconds(item.expiresAt) : Infinity;
  const isExpired = expiresAtMs <= util.time.nowEpochMilliSeconds();
  return {
    id: item.id,
    name: item.name,
    prefix: item.prefix,
    scopes: item.scopes,
    databaseIds: item.databaseIds ?? null,
    requestsPerMinute: item.requestsPerMinute ?? null,
    monthlyRequestQuota: item.monthlyRequestQuota ?? null,
    status: item.revokedAt ? 'REVOKED' : isExpired ? 'EXPIRED' : 'ACTIVE',
    createdAt: item.createdAt,
    expiresAt: item.expiresAt ?? null,
    revokedAt: item.revokedAt ?? null,
    lastUsedAt: item.lastUsedAt ?? null,
  };
}
