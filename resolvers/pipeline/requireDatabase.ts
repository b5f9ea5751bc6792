import type { DynamoDBGetItemRequest } from '@aws-appsync/utils';
import { failDataSource, failUnknownDatabase } from '../shared/fail.ts';
import type { FieldContext } from '../shared/field-context.ts';
import type { DatabaseItem } from '../shared/items.ts';
import { databaseKey, getItem, liveDatabase } from '../shared/table-requests.ts';

type RequireContext = FieldContext<{ databaseId: string }, { database: DatabaseItem }, DatabaseItem | null>;

/** Reads the database that `databaseId` names into the stash; NOT_FOUND when it does not exist or is being deleted. */
export function request(ctx: RequireContext): DynamoDBGetItemRequest {
  return getItem(databaseKey(ctx.args.databaseId));
}

export function response(ctx: RequireContext): unknown {
  if (ctx.error) failDataSource(ctx);
  const { databaseId } = ctx.args;
  ctx.stash.database = liveDatabase(ctx.result) ?? failUnknownDatabase(ctx, databaseId, 'databaseId');
  return {};
}
