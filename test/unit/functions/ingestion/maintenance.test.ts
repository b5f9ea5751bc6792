import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runMaintenance } from '../../../../functions/ingestion/maintain/run-maintenance.ts';
import {
  askForUpload,
  findText,
  getFile,
  ingest,
  type IngestionTestDeps,
  type IngestionWorld,
  listItems,
  listKeys,
  listRecords,
  postForm,
  putFileDatabase,
  readDatabaseItem,
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

const minutes = (count: number): number => count * 60_000;
const later = (ms: number): IngestionTestDeps => ({ ...world.deps, now: () => Date.now() + ms });
const sweepLater = (ms: number) => runMaintenance(later(ms), { operation: 'sweep' });
const listOpen = async (databaseId: string) =>
  (await listItems<{ sk: string }>(world, 'Databases', 'INGESTIONS')).filter(({ sk }) =>
    sk.startsWith(databaseId),
  );

describe('the sweep', () => {
  it('ends an upload that never came, and only after its time', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const { file } = await askForUpload(world, { databaseId, name: 'a.txt', content: 'four' });

    await sweepLater(minutes(14));
    expect((await getFile(world, databaseId, file.id)).status).toBe('AWAITING_UPLOAD');
    await sweepLater(minutes(30));

    const failed = await getFile(world, databaseId, file.id);
    expect(failed).toMatchObject({
      status: 'FAILED',
      error: { kind: 'UNAVAILABLE', message: expect.stringContaining('expired') as string },
    });
    expect(world.published.at(-1)).toEqual(failed.progress);
    expect(await listOpen(databaseId)).toEqual([]);
  });

  it('still takes bytes that arrive after all', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const upload = await askForUpload(world, { databaseId, name: 'a.txt', content: 'four' });
    await sweepLater(minutes(30));

    await postForm(upload, 'four');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await settle(world);

    expect(await getFile(world, databaseId, upload.file.id)).toMatchObject({ status: 'READY', error: null });
  });

  it('plans an upload whose event was lost', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'four' });
    world.planQueue.splice(0);

    await sweepLater(minutes(6));
    await settle(world);

    expect((await getFile(world, databaseId, fileId)).status).toBe('READY');
  });

  it('drives on an ingestion whose messages were lost, at any stage', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'four' });
    await runPlans(world);
    world.partsQueue.splice(0);

    await sweepLater(minutes(10));
    expect(world.partsQueue).toEqual([]);
    await sweepLater(minutes(16));
    expect(world.partsQueue).toHaveLength(1);
    await settle(world);

    expect((await getFile(world, databaseId, fileId)).status).toBe('READY');
  });

  it('has patience with messages that wait in long queues', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'four' });

    for (let waited = 5; waited <= 180; waited += 5) await sweepLater(minutes(waited));
    expect(world.planQueue.length).toBeLessThan(10);
    await runPlans(world, later(minutes(180)));
    for (let waited = 185; waited <= 480; waited += 5) await sweepLater(minutes(waited));
    expect(world.partsQueue.length).toBeLessThan(5);
    await settle(world);

    expect((await getFile(world, databaseId, fileId)).status).toBe('READY');
  });

  it('gives up an ingestion that never moves, with a reason', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'four' });
    await runPlans(world);

    for (let hours = 1; hours <= 24; hours++) await sweepLater(minutes(60 * hours));

    expect(await getFile(world, databaseId, fileId)).toMatchObject({
      status: 'FAILED',
      error: { kind: 'UNAVAILABLE', retryable: true },
    });
    expect(await listOpen(databaseId)).toEqual([]);
  });

  it('forgets what has ended', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    await ingest(world, { databaseId, name: 'a.txt', content: 'four' });
    expect(await listOpen(databaseId)).toHaveLength(1);

    await sweepLater(0);

    expect(await listOpen(databaseId)).toEqual([]);
  });

  it('keeps what is listed a moment before its state is there', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const of = { databaseId, generation: 1, fileId: '01234567-89ab-cdef-0123-456789abcdef', version: 1 };
    const createdAt = new Date().toISOString();
    const Item = { pk: 'INGESTIONS', sk: `${databaseId}#${of.fileId}#000001`, ...of, createdAt };
    await world.tables.client.send(new PutCommand({ TableName: 'Databases', Item }));

    await sweepLater(0);
    expect(await listOpen(databaseId)).toHaveLength(1);
    await sweepLater(minutes(6));

    expect(await listOpen(databaseId)).toEqual([]);
  });

  it('asks for the orphans of every database once a day', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const asked: string[] = [];

    for (let slot = 0; slot < 288; slot++) {
      await sweepLater(slot * minutes(5));
      for (const { message } of world.maintenanceQueue.splice(0))
        if (message.operation === 'sweepOrphans') asked.push(message.databaseId);
      world.planQueue.splice(0);
      world.partsQueue.splice(0);
    }

    expect(asked.filter((id) => id === databaseId)).toEqual([databaseId]);
  });
});

describe('a file whose fields met those of another', () => {
  it('is planned again with the types that hold now', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const numbers = await uploadFile(world, {
      databaseId,
      name: 'a.jsonl',
      content: '{"price": 12, "name": "first"}',
    });
    await runPlans(world);
    const texts = await uploadFile(world, {
      databaseId,
      name: 'b.jsonl',
      content: '{"price": "cheap", "name": "second"}',
    });
    await runPlans(world);

    await settle(world);

    expect(await getFile(world, databaseId, numbers)).toMatchObject({ status: 'READY', fileVersion: 1 });
    const second = await getFile(world, databaseId, texts);
    expect(second).toMatchObject({ status: 'READY', fileVersion: 2, vectorCount: 1 });
    expect(second.progress.message).toMatch(/1 value of the field "price" cannot be filtered/);
    const database = await readDatabaseItem(world, databaseId);
    expect(database.metadataFields.find(({ name }) => name === 'price')?.type).toBe('NUMBER');
    const [record] = await listRecords(world, database, texts);
    expect(JSON.parse(record?.metadata ?? '')).toEqual({ price: 'cheap', name: 'second' });
    expect((await listRecords(world, database, texts)).length).toBe(1);
  });
});

describe('tidying up', () => {
  it('deletes everything of a deleted database, in as many runs as it takes', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const other = await putFileDatabase(world);
    const { id: fileId } = await ingest(world, { databaseId, name: 'a.txt', content: 'four' });
    await ingest(world, { databaseId: other.id, name: 'a.txt', content: 'four' });
    const database = await readDatabaseItem(world, databaseId);
    await world.tables.client.send(
      new UpdateCommand({
        TableName: 'Databases',
        Key: { pk: databaseId, sk: 'DATABASE' },
        UpdateExpression: 'SET #status = :deleting',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':deleting': 'DELETING' },
      }),
    );
    let ticks = 0;
    // A clock that jumps makes every run stop early.
    const impatient = { ...world.deps, now: () => Date.now() + minutes(3) * ticks++ };
    world.maintenanceQueue.splice(0);

    await runMaintenance(impatient, { operation: 'deleteDatabase', databaseId, generation: 1 });
    expect(world.maintenanceQueue).toHaveLength(1);
    await settle(world);

    expect(
      (await listItems<{ pk: string; sk: string }>(world, 'Databases')).filter(
        ({ pk, sk }) => pk === databaseId || sk.includes(databaseId),
      ),
    ).toEqual([]);
    expect(await listRecords(world, database, fileId)).toEqual([]);
    expect([
      ...(await listKeys(world, 'files', `databases/${databaseId}/`)),
      ...(await listKeys(world, 'vectors', `databases/${databaseId}/`)),
    ]).toEqual([]);
    expect(await findText(world, other, 'four')).toHaveLength(1);
  });

  it('never touches a database that is not being deleted', async () => {
    const database = await putFileDatabase(world);
    await ingest(world, { databaseId: database.id, name: 'a.txt', content: 'four' });

    await runMaintenance(world.deps, { operation: 'deleteDatabase', databaseId: database.id, generation: 1 });

    expect(await findText(world, database, 'four')).toHaveLength(1);
  });

  it('deletes the superseded records, uploads and states of a replaced file alone', async () => {
    const database = await putFileDatabase(world);
    const file = await ingest(world, { databaseId: database.id, name: 'a.txt', content: 'first text' });
    await ingest(world, {
      databaseId: database.id,
      name: 'a.txt',
      content: 'second text',
      replaceFileId: file.id,
    });
    expect(await listRecords(world, database, file.id)).toHaveLength(2);

    await settle(world);

    expect((await listRecords(world, database, file.id)).map(({ text }) => text)).toEqual(['second text']);
    expect(await listKeys(world, 'files', `databases/${database.id}/`)).toEqual([
      `databases/${database.id}/g1/files/${file.id}/000002`,
    ]);
    const states = (await listItems<{ sk: string }>(world, 'Databases', database.id)).map(({ sk }) => sk);
    expect(states.sort()).toEqual([
      ...['DATABASE', `FILE#${file.id}`, `INGEST#${file.id}#000002`],
      expect.stringMatching(/^SAME#/),
    ]);
    expect((await findText(world, database, 'text')).map(({ id }) => id)).toEqual([`${file.id}:2:0`]);
  });

  it('compacts, and deletes the records that it is told', async () => {
    const database = await putFileDatabase(world);
    for (let n = 0; n < 5; n++)
      await ingest(world, { databaseId: database.id, name: `${n}.txt`, content: `text number ${n}` });
    const [first] = await listRecords(
      world,
      database,
      (await findText(world, database, 'number'))[0]?.fileId ?? '',
    );

    await runMaintenance(world.deps, { operation: 'compact', databaseId: database.id, generation: 1 });
    const message = { operation: 'deleteRecords' as const, databaseId: database.id, generation: 1 };
    await runMaintenance(world.deps, { ...message, records: [{ id: first?.id ?? '', writeId: '0' }] });

    expect(await findText(world, database, 'text number')).toHaveLength(5);
    expect(await listRecords(world, database, first?.fileId ?? '')).toEqual([]);
    await runParts(world);
  });

  it('refuses an operation that it does not know', async () => {
    const unknown = { operation: 'dropEverything' } as never;

    await expect(runMaintenance(world.deps, unknown)).rejects.toThrow(
      'no maintenance operation "dropEverything"',
    );
  });
});
