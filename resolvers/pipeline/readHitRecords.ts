import { runtime, type Context, type DynamoDBBatchGetItemRequest } from '@aws-appsync/utils';
import { batchGet, readBatch } from '../shared/table-requests.ts';

/** Reads the records of the hits by one batch, unless the search function has read them. */
export function request(ctx: Context): DynamoDBBatchGetItemRequest {
  const { answer } = ctx.stash;
  if (answer.records || answer.hits.length === 0) {
    ctx.stash.records = answer.records ?? [];
    runtime.earlyReturn({});
  }
  return batchGet(
    ctx.env.VECTOR_DATA_TABLE!,
    answer.hits.map((hit: any) => ({ pk: hit.pk, sk: hit.sk })),
  );
}

export function response(ctx: Context): unknown {
  ctx.stash.records = readBatch(ctx, ctx.env.VECTOR_DATA_TABLE!);
  return {};
}
