import { runtime, type DynamoDBBatchGetItemRequest } from '@aws-appsync/utils';
import type { BatchResult } from '../shared/field-context.ts';
import type { RecordItem } from '../shared/items.ts';
import type { SearchContext } from '../shared/join-hits.ts';
import { batchGet, readBatch } from '../shared/table-requests.ts';

/** Reads the records of the hits by one batch, unless the search function has read them. */
export function request(ctx: SearchContext): DynamoDBBatchGetItemRequest {
  const { hits, records } = ctx.stash.answer;
  if (records || hits.length === 0) {
    ctx.stash.records = records ?? [];
    ctx.stash.answer.records = null;
    runtime.earlyReturn({});
  }
  return batchGet(
    ctx.env.VECTOR_DATA_TABLE,
    hits.map(({ pk, sk }) => ({ pk, sk })),
  );
}

export function response(ctx: SearchContext<BatchResult<RecordItem>>): unknown {
  ctx.stash.records = readBatch(ctx, ctx.env.VECTOR_DATA_TABLE);
  return {};
}
