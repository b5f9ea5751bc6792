import { runtime, util, type DynamoDBPutItemRequest } from '@aws-appsync/utils';
import type { CreateDatabaseContext } from '../shared/create-database-context.ts';
import { failDataSource, isConditionFailure } from '../shared/fail.ts';
import { databaseKey } from '../shared/table-requests.ts';

/** Puts the item of a new database, unless another attempt with the same token has put it, before or in this moment. */
export function request(ctx: CreateDatabaseContext): DynamoDBPutItemRequest {
  const { database, isFinished } = ctx.stash;
  if (isFinished) runtime.earlyReturn({});
  return {
    operation: 'PutItem',
    key: util.dynamodb.toMapValues(databaseKey(database.id)),
    attributeValues: util.dynamodb.toMapValues(database),
    condition: { expression: 'attribute_not_exists(#pk)', expressionNames: { '#pk': 'pk' } },
  };
}

export function response(ctx: CreateDatabaseContext): unknown {
  const isThere = !!ctx.stash.tokenKey && isConditionFailure(ctx);
  if (ctx.error && !isThere) failDataSource(ctx);
  return {};
}
