import { runtime, util, type Context, type DynamoDBGetItemRequest } from '@aws-appsync/utils';
import { 'Query.getDatabase' as rules } from '../schema/constraints.json';
import { authorize, mayTouch } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import { failDataSource } from './shared/fail.ts';
import { databaseKey, liveDatabase } from './shared/table-requests.ts';

/** Reads one database; null when it does not exist, is being deleted, or is not the caller's to know of. */
export function request(ctx: Context): DynamoDBGetItemRequest {
  const caller = authorize(ctx, 'READ');
  checkFields(ctx, rules, ctx.args, '');
  if (!mayTouch(caller, ctx.args.id)) runtime.earlyReturn(null);
  const key = util.dynamodb.toMapValues(databaseKey(ctx.args.id)) as any;
  return { operation: 'GetItem', key, consistentRead: true };
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  return liveDatabase(ctx.result);
}
