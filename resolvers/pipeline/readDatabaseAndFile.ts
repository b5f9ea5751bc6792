import type { DynamoDBBatchGetItemRequest } from '@aws-appsync/utils';
import { readDatabaseAndFile } from '../shared/database-and-file.ts';
import type { BatchResult } from '../shared/field-context.ts';
import type { GetVectorContext } from '../shared/get-vector-context.ts';
import type { DatabaseItem, FileItem } from '../shared/items.ts';
import { batchGet, databaseKey, fileKey } from '../shared/table-requests.ts';

/** Reads the database, and for a chunk its file, into the stash. */
export function request(ctx: GetVectorContext): DynamoDBBatchGetItemRequest {
  const { databaseId } = ctx.args;
  const keys = [databaseKey(databaseId)];
  if (ctx.stash.chunk) keys.push(fileKey(databaseId, ctx.stash.chunk.fileId));
  return batchGet(ctx.env.DATABASES_TABLE, keys);
}

export function response(ctx: GetVectorContext<BatchResult<DatabaseItem | FileItem>>): unknown {
  const { database, file } = readDatabaseAndFile(ctx);
  ctx.stash.database = database;
  ctx.stash.file = file;
  return {};
}
