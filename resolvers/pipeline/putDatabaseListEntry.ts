import { runtime, util, type DynamoDBPutItemRequest } from '@aws-appsync/utils';
import type { CreateDatabaseContext } from '../shared/create-database-context.ts';
import { failDataSource } from '../shared/fail.ts';

/** Puts the list entry of a new database; putting it again changes nothing. */
export function request(ctx: CreateDatabaseContext): DynamoDBPutItemRequest {
  if (ctx.stash.isFinished) runtime.earlyReturn({});
  const { id, createdAt } = ctx.stash.database;
  return {
    operation: 'PutItem',
    key: util.dynamodb.toMapValues({ pk: 'DATABASES', sk: `DATABASE#${id}` }),
    attributeValues: util.dynamodb.toMapValues({ id, createdAt }),
  };
}

export function response(ctx: CreateDatabaseContext): unknown {
  if (ctx.error) failDataSource(ctx);
  return {};
}
