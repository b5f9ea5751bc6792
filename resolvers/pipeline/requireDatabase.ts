import { util, type Context, type DynamoDBGetItemRequest } from '@aws-appsync/utils';
import { failDataSource, failUnknownDatabase } from '../shared/fail.ts';
import { databaseKey, liveDatabase } from '../shared/table-requests.ts';

/** Reads the database that `databaseId` names into the stash; NOT_FOUND when it does not exist or is being deleted. */
export function request(ctx: Context): DynamoDBGetItemRequest {
  const key = util.dynamodb.toMapValues(databaseKey(ctx.args.databaseId)) as any;
  return { operation: 'GetItem', key, consistentRead: true };
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  ctx.stash.database = liveDatabase(ctx.result);
  if (!ctx.stash.database) failUnknownDatabase(ctx, ctx.args.databaseId, 'databaseId');
  return {};
}
