import { runtime, type DynamoDBBatchGetItemRequest } from '@aws-appsync/utils';
import { toApiKey } from '../shared/api-key.ts';
import type { BatchResult } from '../shared/field-context.ts';
import type { ApiKeyItem } from '../shared/items.ts';
import type { ListApiKeysContext } from '../shared/list-api-keys-context.ts';
import { batchGet, readBatch } from '../shared/table-requests.ts';

/** Reads the keys whose ids the step before found, in the order of the ids. */
export function request(ctx: ListApiKeysContext): DynamoDBBatchGetItemRequest {
  const { ids } = ctx.stash;
  if (ids.length === 0) {
    ctx.stash.keys = [];
    runtime.earlyReturn({});
  }
  return batchGet(
    ctx.env.API_KEYS_TABLE,
    ids.map((id) => ({ pk: id })),
  );
}

export function response(ctx: ListApiKeysContext<BatchResult<ApiKeyItem>>): unknown {
  const items = readBatch(ctx, ctx.env.API_KEYS_TABLE);
  const inOrder = ctx.stash.ids.map((id) => items.find((item) => item.id === id));
  ctx.stash.keys = inOrder.filter((item) => item !== undefined).map((item) => toApiKey(item));
  return {};
}
