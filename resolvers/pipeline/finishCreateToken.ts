import { runtime, util, type Context, type DynamoDBUpdateItemRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';

/** Notes that everything is written, so that a repetition only answers, and never brings back a database that was deleted since. */
export function request(ctx: Context): DynamoDBUpdateItemRequest {
  if (!ctx.stash.tokenKey || ctx.stash.isFinished) runtime.earlyReturn({});
  return {
    operation: 'UpdateItem',
    key: util.dynamodb.toMapValues(ctx.stash.tokenKey) as any,
    update: {
      expression: 'SET #isFinished = :true',
      expressionNames: { '#isFinished': 'isFinished' },
      expressionValues: util.dynamodb.toMapValues({ ':true': true }) as any,
    },
  };
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  return {};
}
