import type { Context, DynamoDBQueryRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';
import { toFile } from '../shared/file-item.ts';
import { decodeLastId, encodePageToken } from '../shared/page-token.ts';
import { AFTER, LAST, queryRange } from '../shared/table-requests.ts';

/** With a status most items may be passed over: at some 2 KB each, this many stay below the 1 MB of one query. */
const FILTERED_READ = 400;

/** Reads the next files of a database. The status is compared here, because an expired upload reads as FAILED. */
export function request(ctx: Context): DynamoDBQueryRequest {
  const after = decodeLastId(ctx);
  return queryRange({
    pk: ctx.args.databaseId,
    from: after === null ? 'FILE#' : `FILE#${after}${AFTER}`,
    to: `FILE#${LAST}`,
    limit: ctx.args.status ? FILTERED_READ : ctx.stash.limit,
  });
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  const read = ctx.result.items.map((item: any) => toFile(item));
  const matching = read.filter((file: any) => !ctx.args.status || file.status === ctx.args.status);
  const items = matching.slice(0, ctx.stash.limit);
  const isCut = items.length < matching.length;
  const last = isCut ? items[items.length - 1] : read[read.length - 1];
  return { items, nextToken: isCut || ctx.result.nextToken ? encodePageToken(ctx, [last.id]) : null };
}
