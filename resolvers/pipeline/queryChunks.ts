import { runtime, type Context, type DynamoDBQueryRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';
import { chunkPrefix, isCommitted, recordPartition, UNIT_SEPARATOR } from '../shared/record.ts';
import { AFTER, LAST, queryRange } from '../shared/table-requests.ts';
import { END } from '../shared/vector-position.ts';

/** Reads the chunks of the committed version in their order. A chunk may have several records, the newest of which is last. */
export function request(ctx: Context): DynamoDBQueryRequest {
  const { next, file, position, database, limit, items, isFull } = ctx.stash;
  if (next || !file) runtime.earlyReturn({});
  if (isFull) {
    ctx.stash.next = { phase: 'file', name: file.id, after: '' };
    runtime.earlyReturn({});
  }
  const prefix = chunkPrefix(file.fileVersion);
  // A file that was replaced between two pages goes on at the same chunk number of its new version.
  const isWithin =
    position?.phase === 'file' &&
    position.name === file.id &&
    position.after !== '' &&
    position.after !== END;
  const from = isWithin ? `${prefix}${position.after}${UNIT_SEPARATOR}${LAST}${AFTER}` : prefix;
  const pk = recordPartition(database, file.id);
  return queryRange({ pk, from, to: `${prefix}${LAST}`, limit: 2 * (limit - items.length) + 2 });
}

/** Returns the newest committed record of each chunk, in order; the records of one chunk stand together. */
function newestOfEach(database: any, records: any[]): any[] {
  const newest: any[] = [];
  for (const record of records) {
    if (isCommitted(database, record)) {
      if (newest.length > 0 && newest[newest.length - 1].id === record.id) newest.pop();
      newest.push(record);
    }
  }
  return newest;
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  const { database, file, limit, items, hasMoreFiles } = ctx.stash;
  const chunks = newestOfEach(database, ctx.result.items);
  // The last chunk of a query that was cut may have newer records that were not read.
  const whole = ctx.result.nextToken && chunks.length > 1 ? chunks.slice(0, -1) : chunks;
  const taken = whole.slice(0, limit - items.length);
  ctx.stash.items = items.concat(taken.filter((chunk) => !chunk.isDeleted));
  const isCut = taken.length < whole.length || !!ctx.result.nextToken;
  const last = taken[taken.length - 1];
  if (isCut && last) {
    ctx.stash.next = { phase: 'file', name: file.id, after: `00000000${last.chunkIndex}`.slice(-8) };
  } else if (hasMoreFiles) {
    ctx.stash.next = { phase: 'file', name: file.id, after: END };
  }
  return {};
}
