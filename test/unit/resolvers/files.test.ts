import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FilePage } from '../../../schema/generated/types.ts';
import { request, requestErrors } from '../../support/graphql-client.ts';
import { keyToken, startResolverApi, userToken, type ResolverApi } from '../../support/resolver-api.ts';
import { fileId, putDatabase, putFile } from '../../support/table-items.ts';

let api: ResolverApi;
const viewer = userToken('viewer');
const GET_FILE =
  'query ($databaseId: ID!, $id: ID!) { getFile(databaseId: $databaseId, id: $id) { id status error { message } progress { status } } }';
const LIST_FILES = `query ($databaseId: ID!, $status: FileStatus, $limit: Int, $nextToken: String) {
  listFiles(databaseId: $databaseId, status: $status, limit: $limit, nextToken: $nextToken) { items { id status } nextToken }
}`;

beforeAll(async () => {
  api = await startResolverApi();
});
afterAll(async () => {
  await api.close();
});

describe('getFile', () => {
  it('answers null when the file, its database or the permission is missing', async () => {
    await putDatabase(api, 'files-1');
    await putFile(api, 'files-1', fileId(1));
    await putDatabase(api, 'files-dying', { status: 'DELETING' });
    await putFile(api, 'files-dying', fileId(1));

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
    await putDatabase(api, 'files-2');
    await putFile(api, 'files-2', fileId(1), {
      status: 'AWAITING_UPLOAD',
      uploadExpiresAt: '2020-01-01T00:00:00.000Z',
    });
    await putFile(api, 'files-2', fileId(2), {
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
    await putDatabase(api, 'files-3');
    for (let index = 0; index < 9; index++) {
      await putFile(api, 'files-3', fileId(index), { status: index % 3 === 0 ? 'FAILED' : 'READY' });
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
    await putDatabase(api, 'files-4', { status: 'DELETING' });
    await putDatabase(api, 'files-5');

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
