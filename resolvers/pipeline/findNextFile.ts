import { runtime, type DynamoDBQueryRequest } from '@aws-appsync/utils';
import { fail, failDataSource } from '../shared/fail.ts';
import type { FileItem } from '../shared/items.ts';
import type { ListVectorsContext } from '../shared/list-vectors-context.ts';
import { holdsChunks } from '../shared/record.ts';
import { AFTER, LAST, queryRange } from '../shared/table-requests.ts';
import { END } from '../shared/vector-position.ts';

/** Files without chunks, such as failed ones, are passed over: this many are looked at for one page. */
const FILES_READ = 50;

/** Finds the file whose chunks fill the rest of the page. */
export function request(ctx: ListVectorsContext): DynamoDBQueryRequest {
  const { next, position } = ctx.stash;
  if (next) runtime.earlyReturn({});
  const pk = ctx.args.databaseId;
  if (ctx.args.fileId) {
    const key = `FILE#${ctx.args.fileId}`;
    return queryRange({ pk, from: key, to: key, limit: 1 });
  }
  const within = position?.phase === 'file' ? position : null;
  const from = `FILE#${within ? within.name : ''}${within?.after === END ? AFTER : ''}`;
  return queryRange({ pk, from, to: `FILE#${LAST}`, limit: FILES_READ });
}

export function response(ctx: ListVectorsContext<FileItem>): unknown {
  if (ctx.error) failDataSource(ctx);
  const { fileId } = ctx.args;
  const read = ctx.result.items;
  const last = read[read.length - 1];
  if (fileId && !last) {
    const actual = fileId.slice(0, 64);
    fail(ctx, 'NOT_FOUND', `There is no file "${actual}" in this database.`, { field: 'fileId', actual });
  }
  const filled = read.filter((file) => holdsChunks(file));
  const hasUnread = !fileId && !!ctx.result.nextToken;
  ctx.stash.file = filled[0] ?? null;
  ctx.stash.hasMoreFiles = filled.length > 1 || hasUnread;
  if (!filled[0] && hasUnread && last) ctx.stash.next = { phase: 'file', name: last.id, after: END };
  return {};
}
