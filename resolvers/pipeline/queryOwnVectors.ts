import { runtime, type DynamoDBQueryRequest } from '@aws-appsync/utils';
import { failDataSource } from '../shared/fail.ts';
import type { RecordItem } from '../shared/items.ts';
import type { ListVectorsContext } from '../shared/list-vectors-context.ts';
import { isCommitted, recordPartition } from '../shared/record.ts';
import { queryRange } from '../shared/table-requests.ts';

/** Reads vectors that belong to no file, in descending order: the newest record of an id then comes before those it replaced. */
export function request(ctx: ListVectorsContext): DynamoDBQueryRequest {
  const { position, database, limit } = ctx.stash;
  if (ctx.args.fileId || position?.phase === 'file') runtime.earlyReturn({});
  // The first item is the one that the page before ended with.
  const to = position ? position.after : null;
  return queryRange({
    pk: recordPartition(database, null),
    from: ' ',
    to,
    limit: limit + 1,
    isDescending: true,
  });
}

export function response(ctx: ListVectorsContext<RecordItem>): unknown {
  if (ctx.error) failDataSource(ctx);
  const { position, database, limit, items } = ctx.stash;
  let decidedId = position ? position.name : '';
  let lastKey = position ? position.after : '';
  let isCut = !!ctx.result.nextToken;
  for (const record of ctx.result.items) {
    if (items.length === limit) {
      isCut = true;
      break;
    }
    lastKey = record.sk;
    if (record.id !== decidedId && isCommitted(database, record)) {
      decidedId = record.id;
      if (!record.isDeleted) items.push(record);
    }
  }
  if (isCut) ctx.stash.next = { phase: 'own', name: decidedId, after: lastKey };
  return {};
}
