import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runMaintenance } from '../../../../functions/ingestion/maintain/run-maintenance.ts';
import { deleteFile } from '../../../../functions/ingestion/upload/delete-file.ts';
import {
  asRequest,
  findFile,
  findText,
  getFile,
  ingest,
  type IngestionTestDeps,
  type IngestionWorld,
  listItems,
  listRecords,
  putFileDatabase,
  readDatabaseItem,
  runMaintenanceQueue,
  runParts,
  runPlans,
  settle,
  startIngestionWorld,
  uploadFile,
} from '../../../support/ingestion-world.ts';

let world: IngestionWorld;

beforeAll(async () => {
  world = await startIngestionWorld();
});
beforeEach(() => {
  for (const queue of [world.planQueue, world.partsQueue, world.maintenanceQueue]) queue.splice(0);
});
afterAll(() => world.stop());

const sweepLater = (minutes: number) =>
  runMaintenance({ ...world.deps, now: () => Date.now() + minutes * 60_000 }, { operation: 'sweep' });

/** Engines whose commits fail, before or after they were made. */
function withBrokenCommits(place: 'before' | 'after'): IngestionTestDeps {
  return {
    ...world.deps,
    openEngine: async (database, guard) => {
      const engine = await world.deps.openEngine(database, guard);
      const commit: typeof engine.commit = async (change) => {
        if (place === 'after') await engine.commit(change);
        throw new Error('the answer was lost');
      };
      return { ...engine, commit };
    },
  };
}

describe('a commit that was made although its answer was lost', () => {
  it('ends READY, also when it was the last attempt', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'lighthouse' });
    await runPlans(world);

    await expect(runParts(world, withBrokenCommits('after'), { isLastAttempt: true })).rejects.toThrow(
      'the answer was lost',
    );
    await runMaintenanceQueue(world);
    await sweepLater(16);
    await settle(world);

    const database = await readDatabaseItem(world, databaseId);
    expect(await getFile(world, databaseId, fileId)).toMatchObject({ status: 'READY', error: null });
    expect(await findText(world, database, 'lighthouse')).toHaveLength(1);
    expect(await listRecords(world, database, fileId)).toHaveLength(1);
  });

  it('is never given up by the sweep', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'lighthouse' });
    await runPlans(world);
    await expect(runParts(world, withBrokenCommits('after'))).rejects.toThrow('the answer was lost');

    for (let sweeps = 1; sweeps <= 6; sweeps++) await sweepLater(24 * 60 * sweeps);
    await settle(world);

    const database = await readDatabaseItem(world, databaseId);
    expect(await getFile(world, databaseId, fileId)).toMatchObject({ status: 'READY', error: null });
    expect(await listRecords(world, database, fileId)).toHaveLength(1);
  });

  it('does not bring back what was deleted since', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const content = '{"text": "first lighthouse"}\n{"text": "second lighthouse"}';
    const fileId = await uploadFile(world, { databaseId, name: 'a.jsonl', content });
    await runPlans(world);
    const parts = [...world.partsQueue];
    await expect(runParts(world, withBrokenCommits('after'))).rejects.toThrow('the answer was lost');
    const database = await readDatabaseItem(world, databaseId);
    const engine = await world.deps.openEngine(database);
    const removal = { add: [], removeIds: [`${fileId}:1:0`], removeFiles: [], finishedWrites: [] };
    const { version } = await engine.commit(removal);

    world.partsQueue.push(...parts);
    await settle(world);

    expect((await findText(world, database, 'lighthouse')).map(({ id }) => id)).toEqual([`${fileId}:1:1`]);
    expect(await getFile(world, databaseId, fileId)).toMatchObject({
      status: 'READY',
      progress: { version },
    });
  });

  it('is FAILED when no attempt was made visible', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'lighthouse' });
    await runPlans(world);

    await runParts(world, withBrokenCommits('before'), { isLastAttempt: true });
    await settle(world);

    const database = await readDatabaseItem(world, databaseId);
    expect((await getFile(world, databaseId, fileId)).status).toBe('FAILED');
    expect(await findText(world, database, 'lighthouse')).toEqual([]);
    expect(await listRecords(world, database, fileId)).toEqual([]);
  });
});

describe('planning that fails for a while', () => {
  it('is not taken for a file that is too large', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'lighthouse' });
    const plans = [...world.planQueue];
    const client = { send: () => Promise.reject(new Error('the store is away')) } as never;
    const away = { ...world.deps, files: { ...world.deps.files, client } };

    for (let delivery = 1; delivery <= 4; delivery++) {
      world.planQueue.splice(0, Infinity, ...plans);
      await expect(runPlans(world, away)).rejects.toThrow('the store is away');
    }
    world.planQueue.splice(0, Infinity, ...plans);
    await settle(world);

    expect(await getFile(world, databaseId, fileId)).toMatchObject({ status: 'READY', error: null });
  });
});

describe('a deletion of a file that died half-way', () => {
  it('is completed in the background', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const { id: fileId } = await ingest(world, { databaseId, name: 'a.txt', content: 'lighthouse' });
    await settle(world);

    await expect(
      deleteFile(withBrokenCommits('before'), asRequest({ databaseId, id: fileId })),
    ).rejects.toThrow('the answer was lost');
    await settle(world);

    const database = await readDatabaseItem(world, databaseId);
    expect(await findFile(world, databaseId, fileId)).toBeNull();
    expect(await findText(world, database, 'lighthouse')).toEqual([]);
    expect(await listRecords(world, database, fileId)).toEqual([]);
    expect(database).toMatchObject({ vectorCount: 0, fileCount: 0 });
  });

  it('leaves a file alone that it never marked', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const { id: fileId } = await ingest(world, { databaseId, name: 'a.txt', content: 'lighthouse' });
    const message = { operation: 'deleteFile' as const, databaseId, generation: 1, fileId };

    await runMaintenance(world.deps, { ...message, beforeVersion: null });

    const database = await readDatabaseItem(world, databaseId);
    expect(await findText(world, database, 'lighthouse')).toHaveLength(1);
    expect(await listRecords(world, database, fileId)).toHaveLength(1);
  });
});

describe('planning again that died half-way', () => {
  it('is done by the next delivery', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    await uploadFile(world, { databaseId, name: 'a.jsonl', content: '{"price": 12}' });
    const fileId = await uploadFile(world, { databaseId, name: 'b.jsonl', content: '{"price": "cheap"}' });
    await runPlans(world);
    await runParts(world);
    const replans = world.maintenanceQueue.filter(({ message }) => message.operation === 'replan');
    expect(replans).toHaveLength(1);
    const { client } = world.deps.databases;
    const dying = new Proxy(client, {
      get: (target, property, receiver) =>
        property === 'send'
          ? (command: unknown) =>
              command instanceof PutCommand
                ? Promise.reject(new Error('the process died'))
                : target.send(command as never)
          : (Reflect.get(target, property, receiver) as unknown),
    });
    const deps = { ...world.deps, databases: { ...world.deps.databases, client: dying } };

    await expect(runMaintenance(deps, replans[0]!.message)).rejects.toThrow('the process died');
    await settle(world);

    expect(await getFile(world, databaseId, fileId)).toMatchObject({ status: 'READY', fileVersion: 2 });
    const parts = (await listItems<{ sk: string }>(world, 'Databases', databaseId)).map(({ sk }) => sk);
    expect(parts.filter((sk) => sk.startsWith('PART#'))).toEqual([]);
  });
});
