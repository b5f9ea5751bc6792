import type { DynamoDBQueryRequest } from '@aws-appsync/utils';
import type { FilePage } from '../../schema/generated/types.ts';
import { failDataSource } from '../shared/fail.ts';
import type { QueryResult } from '../shared/field-context.ts';
import { toFile } from '../shared/file-item.ts';
import type { FileItem } from '../shared/items.ts';
import type { ListFilesContext } from '../shared/list-files-context.ts';
import { decodeLastId, encodePageToken } from '../shared/page-token.ts';
import { AFTER, LAST, queryRange } from '../shared/table-requests.ts';

/** With a status most items may be passed over: at some 2 KB each, this many stay below the 1 MB of one query. */
const FILTERED_READ = 400;

/** Reads the next files of a database. The status is compared here, because an expired upload reads as FAILED. */
export function request(ctx: ListFilesContext): DynamoDBQueryRequest {
  const after = decodeLastId(ctx);
  return queryRange({
    pk: ctx.args.databaseId,
    from: after === null ? 'FILE#' : `FILE#${after}${AFTER}`,
    to: `FILE#${LAST}`,
    limit: ctx.args.status ? FILTERED_READ : ctx.stash.limit,
  });
}

export function response(ctx: ListFilesContext<QueryResult<FileItem>>): FilePage {
  if (ctx.error) failDataSource(ctx);
  const { status } = ctx.args;
  const read = ctx.result.items.map((item) => toFile(item));
  const matching = read.filter((file) => !status || file.status === status);
  const items = matching.slice(0, ctx.stash.limit);
  const isCut = items.length < matching.length;
  const last = isCut ? items[items.length - 1] : read[read.length - 1];
  const hasNext = isCut || !!ctx.result.nextToken;
  return { items, nextToken: hasNext && last ? encodePageToken(ctx, [last.id]) : null };
}
