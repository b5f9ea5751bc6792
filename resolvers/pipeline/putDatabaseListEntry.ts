import { runtime, util, type Context, type DynamoDBPutItemRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';

/** Puts the list entry of a new database; putting it again changes nothing. */
export function request(ctx: Context): DynamoDBPutItemRequest {
  if (ctx.stash.isFinished) runtime.earlyReturn({});
  const { id, createdAt } = ctx.stash.database;
  return {
    operation: 'PutItem',
    key: util.dynamodb.toMapValues({ pk: 'DATABASES', sk: `DATABASE#${id}` }) as any,
    attributeValues: util.dynamodb.toMapValues({ id, createdAt }) as any,
  };
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  return {};
}
