import { runtime, type Context, type DynamoDBBatchGetItemRequest } from '@aws-appsync/utils';
import { toApiKey } from '../shared/api-key.ts';
import { batchGet, readBatch } from '../shared/table-requests.ts';

/** Reads the keys whose ids the step before found, in the order of the ids. */
export function request(ctx: Context): DynamoDBBatchGetItemRequest {
  if (ctx.stash.ids.length === 0) {
    ctx.stash.keys = [];
    runtime.earlyReturn({});
  }
  return batchGet(
    ctx.env.API_KEYS_TABLE!,
    ctx.stash.ids.map((id: string) => ({ pk: id })),
  );
}

export function response(ctx: Context): unknown {
  const items = readBatch(ctx, ctx.env.API_KEYS_TABLE!);
  const inOrder = ctx.stash.ids.map((id: string) => items.find((item) => item.id === id) ?? null);
  ctx.stash.keys = inOrder.filter((item: unknown) => item !== null).map((item: any) => toApiKey(item));
  return {};
}
