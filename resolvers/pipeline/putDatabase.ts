import { runtime, util, type Context, type DynamoDBPutItemRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';
import { databaseKey } from '../shared/table-requests.ts';

/** Puts the item of a new database, unless an attempt before with the same token has put it. */
export function request(ctx: Context): DynamoDBPutItemRequest {
  if (ctx.stash.isFinished) runtime.earlyReturn({});
  return {
    operation: 'PutItem',
    key: util.dynamodb.toMapValues(databaseKey(ctx.stash.database.id)) as any,
    attributeValues: util.dynamodb.toMapValues(ctx.stash.database) as any,
    condition: { expression: 'attribute_not_exists(#pk)', expressionNames: { '#pk': 'pk' } },
  };
}

export function response(ctx: Context): unknown {
  const isThere = ctx.stash.isClaimed && ctx.error?.type === 'DynamoDB:ConditionalCheckFailedException';
  if (ctx.error && !isThere) failDataSource(ctx);
  return {};
}
