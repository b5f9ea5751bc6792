import { runtime, util, type Context, type DynamoDBGetItemRequest } from '@aws-appsync/utils';
import { fail, failDataSource } from '../shared/fail.ts';

/** Looks whether this clientRequestToken has created a database before. */
export function request(ctx: Context): DynamoDBGetItemRequest {
  if (!ctx.stash.tokenKey) runtime.earlyReturn({});
  return {
    operation: 'GetItem',
    key: util.dynamodb.toMapValues(ctx.stash.tokenKey) as any,
    consistentRead: true,
  };
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  const known = ctx.result;
  if (!known || known.tokenUntilMs < util.time.nowEpochMilliSeconds()) return {};
  if (known.settings !== ctx.stash.settings) {
    fail(ctx, 'CONFLICT', 'This clientRequestToken was used with other input before.', {
      field: 'input.clientRequestToken',
      hint: 'Use a new token for a new request; repeat a request with exactly the same input.',
    });
  }
  ctx.stash.database = known.database;
  ctx.stash.isClaimed = true;
  ctx.stash.isFinished = known.isFinished;
  return {};
}
