import type { Context, DynamoDBBatchGetItemRequest } from '@aws-appsync/utils';
import { batchGet, databaseKey, fileKey, liveDatabase, readBatch } from '../shared/table-requests.ts';

/** Reads the database, and for a chunk its file, into the stash. */
export function request(ctx: Context): DynamoDBBatchGetItemRequest {
  const { databaseId } = ctx.args;
  const keys = [databaseKey(databaseId)];
  if (ctx.stash.chunk) keys.push(fileKey(databaseId, ctx.stash.chunk.fileId));
  return batchGet(ctx.env.DATABASES_TABLE!, keys);
}

export function response(ctx: Context): unknown {
  const items = readBatch(ctx, ctx.env.DATABASES_TABLE!);
  ctx.stash.database = liveDatabase(items.find((item) => item.sk === 'DATABASE'));
  ctx.stash.file = items.find((item) => item.sk !== 'DATABASE') ?? null;
  return {};
}
