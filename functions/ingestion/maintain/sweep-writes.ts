import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type DatabaseItem, readDatabase } from '../../shared/database-item.ts';
import { log } from '../../shared/log.ts';
import { abandonWrite } from '../../shared/pending-write.ts';
import {
  parseRecordKey,
  type RecordKey,
  recordPartition,
  type RecordScope,
} from '../../shared/record-key.ts';
import { deleteRecords } from '../../shared/records.ts';
import { FILE_SORT_PREFIX } from '../state/file-item.ts';
import { sendMessage, type WriteCursor, type WriteSweep } from '../storage/send-message.ts';
import { type MaintenanceDeps, startClock } from './maintenance-deps.ts';

/** A request lasts half a minute at most: what is still announced after this long died before its commit. */
const DEAD_AFTER_MS = 60 * 60_000;
const KEYS_PER_PAGE = 1_000;
/** Sorts after every file of a database. */
const AFTER_FILES = `${FILE_SORT_PREFIX}~`;

/** Write ids begin with their time in hexadecimal. */
function startedAtMs(writeId: string): number {
  return Number.parseInt(writeId.split('-')[0] ?? '', 16);
}

function findDead({ pendingWrites }: DatabaseItem, beforeMs: number): Set<string> {
  return new Set([...(pendingWrites ?? [])].filter((writeId) => startedAtMs(writeId) < beforeMs));
}

/** Returns the task of removing what dead writes of a database left behind; null when there are none. */
export function planWriteSweep(database: DatabaseItem, nowMs: number): WriteSweep | null {
  const beforeMs = nowMs - DEAD_AFTER_MS;
  if (findDead(database, beforeMs).size === 0) return null;
  return { operation: 'sweepWrites', databaseId: database.id, generation: database.generation, beforeMs };
}

/** Yields the partitions that writes may have put records into: that of vectors without a file, then those of the files. */
async function* listPartitions(
  { databases: { client, table } }: MaintenanceDeps,
  scope: RecordScope,
  after: WriteCursor | undefined,
): AsyncGenerator<string> {
  const own = recordPartition(scope, null);
  if (after === undefined || after.pk === own) yield own;
  const fileId =
    after === undefined || after.pk === own ? '' : after.pk.slice(recordPartition(scope, '').length);
  let startKey: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':pk': scope.databaseId,
          ':first': FILE_SORT_PREFIX + fileId,
          ':last': AFTER_FILES,
        },
        ProjectionExpression: 'sk',
        ConsistentRead: true,
        ExclusiveStartKey: startKey,
      }),
    );
    for (const { sk } of (page.Items ?? []) as { sk: string }[])
      yield recordPartition(scope, sk.slice(FILE_SORT_PREFIX.length));
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
}

/** Deletes the records of dead writes from one partition; returns where time ended, null when all was seen. */
async function sweepPartition(
  { records }: MaintenanceDeps,
  from: WriteCursor,
  { dead, hasTime }: { dead: ReadonlySet<string>; hasTime: () => boolean },
): Promise<WriteCursor | null> {
  const { pk } = from;
  let startKey: Record<string, unknown> | undefined = from.sk === undefined ? undefined : { ...from };
  do {
    if (!hasTime()) return { pk, ...startKey };
    const page = await records.client.send(
      new QueryCommand({
        TableName: records.table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
        ProjectionExpression: 'pk, sk',
        ConsistentRead: true,
        Limit: KEYS_PER_PAGE,
        ExclusiveStartKey: startKey,
      }),
    );
    const keys = (page.Items ?? []) as RecordKey[];
    await deleteRecords(
      records,
      keys.filter((key) => dead.has(parseRecordKey(key).writeId)),
    );
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return null;
}

/**
 * Removes the records of writes that died between their announcement and their commit, then the announcements, which hid them until
 * now. It reads the keys of all records, so it is only asked for when there are such writes.
 */
export async function sweepWrites(deps: MaintenanceDeps, message: WriteSweep): Promise<void> {
  const { databaseId, beforeMs, after } = message;
  const database = await readDatabase(deps.databases, databaseId);
  if (database?.generation !== message.generation) return;
  const dead = findDead(database, beforeMs);
  if (dead.size === 0) return;
  const hasTime = startClock(deps);
  for await (const pk of listPartitions(deps, message, after)) {
    const from = pk === after?.pk ? after : { pk };
    const stoppedAt = await sweepPartition(deps, from, { dead, hasTime });
    if (stoppedAt === null) continue;
    await sendMessage(deps.maintenanceQueue, { ...message, after: stoppedAt });
    return;
  }
  for (const writeId of dead) await abandonWrite(deps.databases, databaseId, writeId);
  log.warn('writes that died before their commit were removed', { databaseId, writes: dead.size });
}
