import { runtime, type DynamoDBQueryRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';
import type { QueryResult } from '../shared/field-context.ts';
import type { ListDatabasesContext } from '../shared/list-databases-context.ts';
import { decodeLastId } from '../shared/page-token.ts';
import { AFTER, LAST, queryRange } from '../shared/table-requests.ts';

/** One batch read takes 100 keys. A filter by name reads as many as it can, to fill its pages. */
const MAX_BATCH = 100;

/** Finds the ids of the next page: from the list entries, or from what a key is limited to. */
export function request(ctx: ListDatabasesContext): DynamoDBQueryRequest {
  const after = decodeLastId(ctx);
  const limit = ctx.args.nameContains ? MAX_BATCH : ctx.stash.limit;
  const allowed = ctx.stash.caller.databaseIds;
  if (allowed !== null) {
    const left = allowed.filter((id) => after === null || id > after).sort();
    ctx.stash.ids = left.slice(0, limit);
    ctx.stash.hasMore = left.length > limit;
    runtime.earlyReturn({});
  }
  const from = after === null ? 'DATABASE#' : `DATABASE#${after}${AFTER}`;
  return queryRange({ pk: 'DATABASES', from, to: `DATABASE#${LAST}`, limit });
}

export function response(ctx: ListDatabasesContext<QueryResult<{ sk: string }>>): unknown {
  if (ctx.error) failDataSource(ctx);
  ctx.stash.ids = ctx.result.items.map(({ sk }) => sk.slice('DATABASE#'.length));
  ctx.stash.hasMore = !!ctx.result.nextToken;
  return {};
}
