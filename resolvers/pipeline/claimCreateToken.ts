import { runtime, util, type Context, type DynamoDBPutItemRequest } from '@aws-appsync/utils';
import { fail, failDataSource } from '../shared/fail.ts';

/** Tokens are for retries; a day covers the most patient client. */
const TOKEN_LIFETIME_MS = 86_400_000;

/** Stores what is about to be written under its token, unless a request with the same token was faster. */
export function request(ctx: Context): DynamoDBPutItemRequest {
  if (!ctx.stash.tokenKey || ctx.stash.isClaimed) runtime.earlyReturn({});
  const nowMs = util.time.nowEpochMilliSeconds();
  const tokenUntilMs = nowMs + TOKEN_LIFETIME_MS;
  const { settings, database } = ctx.stash;
  const item = { settings, database, isFinished: false, tokenUntilMs, ttl: Math.ceil(tokenUntilMs / 1000) };
  return {
    operation: 'PutItem',
    key: util.dynamodb.toMapValues(ctx.stash.tokenKey) as any,
    attributeValues: util.dynamodb.toMapValues(item) as any,
    condition: {
      expression: 'attribute_not_exists(#pk) OR #until < :now',
      expressionNames: { '#pk': 'pk', '#until': 'tokenUntilMs' },
      expressionValues: util.dynamodb.toMapValues({ ':now': nowMs }) as any,
    },
  };
}

export function response(ctx: Context): unknown {
  if (ctx.error?.type === 'DynamoDB:ConditionalCheckFailedException') {
    fail(
      ctx,
      'UNAVAILABLE',
      'The same request is being carried out at this moment; try again for its answer.',
      {
        field: 'input.clientRequestToken',
      },
    );
  }
  if (ctx.error) failDataSource(ctx);
  return {};
}
