import { runtime, util, type DynamoDBUpdateItemRequest } from '@aws-appsync/utils';
import type { CreateDatabaseContext } from '../shared/create-database-context.ts';
import { failDataSource } from '../shared/fail.ts';

/** Notes that everything is written, so that a repetition only answers, and never brings back a database that was deleted since. */
export function request(ctx: CreateDatabaseContext): DynamoDBUpdateItemRequest {
  const { tokenKey, isFinished } = ctx.stash;
  if (!tokenKey || isFinished) runtime.earlyReturn({});
  return {
    operation: 'UpdateItem',
    key: util.dynamodb.toMapValues(tokenKey),
    update: {
      expression: 'SET #isFinished = :true',
      expressionNames: { '#isFinished': 'isFinished' },
      expressionValues: util.dynamodb.toMapValues({ ':true': true }),
    },
  };
}

export function response(ctx: CreateDatabaseContext): unknown {
  if (ctx.error) failDataSource(ctx);
  return {};
}
