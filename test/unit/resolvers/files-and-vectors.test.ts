import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FilePage, Vector, VectorPage } from '../../../schema/generated/types.ts';
import { request, requestErrors } from '../../support/graphql-client.ts';
import { keyToken, startResolverApi, userToken, type ResolverApi } from '../../support/resolver-api.ts';

let api: ResolverApi;
const viewer = userToken('viewer');
const now = '2026-11-22T10:00:00.000Z';
const fileId = (digit: number): string => `00000000-0000-4000-8000-00000000000${digit}`;
const pad = (value: number, width: number): string => String(value).padStart(width, '0');

const GET_FILE =
  'query ($databaseId: ID!, $id: ID!) { getFile(databaseId: $databaseId, id: $id) { id status error { message } progress { status } } }';
const LIST_FILES = `query ($databaseId: ID!, $status: FileStatus, $limit: Int, $nextToken: String) {
  listFiles(databaseId: $databaseId, status: $status, limit: $limit, nextToken: $nextToken) { items { id status } nextToken }
}`;
const GET_VECTOR =
  'query ($databaseId: ID!, $id: ID!) { getVector(databaseId: $databaseId, id: $id) { id text metadata fileId chunkIndex } }';
const LIST_VECTORS = `query ($databaseId: ID!, $fileId: ID, $limit: Int, $nextToken: String) {
  listVectors(databaseId: $databaseId, fileId: $fileId, limit: $limit, nextToken: $nextToken) { items { id text } nextToken }
}`;

async function putDatabase(id: string, changes: Record<string, unknown> = {}): Promise<void> {
  await api.put('Databases', {
    pk: id,
    sk: 'DATABASE',
    id,
    name: id,
    status: 'READY',
    generation: 1,
    ...changes,
  });
}

async function putFile(databaseId: string, id: string, changes: Record<string, unknown> = {}): Promise<void> {
  const progress = {
    databaseId,
    fileId: id,
    status: 'READY',
    percent: 100,
    chunksDone: 1,
    bytesDone: 1,
    bytesTotal: 1,
    updatedAt: now,
  };
  const file = {
    databaseId,
    name: 'a.txt',
    contentType: 'text/plain',
    sizeBytes: 1,
    status: 'READY',
    vectorCount: 0,
    createdAt: now,
    updatedAt: now,
  };
  await api.put('Databases', {
    pk: databaseId,
    sk: `FILE#${id}`,
    id,
    ...file,
    fileVersion: 1,
    progress,
    ...changes,
  });
}

async function putOwn(
  databaseId: string,
  id: string,
  writeId: string,
  changes: Record<string, unknown> = {},
): Promise<void> {
  const record = { id, databaseId, fileId: null, text: `${id} by ${writeId}`, createdAt: now, writeId };
  await api.put('VectorData', {
    pk: `${databaseId}#g1#-`,
    sk: `${id}\u001f${writeId}`,
    ...record,
    ...changes,
  });
}

interface Chunk {
  databaseId: string;
  file: string;
  version: number;
  index: number;
}

async function putChunk(
  { databaseId, file, version, index }: Chunk,
  writeId = '0',
  changes: Record<string, unknown> = {},
): Promise<void> {
  const id = `${file}:${version}:${index}`;
  const record = {
    id,
    databaseId,
    fileId: file,
    fileVersion: version,
    chunkIndex: index,
    text: `chunk ${index}`,
    createdAt: now,
    writeId,
  };
  await api.put('VectorData', {
    pk: `${databaseId}#g1#${file}`,
    sk: `v${pad(version, 6)}#${pad(index, 8)}\u001f${writeId}`,
    ...record,
    ...changes,
  });
}

async function getVector(databaseId: string, id: string): Promise<Vector | null> {
  const data = await request<{ getVector: Vector | null }>(api, viewer, GET_VECTOR, { databaseId, id });
  return data.getVector;
}

async function walkVectors(
  databaseId: string,
  variables: Record<string, unknown>,
): Promise<{ ids: string[]; pages: VectorPage[] }> {
  const pages: VectorPage[] = [];
  let nextToken: string | null | undefined;
  do {
    const data = await request<{ listVectors: VectorPage }>(api, viewer, LIST_VECTORS, {
      databaseId,
      ...variables,
      nextToken,
    });
    pages.push(data.listVectors);
    nextToken = data.listVectors.nextToken;
  } while (nextToken && pages.length < 50);
  return { ids: pages.flatMap(({ items }) => items.map(({ id }) => id)), pages };
}

beforeAll(async () => {
  api = await startResolverApi();
});
afterAll(async () => {
  await api.close();
});

describe('getFile', () => {
  it('answers null when the file, its database or the permission is missing', async () => {
    await putDatabase('files-1');
    await putFile('files-1', fileId(1));
    await putDatabase('files-dying', { status: 'DELETING' });
    await putFile('files-dying', fileId(1));

    const found = await request(api, viewer, GET_FILE, { databaseId: 'files-1', id: fileId(1) });
    const missing = await request(api, viewer, GET_FILE, { databaseId: 'files-1', id: fileId(2) });
    const dying = await request(api, viewer, GET_FILE, { databaseId: 'files-dying', id: fileId(1) });
    const foreign = await request(api, keyToken('READ', 'other'), GET_FILE, {
      databaseId: 'files-1',
      id: fileId(1),
    });

    expect(found).toMatchObject({ getFile: { id: fileId(1), status: 'READY' } });
    expect([missing, dying, foreign]).toEqual([{ getFile: null }, { getFile: null }, { getFile: null }]);
  });

  it('reads a file as failed once its upload has expired', async () => {
    await putDatabase('files-2');
    await putFile('files-2', fileId(1), {
      status: 'AWAITING_UPLOAD',
      uploadExpiresAt: '2020-01-01T00:00:00.000Z',
    });
    await putFile('files-2', fileId(2), {
      status: 'AWAITING_UPLOAD',
      uploadExpiresAt: '2999-01-01T00:00:00.000Z',
    });

    const expired = await request(api, viewer, GET_FILE, { databaseId: 'files-2', id: fileId(1) });
    const open = await request(api, viewer, GET_FILE, { databaseId: 'files-2', id: fileId(2) });
    const failed = await request<{ listFiles: FilePage }>(api, viewer, LIST_FILES, {
      databaseId: 'files-2',
      status: 'FAILED',
    });

    expect(expired).toMatchObject({ getFile: { status: 'FAILED', progress: { status: 'FAILED' } } });
    expect(open).toMatchObject({ getFile: { status: 'AWAITING_UPLOAD', error: null } });
    expect(failed.listFiles.items.map(({ id }) => id)).toEqual([fileId(1)]);
  });
});

describe('listFiles', () => {
  it('answers pages that together hold each file once, also those with one status', async () => {
    await putDatabase('files-3');
    for (let index = 0; index < 9; index++) {
      await putFile('files-3', fileId(index), { status: index % 3 === 0 ? 'FAILED' : 'READY' });
    }
    const walk = async (status: string | undefined): Promise<string[]> => {
      const seen: string[] = [];
      let nextToken: string | null | undefined;
      do {
        const variables = { databaseId: 'files-3', status, limit: 2, nextToken };
        const data: { listFiles: FilePage } = await request(api, viewer, LIST_FILES, variables);
        expect(data.listFiles.items.length).toBeLessThanOrEqual(2);
        seen.push(...data.listFiles.items.map(({ id }) => id));
        nextToken = data.listFiles.nextToken;
      } while (nextToken);
      return seen;
    };

    expect(await walk(undefined)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].map(fileId));
    expect(await walk('FAILED')).toEqual([0, 3, 6].map(fileId));
  });

  it('answers NOT_FOUND for a database that does not exist, is being deleted, or is not the key`s', async () => {
    await putDatabase('files-4', { status: 'DELETING' });
    await putDatabase('files-5');

    for (const [token, databaseId] of [
      [viewer, 'nothing'],
      [viewer, 'files-4'],
      [keyToken('READ', 'x'), 'files-5'],
    ]) {
      const [error] = await requestErrors(api, token!, LIST_FILES, { databaseId });
      expect(error!).toMatchObject({
        errorType: 'NOT_FOUND',
        message: `There is no database "${databaseId!}".`,
        errorInfo: { field: 'databaseId', retryable: false },
      });
    }
  });
});

describe('getVector', () => {
  it('answers the newest committed record of a vector', async () => {
    await putDatabase('vectors-1', { pendingWrites: new Set(['00000003-c']) });
    await putOwn('vectors-1', 'earth', '00000001-a');
    await putOwn('vectors-1', 'earth', '00000002-b', { metadata: '{"moons":1}' });
    await putOwn('vectors-1', 'earth', '00000003-c');
    await putOwn('vectors-1', 'earthling', '00000009-z');

    const vector = await getVector('vectors-1', 'earth');

    expect(vector).toMatchObject({
      id: 'earth',
      text: 'earth by 00000002-b',
      metadata: '{"moons":1}',
      fileId: null,
    });
  });

  it('answers null once a vector was deleted, although its records are still there', async () => {
    await putDatabase('vectors-2', { pendingWrites: new Set(['00000003-c']) });
    await putOwn('vectors-2', 'pluto', '00000001-a');
    await putOwn('vectors-2', 'pluto', '00000002-b', { isDeleted: true, text: null });
    await putOwn('vectors-2', 'ceres', '00000001-a');
    await putOwn('vectors-2', 'ceres', '00000003-c', { isDeleted: true, text: null });

    expect(await getVector('vectors-2', 'pluto')).toBeNull();
    expect(await getVector('vectors-2', 'ceres')).toMatchObject({ text: 'ceres by 00000001-a' });
  });

  it('answers null for an id that is too long for a key', async () => {
    await putDatabase('vectors-4');

    expect(await getVector('vectors-4', '長'.repeat(512))).toBeNull();
  });

  it('answers chunks of the committed version of their file alone', async () => {
    await putDatabase('vectors-3');
    await putFile('vectors-3', fileId(1), { fileVersion: 2 });
    await putChunk({ databaseId: 'vectors-3', file: fileId(1), version: 1, index: 0 });
    await putChunk({ databaseId: 'vectors-3', file: fileId(1), version: 2, index: 10 });
    await putChunk({ databaseId: 'vectors-3', file: fileId(1), version: 3, index: 0 });

    expect(await getVector('vectors-3', `${fileId(1)}:2:10`)).toMatchObject({
      chunkIndex: 10,
      fileId: fileId(1),
    });
    expect(await getVector('vectors-3', `${fileId(1)}:1:0`)).toBeNull();
    expect(await getVector('vectors-3', `${fileId(1)}:3:0`)).toBeNull();
    expect(await getVector('vectors-3', `${fileId(1)}:2:010`)).toBeNull();
    expect(await getVector('vectors-3', `${fileId(2)}:1:0`)).toBeNull();
    expect(await getVector('nothing', `${fileId(1)}:2:10`)).toBeNull();
  });
});

describe('listVectors', () => {
  it('lists the chunks of one file in their order', async () => {
    await putDatabase('list-1');
    await putFile('list-1', fileId(1));
    for (let index = 0; index < 12; index++)
      await putChunk({ databaseId: 'list-1', file: fileId(1), version: 1, index });
    await putChunk({ databaseId: 'list-1', file: fileId(1), version: 2, index: 0 });

    const { ids, pages } = await walkVectors('list-1', { fileId: fileId(1), limit: 5 });

    expect(ids).toEqual(Array.from({ length: 12 }, (_, index) => `${fileId(1)}:1:${index}`));
    expect(pages.map(({ items }) => items.length)).toEqual([5, 5, 2]);
  });

  it.each([1, 2, 3, 5, 100])(
    'lists own vectors, then every chunk, each once, in pages of %i',
    async (limit) => {
      const databaseId = `list-2-${limit}`;
      await putDatabase(databaseId, { pendingWrites: new Set(['00000009-p']) });
      for (const id of ['a', 'ab', 'b', 'c', 'd']) {
        await putOwn(databaseId, id, '00000001-a');
        await putOwn(databaseId, id, '00000002-b');
        await putOwn(databaseId, id, '00000009-p');
      }
      await putOwn(databaseId, 'c', '00000003-c', { isDeleted: true });
      await putOwn(databaseId, 'e', '00000009-p');
      for (const [file, fileVersion] of [
        [1, 1],
        [2, 0],
        [3, 2],
        [4, 1],
      ] as const) {
        await putFile(databaseId, fileId(file), { fileVersion });
        for (let index = 0; index < 4; index++)
          await putChunk({ databaseId, file: fileId(file), version: 1, index });
      }
      await putChunk({ databaseId, file: fileId(3), version: 2, index: 0 });
      await putChunk({ databaseId, file: fileId(4), version: 1, index: 2 }, '00000004-d', {
        isDeleted: true,
      });

      const { ids, pages } = await walkVectors(databaseId, { limit });

      const chunks = [
        ...[0, 1, 2, 3].map((index) => `${fileId(1)}:1:${index}`),
        `${fileId(3)}:2:0`,
        ...[0, 1, 3].map((index) => `${fileId(4)}:1:${index}`),
      ];
      expect(ids).toEqual(['d', 'b', 'ab', 'a', ...chunks]);
      expect(pages.flatMap(({ items }) => items).find(({ id }) => id === 'ab')!.text).toBe(
        'ab by 00000002-b',
      );
      expect(Math.max(...pages.map(({ items }) => items.length))).toBeLessThanOrEqual(limit);
    },
  );

  it('answers an empty page for an empty database, and NOT_FOUND for a database or file that does not exist', async () => {
    await putDatabase('list-3');

    const { pages } = await walkVectors('list-3', {});
    const [database] = await requestErrors(api, viewer, LIST_VECTORS, { databaseId: 'nothing' });
    const [file] = await requestErrors(api, viewer, LIST_VECTORS, {
      databaseId: 'list-3',
      fileId: fileId(9),
    });

    expect(pages).toEqual([{ items: [], nextToken: null }]);
    expect(database!).toMatchObject({ errorType: 'NOT_FOUND', errorInfo: { field: 'databaseId' } });
    expect(file!).toMatchObject({ errorType: 'NOT_FOUND', errorInfo: { field: 'fileId' } });
  });

  it('does not take a token for other arguments', async () => {
    await putDatabase('list-4');
    for (const id of ['a', 'b', 'c']) await putOwn('list-4', id, '00000001-a');
    await putDatabase('list-5');
    const data = await request<{ listVectors: VectorPage }>(api, viewer, LIST_VECTORS, {
      databaseId: 'list-4',
      limit: 1,
    });

    const [error] = await requestErrors(api, viewer, LIST_VECTORS, {
      databaseId: 'list-5',
      nextToken: data.listVectors.nextToken,
    });

    expect(error!).toMatchObject({ errorType: 'VALIDATION', errorInfo: { field: 'nextToken' } });
  });
});

describe('a forged token of listVectors', () => {
  it.each([
    ['own', 'x', '\u0001'],
    ['file', 'a/b', ''],
    ['file', fileId(1), 'x'],
    ['file', '\uffff', 'END'],
    ['other', 'x', 'x'],
  ])('is refused: %j %j %j', async (...parts) => {
    await putDatabase('forged');
    const binding = '["listVectors",[["databaseId","forged"]]]';
    const nextToken = Buffer.from([binding, ...parts].join('\n')).toString('base64');

    const [error] = await requestErrors(api, viewer, LIST_VECTORS, { databaseId: 'forged', nextToken });

    expect(error!).toMatchObject({ errorType: 'VALIDATION', errorInfo: { field: 'nextToken' } });
  });
});

describe('Vector.values and Vector.file', () => {
  it('asks a function once for all vectors of a page', async () => {
    await putDatabase('batch-1');
    await putFile('batch-1', fileId(1));
    for (let index = 0; index < 3; index++)
      await putChunk({ databaseId: 'batch-1', file: fileId(1), version: 1, index });
    await putOwn('batch-1', 'own', '00000001-a');
    const sent: Record<string, unknown>[][] = [];
    const answer = (data: unknown) => (payload: unknown) => {
      sent.push(payload as Record<string, unknown>[]);
      return (payload as unknown[]).map(() => ({ data }));
    };
    api.functions.set('vectors', answer([1, 2]));
    api.functions.set('fileBatch', answer({ id: fileId(1), name: 'a.txt' }));
    const query = '{ listVectors(databaseId: "batch-1") { items { id values file { name } } } }';

    const data = await request<{ listVectors: VectorPage }>(api, keyToken('READ', 'batch-1'), query);

    expect(data.listVectors.items).toHaveLength(4);
    expect(data.listVectors.items[0]).toEqual({ id: 'own', values: [1, 2], file: null });
    expect(data.listVectors.items[1]).toEqual({
      id: `${fileId(1)}:1:0`,
      values: [1, 2],
      file: { name: 'a.txt' },
    });
    const values = sent.find((batch) => batch[0]!['operation'] === 'readValues')!;
    const files = sent.find((batch) => batch[0]!['operation'] === 'file')!;
    expect(sent).toHaveLength(2);
    expect(values).toHaveLength(4);
    expect(files).toHaveLength(3);
    expect(values[0]!['arguments']).toEqual({ databaseId: 'batch-1', id: 'own' });
    expect(files[0]!['arguments']).toEqual({ databaseId: 'batch-1', fileId: fileId(1) });
    expect(files[0]!['caller']).toMatchObject({ databaseIds: ['batch-1'] });
  });

  it('fails one field alone when its entry of the batch fails', async () => {
    await putDatabase('batch-2');
    await putOwn('batch-2', 'a', '00000001-a');
    await putOwn('batch-2', 'b', '00000001-a');
    const error = {
      kind: 'CORRUPT_DATA',
      message: 'bad bytes',
      info: { retryable: false, requestId: 'r-1' },
    };
    api.functions.set('vectors', () => [{ data: [1] }, { error }]);
    const query = '{ listVectors(databaseId: "batch-2") { items { id values } } }';

    const errors = await requestErrors(api, viewer, query);

    expect(errors).toHaveLength(1);
    expect(errors[0]!).toMatchObject({
      errorType: 'CORRUPT_DATA',
      path: ['listVectors', 'items', 1, 'values'],
    });
  });
});
