import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Vector, VectorPage } from '../../../schema/generated/types.ts';
import { request, requestErrors } from '../../support/graphql-client.ts';
import { keyToken, startResolverApi, userToken, type ResolverApi } from '../../support/resolver-api.ts';
import { fileId, putChunk, putDatabase, putFile, putOwn } from '../../support/table-items.ts';

let api: ResolverApi;
const viewer = userToken('viewer');
const GET_VECTOR =
  'query ($databaseId: ID!, $id: ID!) { getVector(databaseId: $databaseId, id: $id) { id text metadata fileId chunkIndex } }';

async function getVector(databaseId: string, id: string): Promise<Vector | null> {
  const data = await request<{ getVector: Vector | null }>(api, viewer, GET_VECTOR, { databaseId, id });
  return data.getVector;
}

beforeAll(async () => {
  api = await startResolverApi();
});
afterAll(async () => {
  await api.close();
});

describe('getVector', () => {
  it('answers the newest committed record of a vector', async () => {
    await putDatabase(api, 'vectors-1', { pendingWrites: new Set(['00000003-c']) });
    await putOwn(api, ['vectors-1', 'earth', '00000001-a']);
    await putOwn(api, ['vectors-1', 'earth', '00000002-b'], { metadata: '{"moons":1}' });
    await putOwn(api, ['vectors-1', 'earth', '00000003-c']);
    await putOwn(api, ['vectors-1', 'earthling', '00000009-z']);

    const vector = await getVector('vectors-1', 'earth');

    expect(vector).toMatchObject({
      id: 'earth',
      text: 'earth by 00000002-b',
      metadata: '{"moons":1}',
      fileId: null,
    });
  });

  it('answers null once a vector was deleted, although its records are still there', async () => {
    await putDatabase(api, 'vectors-2', { pendingWrites: new Set(['00000003-c']) });
    await putOwn(api, ['vectors-2', 'pluto', '00000001-a']);
    await putOwn(api, ['vectors-2', 'pluto', '00000002-b'], { isDeleted: true, text: null });
    await putOwn(api, ['vectors-2', 'ceres', '00000001-a']);
    await putOwn(api, ['vectors-2', 'ceres', '00000003-c'], { isDeleted: true, text: null });

    expect(await getVector('vectors-2', 'pluto')).toBeNull();
    expect(await getVector('vectors-2', 'ceres')).toMatchObject({ text: 'ceres by 00000001-a' });
  });

  it('answers null for an id that is too long for a key', async () => {
    await putDatabase(api, 'vectors-4');

    expect(await getVector('vectors-4', '長'.repeat(512))).toBeNull();
  });

  it('answers chunks of the committed version of their file alone', async () => {
    await putDatabase(api, 'vectors-3');
    await putFile(api, 'vectors-3', fileId(1), { fileVersion: 2 });
    await putChunk(api, { databaseId: 'vectors-3', file: fileId(1), version: 1, index: 0 });
    await putChunk(api, { databaseId: 'vectors-3', file: fileId(1), version: 2, index: 10 });
    await putChunk(api, { databaseId: 'vectors-3', file: fileId(1), version: 3, index: 0 });

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

describe('Vector.values and Vector.file', () => {
  it('asks a function once for all vectors of a page', async () => {
    await putDatabase(api, 'batch-1');
    await putFile(api, 'batch-1', fileId(1));
    for (let index = 0; index < 3; index++)
      await putChunk(api, { databaseId: 'batch-1', file: fileId(1), version: 1, index });
    await putOwn(api, ['batch-1', 'own', '00000001-a']);
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
    await putDatabase(api, 'batch-2');
    await putOwn(api, ['batch-2', 'a', '00000001-a']);
    await putOwn(api, ['batch-2', 'b', '00000001-a']);
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
