import { runtime, util, type DynamoDBPutItemRequest } from '@aws-appsync/utils';
import type { CreateDatabaseContext } from '../shared/create-database-context.ts';
import { fail, failDataSource, isConditionFailure } from '../shared/fail.ts';

/** Tokens are for retries; a day covers the most patient client. */
const TOKEN_LIFETIME_MS = 86_400_000;

/** Stores what is about to be written under its token, unless a request with the same token was faster. */
export function request(ctx: CreateDatabaseContext): DynamoDBPutItemRequest {
  const { tokenKey, isClaimed, settings, database } = ctx.stash;
  if (!tokenKey || isClaimed) runtime.earlyReturn({});
  const nowMs = util.time.nowEpochMilliSeconds();
  const tokenUntilMs = nowMs + TOKEN_LIFETIME_MS;
  const ttl = Math.ceil(tokenUntilMs / 1000);
  return {
    operation: 'PutItem',
    key: util.dynamodb.toMapValues(tokenKey),
    attributeValues: util.dynamodb.toMapValues({ settings, database, isFinished: false, tokenUntilMs, ttl }),
    condition: {
      expression: 'attribute_not_exists(#pk) OR #until < :now',
      expressionNames: { '#pk': 'pk', '#until': 'tokenUntilMs' },
      expressionValues: util.dynamodb.toMapValues({ ':now': nowMs }),
    },
  };
}

export function response(ctx: CreateDatabaseContext): unknown {
  if (isConditionFailure(ctx)) {
    const message = 'The same request is being carried out at this moment; try again for its answer.';
    fail(ctx, 'UNAVAILABLE', message, { field: 'input.clientRequestToken' });
  }
  if (ctx.error) failDataSource(ctx);
  return {};
}
