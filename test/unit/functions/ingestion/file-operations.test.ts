import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completeUpload } from '../../../../functions/ingestion/upload/complete-upload.ts';
import { deleteFile } from '../../../../functions/ingestion/upload/delete-file.ts';
import { processVectors } from '../../../../functions/ingestion/upload/process-vectors.ts';
import { requestUpload } from '../../../../functions/ingestion/upload/request-upload.ts';
import type { RequestUploadInput } from '../../../../schema/generated/types.ts';
import type { DatabaseItem } from '../../../../functions/shared/database-item.ts';
import { putDatabase } from '../../../support/database-item.ts';
import {
  asRequest,
  askForUpload,
  findFile,
  findText,
  getFile,
  ingest,
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
let database: DatabaseItem;
let databaseId: string;

beforeAll(async () => {
  world = await startIngestionWorld();
  database = await putFileDatabase(world, {
    metadataFields: [{ name: 'year', type: 'NUMBER', distinct: null }],
  });
  databaseId = database.id;
});
afterAll(() => world.stop());

const request = (input: Partial<RequestUploadInput>) =>
  requestUpload(world.deps, asRequest({ input: { databaseId, name: 'a.txt', sizeBytes: 3, ...input } }));

describe('requestUpload', () => {
  it.each([
    ['an empty name', { name: '' }, 'VALIDATION', 'input.name'],
    ['a name with a slash', { name: 'a/b.txt' }, 'VALIDATION', 'input.name'],
    ['no bytes', { sizeBytes: 0 }, 'VALIDATION', 'input.sizeBytes'],
    ['more than 5 GiB', { sizeBytes: 5 * 1024 ** 3 + 1 }, 'VALIDATION', 'input.sizeBytes'],
    ['part of a byte', { sizeBytes: 1.5 }, 'VALIDATION', 'input.sizeBytes'],
    ['a digest that is none', { sha256: 'abc' }, 'VALIDATION', 'input.sha256'],
    ['metadata that is a list', { metadata: '[1]' }, 'VALIDATION', 'input.metadata'],
    ['nested metadata', { metadata: '{"a":{"b":1}}' }, 'VALIDATION', 'input.metadata.a'],
    [
      'a metadata field called like an operator',
      { metadata: '{"$or":1}' },
      'VALIDATION',
      'input.metadata.$or',
    ],
    [
      'a metadata field of another type',
      { metadata: '{"year":"1999"}' },
      'VALIDATION',
      'input.metadata.year',
    ],
    ['chunks that are too small', { chunking: { maxTokens: 2 } }, 'VALIDATION', 'input.chunking.maxTokens'],
    [
      'an overlap of more than half',
      { chunking: { maxTokens: 100, overlapTokens: 60 } },
      'VALIDATION',
      'input.chunking.overlapTokens',
    ],
    ['an unknown database', { databaseId: 'nothing' }, 'NOT_FOUND', 'input.databaseId'],
    ['an unknown file to replace', { replaceFileId: 'nothing' }, 'NOT_FOUND', 'input.replaceFileId'],
  ])('refuses %s by name', async (_title, input, kind, field) => {
    await expect(request(input as Partial<RequestUploadInput>)).rejects.toMatchObject({
      kind,
      info: { field },
    });
  });

  it('refuses a database whose callers bring vectors', async () => {
    const { id } = await putDatabase(world.tables);

    await expect(request({ databaseId: id })).rejects.toMatchObject({
      kind: 'VALIDATION',
      message: expect.stringContaining('no embedding') as string,
    });
  });

  it('makes a file that waits, and a form for exactly its bytes', async () => {
    const upload = await askForUpload(world, { databaseId, name: 'a.txt', content: 'four' });

    expect(upload.file).toMatchObject({
      status: 'AWAITING_UPLOAD',
      contentType: 'text/plain',
      sizeBytes: 4,
      vectorCount: 0,
      error: null,
    });
    expect(upload.file).not.toHaveProperty('objectKey');
    expect(Date.parse(upload.expiresAt) - Date.now()).toBeGreaterThan(14 * 60_000);
    expect((await postForm(upload, 'more than four')).status).toBe(400);
    expect((await postForm(upload, 'four')).ok).toBe(true);
  });

  it('refuses bytes with another digest at the upload itself', async () => {
    const upload = await askForUpload(world, {
      databaseId,
      name: 'a.txt',
      content: 'four',
      sha256: 'a'.repeat(64),
    });

    const response = await postForm(upload, 'four');

    expect(response.status).toBe(400);
  });

  it('gives concurrent replacements versions of their own', async () => {
    const { id: replaceFileId } = await ingest(world, {
      databaseId,
      name: 'many.txt',
      content: 'version one',
    });

    await Promise.all([1, 2, 3, 4].map(() => request({ name: 'many.txt', replaceFileId })));

    const file = await getFile(world, databaseId, replaceFileId);
    expect(file).toMatchObject({ nextVersion: 5, fileVersion: 1, vectorCount: 1, status: 'AWAITING_UPLOAD' });
    const states = await listItems<{ sk: string }>(world, 'Databases', databaseId);
    expect(states.filter(({ sk }) => sk.startsWith(`INGEST#${replaceFileId}`))).toHaveLength(5);
  });
});

describe('completeUpload', () => {
  it('answers QUEUED once the bytes are there, and CONFLICT before', async () => {
    const upload = await askForUpload(world, { databaseId, name: 'a.txt', content: 'four' });
    const complete = () => completeUpload(world.deps, asRequest({ databaseId, fileId: upload.file.id }));

    await expect(complete()).rejects.toMatchObject({
      kind: 'CONFLICT',
      message: expect.stringContaining('not arrived') as string,
    });
    await postForm(upload, 'four');

    expect(await complete()).toMatchObject({ status: 'QUEUED' });
    expect(await complete()).toMatchObject({ status: 'QUEUED' });
  });

  it('refuses an upload whose time is over', async () => {
    const upload = await askForUpload(world, { databaseId, name: 'a.txt', content: 'four' });
    const deps = { ...world.deps, now: () => Date.now() + 16 * 60_000 };

    const late = completeUpload(deps, asRequest({ databaseId, fileId: upload.file.id }));

    await expect(late).rejects.toMatchObject({
      kind: 'CONFLICT',
      message: expect.stringContaining('request a new upload') as string,
    });
  });

  it(
    'joins the parts of a large upload, and only with the ETags of all of them',
    { timeout: 60_000 },
    async () => {
      const sizeBytes = 101 * 1024 * 1024;
      const upload = await request({ name: 'large.txt', sizeBytes });
      const { uploadId, parts, partSizeBytes } = upload;
      const etags = await Promise.all(
        (parts ?? []).map(async ({ number, url }) => {
          const start = (number - 1) * Number(partSizeBytes);
          const body = Buffer.alloc(Math.min(Number(partSizeBytes), sizeBytes - start), 'text ');
          const response = await fetch(url, { method: 'PUT', body });
          return response.headers.get('etag') ?? '';
        }),
      );
      const complete = (changes: object) =>
        completeUpload(
          world.deps,
          asRequest({ databaseId, fileId: upload.file.id, uploadId, etags, ...changes }),
        );

      expect(upload).toMatchObject({ url: null, fields: null });
      await expect(complete({ uploadId: 'other' })).rejects.toMatchObject({
        kind: 'CONFLICT',
        info: { field: 'uploadId' },
      });
      await expect(complete({ etags: null })).rejects.toMatchObject({
        kind: 'VALIDATION',
        info: { field: 'etags' },
      });
      await expect(complete({ etags: [...etags].reverse() })).rejects.toMatchObject({
        kind: 'CONFLICT',
        info: { field: 'etags' },
      });
      expect(await complete({})).toMatchObject({ status: 'QUEUED', sizeBytes });
      await deleteFile(world.deps, asRequest({ databaseId, id: upload.file.id }));
      world.planQueue.splice(0);
    },
  );
});

describe('processVectors', () => {
  const again = (fileId: string) => processVectors(world.deps, asRequest({ databaseId, fileId }));

  it('replaces the chunks of a READY file by new ones of the same bytes', async () => {
    const file = await ingest(world, { databaseId, name: 'again.txt', content: 'Neap tides are weak.' });

    expect(await again(file.id)).toMatchObject({ status: 'QUEUED', vectorCount: 1 });
    await settle(world);

    expect(await getFile(world, databaseId, file.id)).toMatchObject({
      status: 'READY',
      fileVersion: 2,
      vectorCount: 1,
      sha256: file.sha256,
    });
    const hits = await findText(world, database, 'neap tides weak');
    expect(hits.filter(({ fileId }) => fileId === file.id).map(({ id }) => id)).toEqual([`${file.id}:2:0`]);
    expect((await listRecords(world, database, file.id)).map(({ fileVersion }) => fileVersion)).toEqual([2]);
    expect(await again(file.id)).toMatchObject({ status: 'QUEUED' });
    await settle(world);
    expect(await getFile(world, databaseId, file.id)).toMatchObject({ status: 'READY', fileVersion: 3 });
  });

  it('processes a FAILED file again', async () => {
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'Some text.' });
    await runPlans(world);
    const deps = {
      ...world.deps,
      openEmbedder: () => {
        throw new Error('down');
      },
    };
    await runParts(world, deps, { isLastAttempt: true });
    expect((await getFile(world, databaseId, fileId)).status).toBe('FAILED');

    await again(fileId);
    await settle(world);

    expect(await getFile(world, databaseId, fileId)).toMatchObject({
      status: 'READY',
      error: null,
      vectorCount: 1,
    });
  });

  it('refuses a file that is being processed or never arrived', async () => {
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'Some text.' });
    await runPlans(world);
    const { file } = await askForUpload(world, { databaseId, name: 'b.txt', content: 'x' });

    await expect(again(fileId)).rejects.toMatchObject({ kind: 'CONFLICT', info: { actual: 'EMBEDDING' } });
    await expect(again(file.id)).rejects.toMatchObject({
      kind: 'CONFLICT',
      message: expect.stringContaining('never arrived') as string,
    });
    await expect(again('nothing')).rejects.toMatchObject({ kind: 'NOT_FOUND' });
    await settle(world);
  });
});

describe('deleteFile', () => {
  it('removes every chunk in one commit, then all that the file left', async () => {
    const own = await putFileDatabase(world);
    const file = await ingest(world, { databaseId: own.id, name: 'a.txt', content: 'Some text.' });

    const deleted = await deleteFile(world.deps, asRequest({ databaseId: own.id, id: file.id }));

    expect(deleted).toMatchObject({ id: file.id, status: 'DELETING', vectorCount: 1 });
    expect(await findText(world, own, 'text')).toEqual([]);
    expect(await findFile(world, own.id, file.id)).toBeNull();
    expect((await listRecords(world, own, file.id)).length).toBe(1);
    expect(
      world.maintenanceQueue.find(
        ({ message }) => message.operation === 'deleteFile' && message.beforeVersion === null,
      )?.delaySeconds,
    ).toBe(90);
    await settle(world);
    expect(await listRecords(world, own, file.id)).toEqual([]);
    expect(await listKeys(world, 'files', `databases/${own.id}/`)).toEqual([]);
    expect((await listItems<{ sk: string }>(world, 'Databases', own.id)).map(({ sk }) => sk)).toEqual([
      'DATABASE',
    ]);
    expect(await readDatabaseItem(world, own.id)).toMatchObject({ vectorCount: 0, fileCount: 0 });
    await expect(
      deleteFile(world.deps, asRequest({ databaseId: own.id, id: file.id })),
    ).rejects.toMatchObject({ kind: 'NOT_FOUND' });
  });

  it('lets nothing of a file appear whose upload arrives after its deletion', async () => {
    const own = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId: own.id, name: 'a.txt', content: 'Some text.' });

    await deleteFile(world.deps, asRequest({ databaseId: own.id, id: fileId }));
    await settle(world);

    expect(await findFile(world, own.id, fileId)).toBeNull();
    expect(await listKeys(world, 'files', `databases/${own.id}/`)).toEqual([]);
  });
});

describe('the file of a hit', () => {
  it('is read in batches, in order, once each, and null when it is gone', async () => {
    const { readFiles } = await import('../../../../functions/file-batch/read-files.ts');
    const { file } = await askForUpload(world, { databaseId, name: 'a.txt', content: 'x' });
    const known = { databaseId, fileId: file.id };

    const files = await readFiles(
      world.deps.databases,
      [known, { databaseId, fileId: null }, { databaseId, fileId: 'gone' }, known],
      new Date().toISOString(),
    );
    const [late] = await readFiles(
      world.deps.databases,
      [known],
      new Date(Date.now() + 3_600_000).toISOString(),
    );

    expect(files.map((each) => each?.id ?? null)).toEqual([file.id, null, null, file.id]);
    expect(files[0]).toMatchObject({ name: 'a.txt', status: 'AWAITING_UPLOAD' });
    expect(late).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('expired') as string },
    });
  });
});
