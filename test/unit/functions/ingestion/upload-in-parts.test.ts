import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runMaintenance } from '../../../../functions/ingestion/maintain/run-maintenance.ts';
import { SINGLE_UPLOAD_BYTES } from '../../../../functions/ingestion/upload/presign-upload.ts';
import { deleteFile } from '../../../../functions/ingestion/upload/delete-file.ts';
import { requestUpload } from '../../../../functions/ingestion/upload/request-upload.ts';
import type { Upload } from '../../../../schema/generated/types.ts';
import {
  asRequest,
  getFile,
  type IngestionTestDeps,
  type IngestionWorld,
  putFileDatabase,
  runMaintenanceQueue,
  startIngestionWorld,
} from '../../../support/ingestion-world.ts';

let world: IngestionWorld;
let databaseId: string;
const sizeBytes = SINGLE_UPLOAD_BYTES + 1;
const sha256 = 'a'.repeat(64);

beforeAll(async () => {
  world = await startIngestionWorld();
});
beforeEach(async () => {
  for (const queue of [world.planQueue, world.partsQueue, world.maintenanceQueue]) queue.splice(0);
  databaseId = (await putFileDatabase(world)).id;
});
afterAll(() => world.stop());

const ask = (changes: object = {}, deps: IngestionTestDeps = world.deps): Promise<Upload> =>
  requestUpload(deps, asRequest({ input: { databaseId, name: 'a.txt', sizeBytes, sha256, ...changes } }));

/** The uploads in parts that the bucket keeps for this database, each of which costs what was sent of it. */
async function listOpen(): Promise<(string | undefined)[]> {
  const { client, bucket } = world.deps.files;
  const Prefix = `databases/${databaseId}/`;
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix }));
  return Uploads.map(({ UploadId }) => UploadId);
}

describe('an upload in parts', () => {
  it('is ended when the same upload is asked for again', async () => {
    const first = await ask();
    const second = await ask({ replaceFileId: first.file.id });

    expect(second.uploadId).not.toBe(first.uploadId);
    expect(await listOpen()).toEqual([second.uploadId]);
  });

  it('is ended when its time is over', async () => {
    const { file } = await ask();

    await runMaintenance({ ...world.deps, now: () => Date.now() + 71 * 60_000 }, { operation: 'sweep' });

    expect(await listOpen()).toEqual([]);
    expect((await getFile(world, databaseId, file.id)).status).toBe('FAILED');
  });

  it('is ended with its file', async () => {
    const { file } = await ask();

    await deleteFile(world.deps, asRequest({ databaseId, id: file.id }));
    await runMaintenanceQueue(world);

    expect(await listOpen()).toEqual([]);
  });

  it('is ended with its database', async () => {
    await ask();
    const { UpdateCommand } = await import('@aws-sdk/lib-dynamodb');
    await world.tables.client.send(
      new UpdateCommand({
        TableName: 'Databases',
        Key: { pk: databaseId, sk: 'DATABASE' },
        UpdateExpression: 'SET #status = :deleting',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':deleting': 'DELETING' },
      }),
    );

    await runMaintenance(world.deps, { operation: 'deleteDatabase', databaseId, generation: 1 });

    expect(await listOpen()).toEqual([]);
  });

  it('is not left behind by requests that meet, or that fail', async () => {
    const first = await ask();
    const replacements = await Promise.all([1, 2, 3].map(() => ask({ replaceFileId: first.file.id })));
    const { client, table } = world.deps.databases;
    const broken = { ...world.deps, databases: { client: failingPuts(client), table } };
    await expect(ask({}, broken)).rejects.toThrow('the table is gone');

    const file = await getFile(world, databaseId, first.file.id);
    const newest = replacements.filter(({ uploadId }) => uploadId !== first.uploadId);
    expect(await listOpen()).toHaveLength(1);
    expect(newest.map(({ uploadId }) => uploadId)).toContain((await listOpen())[0]);
    expect(file.nextVersion).toBe(4);
  });

  it('is not begun for a file that is there, whose answer asks for no part', async () => {
    const { file } = await ask();
    await pretendReady(file.id);

    const again = await ask();

    expect(again).toMatchObject({ file: { id: file.id, status: 'READY' }, uploadId: null, parts: [] });
    expect(await listOpen()).toHaveLength(1);
  });
});

function failingPuts(client: IngestionWorld['tables']['client']): IngestionWorld['tables']['client'] {
  const send = (command: { constructor: { name: string } }): Promise<unknown> =>
    command.constructor.name === 'PutCommand'
      ? Promise.reject(new Error('the table is gone'))
      : client.send(command as never);
  return { send } as unknown as typeof client;
}

/** A hundred megabytes are not sent for this: the file says what it would say after them. */
async function pretendReady(fileId: string): Promise<void> {
  const { noteReadyUpload } = await import('../../../../functions/ingestion/state/same-upload.ts');
  const { storeReady } = await import('../../../../functions/ingestion/state/file-store.ts');
  const { readIngestion } = await import('../../../../functions/ingestion/state/ingestion-store.ts');
  const of = { databaseId, generation: 1, fileId, version: 1 };
  const { upload } = (await readIngestion(world.deps.databases, of))!;
  const { progress } = await getFile(world, databaseId, fileId);
  await noteReadyUpload(world.deps.databases, of, { ...upload, sha256 }, 3);
  const ready = { vectorCount: 3, sha256, contentType: 'text/plain', progress, error: null };
  await storeReady(world.deps.databases, of, ready);
}
