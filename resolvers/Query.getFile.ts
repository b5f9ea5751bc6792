import { runtime, type DynamoDBBatchGetItemRequest } from '@aws-appsync/utils';
import { 'Query.getFile' as rules } from '../schema/constraints.json';
import type { QueryGetFileArgs } from '../schema/generated/types.ts';
import { authorize, mayTouch } from './shared/authorize.ts';
import { checkFields } from './shared/check-fields.ts';
import { readDatabaseAndFile } from './shared/database-and-file.ts';
import { toFile } from './shared/file-item.ts';
import type { BatchResult, FieldContext } from './shared/field-context.ts';
import type { DatabaseItem, FileItem } from './shared/items.ts';
import { batchGet, databaseKey, fileKey } from './shared/table-requests.ts';

type GetContext = FieldContext<QueryGetFileArgs, unknown, BatchResult<DatabaseItem | FileItem>>;

/** Reads one file; null when it or its database does not exist or is not the caller's to know of. */
export function request(ctx: GetContext): DynamoDBBatchGetItemRequest {
  const { databaseId, id } = ctx.args;
  const caller = authorize(ctx, 'READ');
  checkFields(ctx, rules, ctx.args, '');
  if (!mayTouch(caller, databaseId)) runtime.earlyReturn(null);
  return batchGet(ctx.env.DATABASES_TABLE, [databaseKey(databaseId), fileKey(databaseId, id)]);
}

export function response(ctx: GetContext): FileItem | null {
  const { database, file } = readDatabaseAndFile(ctx);
  return database && file ? toFile(file) : null;
}
