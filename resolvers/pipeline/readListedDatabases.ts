import { runtime, type DynamoDBBatchGetItemRequest } from '@aws-appsync/utils';
import type { BatchResult } from '../shared/field-context.ts';
import type { DatabaseItem } from '../shared/items.ts';
import type { ListDatabasesContext } from '../shared/list-databases-context.ts';
import { batchGet, databaseKey, liveDatabase, readBatch } from '../shared/table-requests.ts';

/** Reads the databases whose ids the step before found, in the order of the ids. */
export function request(ctx: ListDatabasesContext): DynamoDBBatchGetItemRequest {
  const { ids } = ctx.stash;
  if (ids.length === 0) {
    ctx.stash.databases = [];
    runtime.earlyReturn({});
  }
  return batchGet(
    ctx.env.DATABASES_TABLE,
    ids.map((id) => databaseKey(id)),
  );
}

export function response(ctx: ListDatabasesContext<BatchResult<DatabaseItem>>): unknown {
  const items = readBatch(ctx, ctx.env.DATABASES_TABLE).filter((item) => !!liveDatabase(item));
  const inOrder = ctx.stash.ids.map((id) => items.find((item) => item.id === id));
  ctx.stash.databases = inOrder.filter((item) => item !== undefined);
  return {};
}
