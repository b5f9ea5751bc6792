import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as limits from '../../../../functions/ingestion/limits.ts';
import {
  findFile,
  findText,
  getFile,
  type IngestionTestDeps,
  type IngestionWorld,
  ingest,
  listItems,
  listRecords,
  putFileDatabase,
  readDatabaseItem,
  runParts,
  runPlans,
  settle,
  startIngestionWorld,
  uploadFile,
} from '../../../support/ingestion-world.ts';

// Small parts give a small file several of them.
vi.mock('../../../../functions/ingestion/limits.ts', async (importOriginal) => {
  const original = await importOriginal<typeof limits>();
  return { ...original, INGESTION_LIMITS: { ...original.INGESTION_LIMITS, chunksPerPart: 5 } };
});

let world: IngestionWorld;

beforeAll(async () => {
  world = await startIngestionWorld();
});
afterAll(() => world.stop());

const RECORDS = 12;
const writeLog = (edition: string): string =>
  Array.from({ length: RECORDS }, (_, n) =>
    JSON.stringify({ text: `Lighthouse ${edition}, log ${n}.` }),
  ).join('\n');

/** Fails every call of a client from the `failFrom`-th on, as a process that died there would. */
function dieAfter(
  world: IngestionWorld,
  failFrom: number,
): { deps: IngestionTestDeps; hasDied: () => boolean } {
  let calls = 0;
  const wrap = <Client extends { send: unknown }>(client: Client): Client =>
    new Proxy(client, {
      get(target, property, receiver) {
        const value: unknown = Reflect.get(target, property, receiver);
        if (property !== 'send')
          return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
        return (...args: unknown[]) => {
          if (++calls >= failFrom) return Promise.reject(new Error('the process died'));
          return (value as (...given: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  const { deps } = world;
  const died: IngestionTestDeps = {
    ...deps,
    databases: { ...deps.databases, client: wrap(deps.databases.client) },
    records: { ...deps.records, client: wrap(deps.records.client) },
    files: { ...deps.files, client: wrap(deps.files.client) },
    partsQueue: { ...deps.partsQueue, client: wrap(deps.partsQueue.client) },
    maintenanceQueue: { ...deps.maintenanceQueue, client: wrap(deps.maintenanceQueue.client) },
    openEngine: async (database, guard) => {
      if (++calls >= failFrom) throw new Error('the process died');
      const engine = await deps.openEngine(database, guard);
      return {
        ...engine,
        commit: async (change) => {
          if (++calls >= failFrom) throw new Error('the process died');
          const commit = await engine.commit(change);
          if (++calls >= failFrom) throw new Error('the process died');
          return commit;
        },
      };
    },
  };
  return { deps: died, hasDied: () => calls >= failFrom };
}

async function expectWhole(databaseId: string, fileId: string, version: number, word: string): Promise<void> {
  const database = await readDatabaseItem(world, databaseId);
  const file = await getFile(world, databaseId, fileId);
  expect(file).toMatchObject({ status: 'READY', vectorCount: RECORDS, fileVersion: version, error: null });
  expect(database).toMatchObject({ vectorCount: RECORDS, fileCount: 1 });
  const hits = await findText(world, database, `Lighthouse ${word}`, RECORDS * 2);
  expect(new Set(hits.map(({ id }) => id))).toEqual(
    new Set(Array.from({ length: RECORDS }, (_, n) => `${fileId}:${version}:${n}`)),
  );
}

describe('messages that arrive twice, late, or after a crash', () => {
  it('changes nothing when every message is delivered twice and in reverse', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'log.jsonl', content: writeLog('alpha') });
    const event = world.planQueue[0] as string;

    world.planQueue.push(event);
    await runPlans(world);
    const messages = [...world.partsQueue];
    world.partsQueue.splice(0, Infinity, ...[...messages, ...messages].reverse());
    await runParts(world);
    world.planQueue.push(event);
    world.partsQueue.push(...messages);
    await settle(world);

    await expectWhole(databaseId, fileId, 1, 'alpha');
  });

  it('ends READY with every chunk once, wherever a process dies', { timeout: 120_000 }, async () => {
    const content = writeLog('beta');
    for (let failFrom = 1; ; failFrom += 2) {
      const { id: databaseId } = await putFileDatabase(world);
      const fileId = await uploadFile(world, { databaseId, name: 'log.jsonl', content });
      const plans = [...world.planQueue];
      const { deps, hasDied } = dieAfter(world, failFrom);

      await runPlans(world, deps).catch(() => undefined);
      if (hasDied()) {
        world.planQueue.push(...plans);
        await runPlans(world);
      }
      const parts = [...world.partsQueue];
      await runParts(world, deps).catch(() => undefined);
      // The queue delivers again what was not worked off.
      world.partsQueue.splice(0, Infinity, ...parts);
      await settle(world);

      await expectWhole(databaseId, fileId, 1, 'beta');
      if (!hasDied()) break;
      if (failFrom > 200) throw new Error('the work never came to its end');
    }
  });

  it('lets the newer version win when the older one finishes last', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'log.jsonl', content: writeLog('gamma') });
    await runPlans(world);
    const late = world.partsQueue.splice(0);
    await uploadFile(world, {
      databaseId,
      name: 'log.jsonl',
      content: writeLog('delta'),
      replaceFileId: fileId,
    });
    await runPlans(world);
    await runParts(world);

    world.partsQueue.push(...late);
    await settle(world);

    await expectWhole(databaseId, fileId, 2, 'delta');
    expect(
      (await listRecords(world, await readDatabaseItem(world, databaseId), fileId)).every(
        ({ fileVersion }) => fileVersion === 2,
      ),
    ).toBe(true);
  });

  it('removes what a version made visible when its file was deleted meanwhile', async () => {
    const { deleteFile } = await import('../../../../functions/ingestion/upload/delete-file.ts');
    const { asRequest } = await import('../../../support/ingestion-world.ts');
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'log.jsonl', content: writeLog('epsilon') });
    await runPlans(world);
    let isDeleted = false;
    const deps: IngestionTestDeps = {
      ...world.deps,
      openEngine: async (database, guard) => {
        const engine = await world.deps.openEngine(database, guard);
        if (!guard || isDeleted) return engine;
        isDeleted = true;
        await deleteFile(world.deps, asRequest({ databaseId, id: fileId }));
        return engine;
      },
    };

    await runParts(world, deps);
    await settle(world);

    expect(isDeleted).toBe(true);
    expect(await findFile(world, databaseId, fileId)).toBeNull();
    const database = await readDatabaseItem(world, databaseId);
    expect(await findText(world, database, 'Lighthouse epsilon')).toEqual([]);
    expect(database).toMatchObject({ vectorCount: 0, fileCount: 0 });
    expect(await listRecords(world, database, fileId)).toEqual([]);
    expect((await listItems<{ sk: string }>(world, 'Databases', databaseId)).map(({ sk }) => sk)).toEqual([
      'DATABASE',
    ]);
  });

  it('stays quiet for a database that was deleted meanwhile', async () => {
    const { UpdateCommand } = await import('@aws-sdk/lib-dynamodb');
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'log.jsonl', content: writeLog('zeta') });
    await runPlans(world);
    await world.tables.client.send(
      new UpdateCommand({
        TableName: 'Databases',
        Key: { pk: databaseId, sk: 'DATABASE' },
        UpdateExpression: 'SET #status = :deleting',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':deleting': 'DELETING' },
      }),
    );

    await runParts(world);

    const { status } = await getFile(world, databaseId, fileId);
    expect(status).toBe('EMBEDDING');
    world.maintenanceQueue.push({
      message: { operation: 'deleteDatabase', databaseId, generation: 1 },
      delaySeconds: 0,
    });
    await settle(world);
    expect(
      (await listItems<{ pk: string }>(world, 'Databases')).filter(({ pk }) => pk === databaseId),
    ).toEqual([]);
  });

  it('keeps the old version searchable when its replacement fails', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const { id: fileId } = await ingest(world, { databaseId, name: 'log.jsonl', content: writeLog('eta') });

    await uploadFile(world, {
      databaseId,
      name: 'log.jsonl',
      content: '{"text": "good"}\n{"text": broken}',
      replaceFileId: fileId,
    });
    await settle(world);

    const file = await getFile(world, databaseId, fileId);
    expect(file).toMatchObject({
      status: 'FAILED',
      vectorCount: RECORDS,
      fileVersion: 1,
      error: { kind: 'VALIDATION', location: 'line 2' },
    });
    expect(
      (await findText(world, await readDatabaseItem(world, databaseId), 'Lighthouse eta', 999)).length,
    ).toBe(RECORDS);
  });
});
