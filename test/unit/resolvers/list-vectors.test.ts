import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VectorPage } from '../../../schema/generated/types.ts';
import { request, requestErrors } from '../../support/graphql-client.ts';
import { startResolverApi, userToken, type ResolverApi } from '../../support/resolver-api.ts';
import { fileId, putChunk, putDatabase, putFile, putOwn } from '../../support/table-items.ts';

let api: ResolverApi;
const viewer = userToken('viewer');
const LIST_VECTORS = `query ($databaseId: ID!, $fileId: ID, $limit: Int, $nextToken: String) {
  listVectors(databaseId: $databaseId, fileId: $fileId, limit: $limit, nextToken: $nextToken) { items { id text } nextToken }
}`;

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

describe('listVectors', () => {
  it('lists the chunks of one file in their order', async () => {
    await putDatabase(api, 'list-1');
    await putFile(api, 'list-1', fileId(1));
    for (let index = 0; index < 12; index++)
      await putChunk(api, { databaseId: 'list-1', file: fileId(1), version: 1, index });
    await putChunk(api, { databaseId: 'list-1', file: fileId(1), version: 2, index: 0 });

    const { ids, pages } = await walkVectors('list-1', { fileId: fileId(1), limit: 5 });

    expect(ids).toEqual(Array.from({ length: 12 }, (_, index) => `${fileId(1)}:1:${index}`));
    expect(pages.map(({ items }) => items.length)).toEqual([5, 5, 2]);
  });

  it.each([1, 100])('lists ids of every plane of Unicode, in pages of %i', async (limit) => {
    const databaseId = `list-unicode-${limit}`;
    await putDatabase(api, databaseId);
    const ids = [' blank', 'plain', '\uffff', '\u{1f600}', '\u{10ffff}'];
    for (const id of ids) await putOwn(api, [databaseId, id, '00000001-a']);

    const walked = await walkVectors(databaseId, { limit });

    expect(walked.ids).toEqual([...ids].reverse());
  });

  it.each([1, 2, 3, 5, 100])(
    'lists own vectors, then every chunk, each once, in pages of %i',
    async (limit) => {
      const databaseId = `list-2-${limit}`;
      await putDatabase(api, databaseId, { pendingWrites: new Set(['00000009-p']) });
      for (const id of ['a', 'ab', 'b', 'c', 'd']) {
        await putOwn(api, [databaseId, id, '00000001-a']);
        await putOwn(api, [databaseId, id, '00000002-b']);
        await putOwn(api, [databaseId, id, '00000009-p']);
      }
      await putOwn(api, [databaseId, 'c', '00000003-c'], { isDeleted: true });
      await putOwn(api, [databaseId, 'e', '00000009-p']);
      for (const [file, fileVersion] of [
        [1, 1],
        [2, 0],
        [3, 2],
        [4, 1],
      ] as const) {
        await putFile(api, databaseId, fileId(file), { fileVersion });
        for (let index = 0; index < 4; index++)
          await putChunk(api, { databaseId, file: fileId(file), version: 1, index });
      }
      await putChunk(api, { databaseId, file: fileId(3), version: 2, index: 0 });
      await putChunk(api, { databaseId, file: fileId(4), version: 1, index: 2 }, '00000004-d', {
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
    await putDatabase(api, 'list-3');

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
    await putDatabase(api, 'list-4');
    for (const id of ['a', 'b', 'c']) await putOwn(api, ['list-4', id, '00000001-a']);
    await putDatabase(api, 'list-5');
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
    await putDatabase(api, 'forged');
    const binding = '["listVectors",[["databaseId","forged"]]]';
    const nextToken = Buffer.from([binding, ...parts].join('\n')).toString('base64');

    const [error] = await requestErrors(api, viewer, LIST_VECTORS, { databaseId: 'forged', nextToken });

    expect(error!).toMatchObject({ errorType: 'VALIDATION', errorInfo: { field: 'nextToken' } });
  });
});
