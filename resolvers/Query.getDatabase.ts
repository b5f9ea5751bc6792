import { runtime, type DynamoDBGetItemRequest } from '@aws-appsync/utils';
import { 'Query.getDatabase' as rules } from '../schema/constraints.json';
import type { QueryGetDatabaseArgs } from '../schema/generated/types.ts';
import { authorize, mayTouch } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import { failDataSource } from './shared/fail.ts';
import type { FieldContext } from './shared/field-context.ts';
import type { DatabaseItem } from './shared/items.ts';
import { databaseKey, getItem, liveDatabase } from './shared/table-requests.ts';

type GetContext = FieldContext<QueryGetDatabaseArgs, unknown, DatabaseItem | null>;

/** Reads one database; null when it does not exist, is being deleted, or is not the caller's to know of. */
export function request(ctx: GetContext): DynamoDBGetItemRequest {
  const caller = authorize(ctx, 'READ');
  checkFields(ctx, rules, ctx.args, '');
  if (!mayTouch(caller, ctx.args.id)) runtime.earlyReturn(null);
  return getItem(databaseKey(ctx.args.id));
}

export function response(ctx: GetContext): DatabaseItem | null {
  if (ctx.error) failDataSource(ctx);
  return liveDatabase(ctx.result);
}
