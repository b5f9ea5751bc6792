import type { DynamoDBQueryRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';
import type { QueryResult } from '../shared/field-context.ts';
import type { ListApiKeysContext } from '../shared/list-api-keys-context.ts';
import { decodeLastId, encodePageToken } from '../shared/page-token.ts';
import { AFTER, LAST, queryRange } from '../shared/table-requests.ts';

/** Finds the ids of the next page of keys. */
export function request(ctx: ListApiKeysContext): DynamoDBQueryRequest {
  const after = decodeLastId(ctx);
  const from = after === null ? 'KEY#' : `KEY#${after}${AFTER}`;
  return queryRange({ pk: 'API_KEYS', from, to: `KEY#${LAST}`, limit: ctx.stash.limit });
}

export function response(ctx: ListApiKeysContext<QueryResult<{ sk: string }>>): unknown {
  if (ctx.error) failDataSource(ctx);
  const ids = ctx.result.items.map(({ sk }) => sk.slice('KEY#'.length));
  const lastId = ids[ids.length - 1];
  ctx.stash.ids = ids;
  ctx.stash.nextToken = ctx.result.nextToken && lastId ? encodePageToken(ctx, [lastId]) : null;
  return {};
}
