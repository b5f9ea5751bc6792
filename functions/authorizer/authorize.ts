import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ApiKeyItem, KeyTable } from '../keys/api-key-item.ts';
import { type VerifyDeps, verifySecret } from '../keys/verify-secret.ts';
import { log } from '../shared/log.ts';

/** What AppSync sends to a Lambda authorizer, as far as it is used. */
export interface AuthorizerEvent {
  authorizationToken: string;
  requestContext?: { requestId?: string; operationName?: string | null };
}

/** What AppSync expects; values of `resolverContext` must be strings. */
export interface AuthorizerAnswer {
  isAuthorized: boolean;
  resolverContext?: { keyId: string; scopes: string; databaseIds: string };
  deniedFields?: string[];
  /** Seconds for which AppSync may reuse the answer. */
  ttlOverride: number;
}

/** How long a revoked key may still work, and so the longest that AppSync may reuse an answer. */
const LONGEST_TTL_SECONDS = 30;
const LAST_USE_PRECISION_MS = 60_000;

async function noteUse({ client, table }: KeyTable, item: ApiKeyItem, nowMs: number): Promise<void> {
  const stale = new Date(nowMs - LAST_USE_PRECISION_MS).toISOString();
  if (item.lastUsedAt && item.lastUsedAt > stale) return;
  const isStale = 'attribute_not_exists(lastUsedAt) OR lastUsedAt = :none OR lastUsedAt <= :stale';
  try {
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: { pk: item.pk },
        UpdateExpression: 'SET lastUsedAt = :now',
        ConditionExpression: `attribute_exists(pk) AND (${isStale})`,
        ExpressionAttributeValues: { ':now': new Date(nowMs).toISOString(), ':none': null, ':stale': stale },
      }),
    );
  } catch (error) {
    // Another request noted it, or the note failed: neither is a reason to turn the caller away.
    if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return;
    log.error('the last use of a key was not noted', error, { keyId: item.id });
  }
}

function secondsLeft(validUntilMs: number | null, nowMs: number): number {
  if (validUntilMs === null) return LONGEST_TTL_SECONDS;
  return Math.max(0, Math.min(LONGEST_TTL_SECONDS, Math.floor((validUntilMs - nowMs) / 1_000)));
}

/** Decides whether an API key may call the API; scopes and databases are for the resolvers to check. */
export async function authorize(event: AuthorizerEvent, deps: VerifyDeps): Promise<AuthorizerAnswer> {
  const { requestId } = event.requestContext ?? {};
  const secret = typeof event.authorizationToken === 'string' ? event.authorizationToken : '';
  const checked = await verifySecret(secret, deps);
  if ('reason' in checked) {
    log.info('refused an API key', { requestId, reason: checked.reason, keyId: checked.item?.id });
    return { isAuthorized: false, ttlOverride: 0 };
  }
  const { item, validUntilMs } = checked;
  await noteUse(deps.keys, item, deps.nowMs);
  return {
    isAuthorized: true,
    resolverContext: {
      keyId: item.id,
      scopes: item.scopes.join(' '),
      databaseIds: item.databaseIds?.join(' ') ?? '',
    },
    deniedFields: [],
    ttlOverride: secondsLeft(validUntilMs, deps.nowMs),
  };
}
