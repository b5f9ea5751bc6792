import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planFile } from '../../../../functions/ingestion/plan/plan-file.ts';
import { processPart } from '../../../../functions/ingestion/part/process-part.ts';
import { markCancelled } from '../../../../functions/ingestion/state/file-store.ts';
import { cancelIngestion } from '../../../../functions/ingestion/upload/cancel-ingestion.ts';
import { processVectors } from '../../../../functions/ingestion/upload/process-vectors.ts';
import { runMaintenance } from '../../../../functions/ingestion/maintain/run-maintenance.ts';
import type { DatabaseItem } from '../../../../functions/shared/database-item.ts';
import {
  asRequest,
  askForUpload,
  findText,
  forgetAll,
  getFile,
  ingest,
  type IngestionTestDeps,
  type IngestionWorld,
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
let database: DatabaseItem;
let databaseId: string;

beforeAll(async () => {
  world = await startIngestionWorld();
});
beforeEach(async () => {
  await forgetAll(world);
  database = await putFileDatabase(world);
  databaseId = database.id;
});
afterAll(() => world.stop());

const cancel = (fileId: string) => cancelIngestion(world.deps, asRequest({ databaseId, fileId }));
const CANCELLED = { status: 'FAILED', error: { kind: 'CONFLICT', retryable: true } };

async function replace(): Promise<string> {
  const { id } = await ingest(world, { databaseId, name: 'a.txt', content: 'The lighthouse.' });
  await uploadFile(world, { databaseId, name: 'a.txt', content: 'The harbour.', replaceFileId: id });
  return id;
}

async function upload(): Promise<string> {
  return await uploadFile(world, { databaseId, name: 'a.txt', content: 'The harbour.' });
}

async function searchableTexts(fileId: string): Promise<string[]> {
  const ids = (await findText(world, database, 'anything')).map(({ id }) => id);
  const records = await listRecords(world, database, fileId);
  return records.flatMap(({ id, text }) => (ids.includes(id) ? [text ?? ''] : []));
}

async function expectNothingOf(fileId: string): Promise<void> {
  expect(await listRecords(world, database, fileId)).toEqual([]);
  expect(await listKeys(world, 'files', `databases/${databaseId}/g1/staging/`)).toEqual([]);
  expect(await readDatabaseItem(world, databaseId)).toMatchObject({ vectorCount: 0, fileCount: 0 });
}

describe('cancelIngestion', () => {
  it('ends the wait for bytes, and those that come all the same are not processed', async () => {
    const asked = await askForUpload(world, { databaseId, name: 'a.txt', content: 'The harbour.' });

    expect(await cancel(asked.file.id)).toMatchObject(CANCELLED);
    await postForm(asked, 'The harbour.');
    await settle(world);

    expect(await getFile(world, databaseId, asked.file.id)).toMatchObject({ ...CANCELLED, vectorCount: 0 });
    await expectNothingOf(asked.file.id);
  });

  it('ends a replacement between its plan and its parts, and the older version stays searchable', async () => {
    const fileId = await replace();
    await runPlans(world);

    expect(await cancel(fileId)).toMatchObject({ ...CANCELLED, vectorCount: 1 });
    await settle(world);

    expect(await searchableTexts(fileId)).toEqual(['The lighthouse.']);
    expect(await listRecords(world, database, fileId)).toHaveLength(1);
    expect(world.published.at(-1)).toMatchObject({ fileId, status: 'FAILED' });
  });

  it('lets the same bytes be processed again', async () => {
    const fileId = await replace();
    await runPlans(world);
    await cancel(fileId);

    await processVectors(world.deps, asRequest({ databaseId, fileId }));
    await settle(world);

    expect(await getFile(world, databaseId, fileId)).toMatchObject({ status: 'READY', error: null });
    expect(await searchableTexts(fileId)).toEqual(['The harbour.']);
  });

  it('answers the same when it is called again', async () => {
    const fileId = await upload();
    const first = await cancel(fileId);

    expect(await cancel(fileId)).toEqual(first);
  });

  it('refuses what is not under way, by name', async () => {
    const { id } = await ingest(world, { databaseId, name: 'a.txt', content: 'The lighthouse.' });

    await expect(cancel(id)).rejects.toMatchObject({
      kind: 'CONFLICT',
      info: { field: 'fileId', actual: 'READY' },
    });
    await expect(cancel('nothing')).rejects.toMatchObject({ kind: 'NOT_FOUND', info: { field: 'fileId' } });
  });
});

describe('a cancellation that meets', () => {
  it('planning: the file does not come back to life', async () => {
    const fileId = await upload();
    const publish: IngestionTestDeps['publish'] = async (progress) => {
      if (progress.status === 'PARSING') await cancel(fileId);
    };

    await runPlans(world, { ...world.deps, publish });
    expect(world.partsQueue).toEqual([]);
    await settle(world);

    expect(await getFile(world, databaseId, fileId)).toMatchObject(CANCELLED);
    await expectNothingOf(fileId);
  });

  it('the start of planning: a late report of it is not stored', async () => {
    const fileId = await upload();
    const of = { databaseId, generation: 1, fileId, version: 1 };
    await cancel(fileId);

    await planFile(world.deps, of, { isLastAttempt: true });
    await settle(world);

    expect(await getFile(world, databaseId, fileId)).toMatchObject(CANCELLED);
  });

  it('a commit that was checked before: the commit loses', async () => {
    const fileId = await upload();
    await runPlans(world);
    let answers = 0;
    const openEngine: IngestionTestDeps['openEngine'] = (item, guard) =>
      world.deps.openEngine(
        item,
        guard &&
          (async () => {
            await guard();
            if (answers++ === 0) await cancel(fileId);
          }),
      );

    await runParts(world, { ...world.deps, openEngine });
    await settle(world);

    expect(answers).toBe(1);
    expect(await getFile(world, databaseId, fileId)).toMatchObject(CANCELLED);
    await expectNothingOf(fileId);
  });

  it('a commit that was made before: the caller is told, and the file becomes READY', async () => {
    const fileId = await upload();
    await runPlans(world);
    const refusals: unknown[] = [];
    const openEngine: IngestionTestDeps['openEngine'] = async (item, guard) => {
      const engine = await world.deps.openEngine(item, guard);
      const commit: typeof engine.commit = async (change) => {
        const done = await engine.commit(change);
        await cancel(fileId).catch((error: unknown) => refusals.push(error));
        return done;
      };
      return { ...engine, readRows: (ids) => engine.readRows(ids), commit };
    };

    await runParts(world, { ...world.deps, openEngine });
    await settle(world);

    expect(refusals).toMatchObject([{ kind: 'CONFLICT', info: { field: 'fileId' } }]);
    const file = await getFile(world, databaseId, fileId);
    expect(file).toMatchObject({ status: 'READY', vectorCount: 1, error: null });
    expect(file).not.toHaveProperty('cancelledVersion');
  });

  it('its own death: the schedule ends what was marked', async () => {
    const fileId = await upload();
    await runPlans(world);
    await markCancelled(world.deps.databases, { databaseId, generation: 1, fileId, version: 1 });
    for (const message of world.partsQueue.splice(0))
      await processPart(world.deps, message, { isLastAttempt: false });
    expect(await getFile(world, databaseId, fileId)).not.toMatchObject({ status: 'FAILED' });

    await runMaintenance(world.deps, { operation: 'sweep' });
    await settle(world);

    expect(await getFile(world, databaseId, fileId)).toMatchObject(CANCELLED);
    await expectNothingOf(fileId);
  });
});
