import { createHash } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import {
  DATABASE_LIST_PARTITION,
  type DatabaseItem,
  databaseKey,
  readDatabase,
} from '../../shared/database-item.ts';
import { log } from '../../shared/log.ts';
import { mapConcurrently } from '../../shared/map-concurrently.ts';
import { readItem } from '../state/file-store.ts';
import { OPEN_INGESTIONS_PARTITION } from '../state/ingestion-item.ts';
import { sendMessage } from '../storage/send-message.ts';
import { driveIngestion, type ListedIngestion } from './drive-ingestion.ts';
import { type MaintenanceDeps, startClock } from './maintenance-deps.ts';
import { planWriteSweep } from './sweep-writes.ts';

const PAGE = 100;
const CONCURRENCY = 4;
const SWEEP_INTERVAL_MS = 5 * 60_000;
/** Looking for leftovers lists a bucket: once a day for each database, at its own five minutes. */
const SLOTS = (24 * 60 * 60_000) / SWEEP_INTERVAL_MS;
/** Longer than any ingestion may stand still before it is given up, so that its segments are not taken for orphans. */
const ORPHAN_GRACE_MS = 24 * 60 * 60_000;

/** An entry of either list; those of databases have their key alone. */
interface ListEntry extends ListedIngestion {
  sk: string;
}

async function readPage(
  { databases }: MaintenanceDeps,
  pk: string,
  after: string | undefined,
): Promise<ListEntry[]> {
  const { client, table } = databases;
  const condition = after === undefined ? 'pk = :pk' : 'pk = :pk AND sk > :after';
  const page = await client.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: condition,
      ExpressionAttributeValues: { ':pk': pk, ...(after === undefined ? {} : { ':after': after }) },
      Limit: PAGE,
    }),
  );
  return (page.Items ?? []) as ListEntry[];
}

/** Runs `visit` over a partition page by page; returns the last key when time ends, null when all was seen. */
async function visitPartition(
  deps: MaintenanceDeps,
  { pk, after, hasTime }: { pk: string; after: string | undefined; hasTime: () => boolean },
  visit: (item: ListEntry) => Promise<void>,
): Promise<string | null> {
  let last = after;
  for (;;) {
    const items = await readPage(deps, pk, last);
    await mapConcurrently(items, CONCURRENCY, visit);
    last = items.at(-1)?.sk ?? last;
    if (items.length < PAGE || last === undefined) return null;
    if (!hasTime()) return last;
  }
}

/** One ingestion that cannot be looked after must not keep the sweep from the others. */
async function driveSafely(deps: MaintenanceDeps, listed: ListedIngestion): Promise<void> {
  try {
    await driveIngestion(deps, listed);
  } catch (error) {
    const { databaseId, fileId, version } = listed;
    log.error('an ingestion could not be looked after', error, { databaseId, fileId, version });
  }
}

function slotOf(databaseId: string): number {
  return createHash('sha256').update(databaseId).digest().readUInt32BE() % SLOTS;
}

async function askForTidying(deps: MaintenanceDeps, sk: string): Promise<void> {
  const databaseId = sk.replace(/^DATABASE#/, '');
  if (slotOf(databaseId) !== Math.floor(deps.now() / SWEEP_INTERVAL_MS) % SLOTS) return;
  const database = await readItem<DatabaseItem>(deps.databases, databaseKey(databaseId));
  if (!database) return;
  const { generation } = database;
  if (database.status === 'DELETING') {
    // A deletion that goes its way takes its list entry along: this one died before it could ask for the rest.
    await sendMessage(deps.maintenanceQueue, { operation: 'deleteDatabase', databaseId, generation });
    return;
  }
  const writes = planWriteSweep(database, deps.now());
  if (writes) await sendMessage(deps.maintenanceQueue, writes);
  await sendMessage(deps.maintenanceQueue, { operation: 'sweepOrphans', databaseId, generation });
}

/** Looks after everything that is under way, and once a day asks for what is to be tidied up in each database; goes on by message when time ends. */
export async function sweep(deps: MaintenanceDeps, after?: string): Promise<void> {
  const hasTime = startClock(deps);
  const stoppedAt = await visitPartition(deps, { pk: OPEN_INGESTIONS_PARTITION, after, hasTime }, (listed) =>
    driveSafely(deps, listed),
  );
  if (stoppedAt !== null) await sendMessage(deps.maintenanceQueue, { operation: 'sweep', after: stoppedAt });
  if (after !== undefined) return;
  const databases = { pk: DATABASE_LIST_PARTITION, after: undefined, hasTime: () => true };
  await visitPartition(deps, databases, ({ sk }) => askForTidying(deps, sk));
}

/** Deletes the segments and manifests of a database that nothing names and nothing is about to name. */
export async function sweepOrphans(deps: MaintenanceDeps, databaseId: string): Promise<void> {
  const database = await readDatabase(deps.databases, databaseId);
  if (!database) return;
  const engine = await deps.openEngine(database);
  const deleted = await engine.sweepOrphans(ORPHAN_GRACE_MS);
  if (deleted.length > 0) log.info('orphans were deleted', { databaseId, objects: deleted.length });
}
