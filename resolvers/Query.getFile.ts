import { runtime, type Context, type DynamoDBBatchGetItemRequest } from '@aws-appsync/utils';
import { 'Query.getFile' as rules } from '../schema/constraints.json';
import { authorize, mayTouch } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import { toFile } from './shared/file-item.ts';
import { batchGet, databaseKey, fileKey, liveDatabase, readBatch } from './shared/table-requests.ts';

/** Reads one file; null when it or its database does not exist or is not the caller's to know of. */
export function request(ctx: Context): DynamoDBBatchGetItemRequest {
  const { databaseId, id } = ctx.args;
  const caller = authorize(ctx, 'READ');
  checkFields(ctx, rules, ctx.args, '');
  if (!mayTouch(caller, databaseId)) runtime.earlyReturn(null);
  return batchGet(ctx.env.DATABASES_TABLE!, [databaseKey(databaseId), fileKey(databaseId, id)]);
}

export function response(ctx: Context): unknown {
  const items = readBatch(ctx, ctx.env.DATABASES_TABLE!);
  const database = liveDatabase(items.find((item) => item.sk === 'DATABASE'));
  return database ? toFile(items.find((item) => item.sk !== 'DATABASE')) : null;
}
