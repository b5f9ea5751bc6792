import type { Context, DynamoDBQueryRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';
import { decodeLastId, encodePageToken } from '../shared/page-token.ts';
import { AFTER, LAST, queryRange } from '../shared/table-requests.ts';

/** Finds the ids of the next page of keys. */
export function request(ctx: Context): DynamoDBQueryRequest {
  const after = decodeLastId(ctx);
  const from = after === null ? 'KEY#' : `KEY#${after}${AFTER}`;
  return queryRange({ pk: 'API_KEYS', from, to: `KEY#${LAST}`, limit: ctx.stash.limit });
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  const ids = ctx.result.items.map((item: any) => item.sk.slice('KEY#'.length));
  ctx.stash.ids = ids;
  ctx.stash.nextToken = ctx.result.nextToken ? encodePageToken(ctx, [ids[ids.length - 1]]) : null;
  return {};
}
