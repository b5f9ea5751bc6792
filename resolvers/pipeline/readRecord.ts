import { runtime, type Context, type DynamoDBQueryRequest } from '@aws-appsync/utils';
import { byteLength, MAX_SORT_KEY_BYTES } from '../shared/byte-length.ts';
import { failDataSource } from '../shared/fail.ts';
import { chunkPrefix, newestRecord, recordPartition, UNIT_SEPARATOR } from '../shared/record.ts';
import { LAST, queryRange } from '../shared/table-requests.ts';

/** More writes of one id than can be in flight or in their grace time. */
const MAX_RECORDS = 100;

/** Reads the records of one id, newest first; nothing when the chunk is not of its file's committed version. */
export function request(ctx: Context): DynamoDBQueryRequest {
  const { database, chunk, file } = ctx.stash;
  if (!database || (chunk && file?.fileVersion !== chunk.fileVersion)) runtime.earlyReturn({});
  const name = chunk ? `${chunkPrefix(chunk.fileVersion)}${`00000000${chunk.index}`.slice(-8)}` : ctx.args.id;
  const from = `${name}${UNIT_SEPARATOR}`;
  // An id that is too long for a key cannot have been written.
  if (byteLength(`${from}${LAST}`) > MAX_SORT_KEY_BYTES) runtime.earlyReturn({});
  const pk = recordPartition(database, chunk ? chunk.fileId : null);
  return queryRange({ pk, from, to: `${from}${LAST}`, limit: MAX_RECORDS, isDescending: true });
}

export function response(ctx: Context): unknown {
  if (ctx.error) failDataSource(ctx);
  const records = ctx.result.items.filter((record: any) => record.id === ctx.args.id);
  ctx.stash.record = newestRecord(ctx.stash.database, records);
  return {};
}
