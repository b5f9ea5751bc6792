import { runtime, type DynamoDBQueryRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';
import type { DatabaseItem, RecordItem } from '../shared/items.ts';
import type { ListVectorsContext } from '../shared/list-vectors-context.ts';
import { chunkDigits, chunkPrefix, isCommitted, recordPartition, UNIT_SEPARATOR } from '../shared/record.ts';
import { AFTER, LAST, queryRange } from '../shared/table-requests.ts';
import { END } from '../shared/vector-position.ts';

/** Reads the chunks of the committed version in their order. A chunk may have several records, the newest of which is last. */
export function request(ctx: ListVectorsContext): DynamoDBQueryRequest {
  const { next, file, position, database, limit, items } = ctx.stash;
  if (next || !file) return runtime.earlyReturn({});
  if (items.length === limit) {
    ctx.stash.next = { phase: 'file', name: file.id, after: '' };
    runtime.earlyReturn({});
  }
  const prefix = chunkPrefix(file.fileVersion);
  // A file that was replaced between two pages goes on at the same chunk number of its new version.
  const after = position?.phase === 'file' && position.name === file.id ? position.after : '';
  const isWithin = after !== '' && after !== END;
  const from = isWithin ? `${prefix}${after}${UNIT_SEPARATOR}${LAST}${AFTER}` : prefix;
  const pk = recordPartition(database, file.id);
  return queryRange({ pk, from, to: `${prefix}${LAST}`, limit: 2 * (limit - items.length) + 2 });
}

/** Returns the newest committed record of each chunk, in order; the records of one chunk stand together. */
function newestOfEach(database: DatabaseItem, records: RecordItem[]): RecordItem[] {
  const newest: RecordItem[] = [];
  for (const record of records) {
    if (isCommitted(database, record)) {
      if (newest[newest.length - 1]?.id === record.id) newest.pop();
      newest.push(record);
    }
  }
  return newest;
}

export function response(ctx: ListVectorsContext<RecordItem>): unknown {
  if (ctx.error) failDataSource(ctx);
  const { database, limit, items, hasMoreFiles } = ctx.stash;
  const chunks = newestOfEach(database, ctx.result.items);
  const hasUnread = !!ctx.result.nextToken;
  // The last chunk of a query that was cut may have newer records that were not read.
  const whole = hasUnread && chunks.length > 1 ? chunks.slice(0, -1) : chunks;
  const taken = whole.slice(0, limit - items.length);
  const last = taken[taken.length - 1];
  const name = ctx.stash.file!.id;
  ctx.stash.items = items.concat(taken.filter((chunk) => !chunk.isDeleted));
  if (last && (taken.length < whole.length || hasUnread)) {
    ctx.stash.next = { phase: 'file', name, after: chunkDigits(last.chunkIndex ?? 0) };
  } else if (hasMoreFiles) {
    ctx.stash.next = { phase: 'file', name, after: END };
  }
  return {};
}
