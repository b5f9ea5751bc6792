import { runtime, type Context, type DynamoDBBatchGetItemRequest } from '@aws-appsync/utils';
import { batchGet, databaseKey, liveDatabase, readBatch } from '../shared/table-requests.ts';

/** Reads the databases whose ids the step before found, in the order of the ids. */
export function request(ctx: Context): DynamoDBBatchGetItemRequest {
  if (ctx.stash.ids.length === 0) {
    ctx.stash.databases = [];
    runtime.earlyReturn({});
  }
  return batchGet(
    ctx.env.DATABASES_TABLE!,
    ctx.stash.ids.map((id: string) => databaseKey(id)),
  );
}

export function response(ctx: Context): unknown {
  const items = readBatch(ctx, ctx.env.DATABASES_TABLE!).filter((item) => liveDatabase(item));
  const inOrder = ctx.stash.ids.map((id: string) => items.find((item) => item.id === id) ?? null);
  ctx.stash.databases = inOrder.filter((item: unknown) => item !== null);
  return {};
}
