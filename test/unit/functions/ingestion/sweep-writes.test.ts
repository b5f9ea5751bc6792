import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runMaintenance } from '../../../../functions/ingestion/maintain/run-maintenance.ts';
import type { DatabaseItem } from '../../../../functions/shared/database-item.ts';
import { beginWrite } from '../../../../functions/shared/pending-write.ts';
import { createWriteId, formatChunkId, recordKey } from '../../../../functions/shared/record-key.ts';
import { putRecords, type VectorRecord } from '../../../../functions/shared/records.ts';
import {
  findText,
  ingest,
  type IngestionWorld,
  listItems,
  putFileDatabase,
  readDatabaseItem,
  runMaintenanceQueue,
  settle,
  startIngestionWorld,
} from '../../../support/ingestion-world.ts';

let world: IngestionWorld;
let database: DatabaseItem;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

beforeAll(async () => {
  world = await startIngestionWorld();
});
beforeEach(async () => {
  database = await putFileDatabase(world);
  for (const queue of [world.planQueue, world.partsQueue, world.maintenanceQueue]) queue.splice(0);
});
afterAll(() => world.stop());

/** Sweeps every five minutes for a day, as the schedule does. */
async function sweepForADay(): Promise<void> {
  for (let ms = 0; ms < DAY_MS; ms += 5 * MINUTE_MS)
    await runMaintenance({ ...world.deps, now: () => Date.now() + ms }, { operation: 'sweep' });
}

/** Does what a write does until it dies: announces itself, and puts its records. */
async function dieBeforeCommit(ids: string[], startedAtMs: number): Promise<string> {
  const writeId = createWriteId(startedAtMs);
  await beginWrite(world.deps.databases, database.id, writeId);
  const scope = { databaseId: database.id, generation: 1 };
  const records = ids.map((id) => ({ ...recordKey(scope, id, writeId), id, writeId }) as VectorRecord);
  await putRecords(world.deps.records, records);
  return writeId;
}

async function listWriteIds(): Promise<string[]> {
  const records = await listItems<VectorRecord>(world, 'VectorData');
  return records.filter(({ pk }) => pk.startsWith(`${database.id}#`)).map(({ writeId }) => writeId);
}

describe('a write that died before its commit', () => {
  it('leaves neither records nor its announcement, whatever it wrote', async () => {
    const files = [];
    for (const name of ['a.txt', 'b.txt', 'c.txt'])
      files.push(await ingest(world, { databaseId: database.id, name, content: `lighthouse ${name}` }));
    await settle(world);
    const chunks = files.map(({ id }) => formatChunkId({ fileId: id, fileVersion: 1, chunkIndex: 0 }));
    await dieBeforeCommit(['own', ...chunks], Date.now() - 2 * 60 * MINUTE_MS);

    await sweepForADay();
    await runMaintenanceQueue(world);

    expect((await readDatabaseItem(world, database.id)).pendingWrites).toBeUndefined();
    expect(await listWriteIds()).toEqual(['0', '0', '0']);
    expect(await findText(world, database, 'lighthouse')).toHaveLength(3);
  });

  it('is left alone while it may still be alive', async () => {
    const alive = await dieBeforeCommit(['own'], Date.now() + DAY_MS);

    await sweepForADay();
    await runMaintenanceQueue(world);

    expect((await readDatabaseItem(world, database.id)).pendingWrites).toEqual(new Set([alive]));
    expect(await listWriteIds()).toEqual([alive]);
  });

  it('is removed in as many runs as it takes', async () => {
    const files = [];
    for (const name of ['a.txt', 'b.txt'])
      files.push(await ingest(world, { databaseId: database.id, name, content: name }));
    await settle(world);
    const chunks = files.map(({ id }) => formatChunkId({ fileId: id, fileVersion: 1, chunkIndex: 0 }));
    await dieBeforeCommit(['own', ...chunks], 0);
    let ticks = 0;
    // A clock that jumps lets a run see one or two partitions.
    const impatient = { ...world.deps, now: () => Date.now() + 2 * MINUTE_MS * ticks++ };

    const first = { operation: 'sweepWrites' as const, databaseId: database.id, generation: 1, beforeMs: 1 };
    await runMaintenance(impatient, first);
    let runs = 1;
    for (; world.maintenanceQueue.length > 0; runs++) {
      expect((await readDatabaseItem(world, database.id)).pendingWrites?.size).toBe(1);
      await runMaintenanceQueue(world, impatient);
    }

    expect(runs).toBeGreaterThan(2);
    expect((await readDatabaseItem(world, database.id)).pendingWrites).toBeUndefined();
    expect(await listWriteIds()).toEqual(['0', '0']);
  });
});

describe('a deletion of a database that died after its mark', () => {
  it('is asked for again', async () => {
    await world.tables.client.send(
      new UpdateCommand({
        TableName: 'Databases',
        Key: { pk: database.id, sk: 'DATABASE' },
        UpdateExpression: 'SET #status = :deleting',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':deleting': 'DELETING' },
      }),
    );

    await sweepForADay();
    await settle(world);

    const left = await listItems<{ pk: string; sk: string }>(world, 'Databases');
    expect(left.filter(({ pk, sk }) => pk === database.id || sk.includes(database.id))).toEqual([]);
  });
});
