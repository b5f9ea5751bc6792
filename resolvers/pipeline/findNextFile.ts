import { runtime, type Context, type DynamoDBQueryRequest } from '@aws-appsync/utils';
import { fail, failDataSource } from '../shared/fail.ts';
import { AFTER, LAST, queryRange } from '../shared/table-requests.ts';
import { END } from '../shared/vector-position.ts';

/** Files without chunks, such as failed ones, are passed over: this many are looked at for one page. */
const FILES_READ = 50;

/** Finds the file whose chunks fill the rest of the page. */
export function request(ctx: Context): DynamoDBQueryRequest {
  const { next, position, items, limit } = ctx.stash;
  if (next) runtime.earlyReturn({});
  const pk = ctx.args.databaseId;
  if (ctx.args.fileId) {
    const key = `FILE#${ctx.args.fileId}`;
    return queryRange({ pk, from: key, to: key, limit: 1 });
  }
  ctx.stash.isFull = items.length === limit;
  const isInFiles = position?.phase === 'file';
  const isFileDone = isInFiles && position.after === END;
  const from = `FILE#${isInFiles ? position.name : ''}${isFileDone ? AFTER : ''}`;
  return queryRange({ pk, from, to: `FILE#${LAST}`, limit: FILES_READ });
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  const read = ctx.result.items;
  if (ctx.args.fileId && read.length === 0) {
    const actual = ctx.args.fileId.slice(0, 64);
    fail(ctx, 'NOT_FOUND', `There is no file "${actual}" in this database.`, { field: 'fileId', actual });
  }
  const filled = read.filter((file: any) => file.fileVersion > 0);
  const hasUnread = !ctx.args.fileId && !!ctx.result.nextToken;
  if (filled.length > 0) {
    ctx.stash.file = filled[0];
    ctx.stash.hasMoreFiles = filled.length > 1 || hasUnread;
  } else if (hasUnread) {
    ctx.stash.next = { phase: 'file', name: read[read.length - 1].id, after: END };
  }
  return {};
}
