import { runtime, type DynamoDBQueryRequest } from '@aws-appsync/utils';
import { byteLength, MAX_SORT_KEY_BYTES } from '../shared/byte-length.ts';
import { failDataSource } from '../shared/fail.ts';
import type { QueryResult } from '../shared/field-context.ts';
import type { GetVectorContext } from '../shared/get-vector-context.ts';
import type { RecordItem } from '../shared/items.ts';
import {
  chunkDigits,
  chunkPrefix,
  holdsChunks,
  newestRecord,
  recordPartition,
  UNIT_SEPARATOR,
} from '../shared/record.ts';
import { LAST, queryRange } from '../shared/table-requests.ts';

/** More writes of one id than can be in flight or in their grace time. */
const MAX_RECORDS = 100;

/** Reads the records of one id, newest first; nothing when the chunk is not of its file's committed version. */
export function request(ctx: GetVectorContext): DynamoDBQueryRequest {
  const { database, chunk, file } = ctx.stash;
  const isCurrent = !chunk || (holdsChunks(file) && file?.fileVersion === chunk.fileVersion);
  if (!database || !isCurrent) return runtime.earlyReturn({});
  const name = chunk ? `${chunkPrefix(chunk.fileVersion)}${chunkDigits(chunk.chunkIndex)}` : ctx.args.id;
  const from = `${name}${UNIT_SEPARATOR}`;
  // An id that is too long for a key cannot have been written.
  if (byteLength(`${from}${LAST}`) > MAX_SORT_KEY_BYTES) runtime.earlyReturn({});
  const pk = recordPartition(database, chunk ? chunk.fileId : null);
  return queryRange({ pk, from, to: `${from}${LAST}`, limit: MAX_RECORDS, isDescending: true });
}

export function response(ctx: GetVectorContext<QueryResult<RecordItem>>): unknown {
  if (ctx.error) failDataSource(ctx);
  const records = ctx.result.items.filter((record) => record.id === ctx.args.id);
  ctx.stash.record = ctx.stash.database ? newestRecord(ctx.stash.database, records) : null;
  return {};
}
