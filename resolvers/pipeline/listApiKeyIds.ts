import type { Context, DynamoDBQueryRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';
import { decodeSortKey, encodePageToken } from '../shared/page-token.ts';
import { AFTER, LAST, queryRange } from '../shared/table-requests.ts';

/** Finds the ids of the next page of keys. */
export function request(ctx: Context): DynamoDBQueryRequest {
  const after = decodeSortKey(ctx, 'KEY#');
  const from = after === null ? 'KEY#' : `${after}${AFTER}`;
  return queryRange({ pk: 'API_KEYS', from, to: `KEY#${LAST}`, limit: ctx.stash.limit });
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  const sortKeys = ctx.result.items.map((item: any) => item.sk);
  ctx.stash.ids = sortKeys.map((sk: string) => sk.slice('KEY#'.length));
  ctx.stash.nextToken = ctx.result.nextToken ? encodePageToken(ctx, [sortKeys[sortKeys.length - 1]]) : null;
  return {};
}
