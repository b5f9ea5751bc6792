import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SearchResult } from '../../../schema/generated/types.ts';
import { request, requestErrors } from '../../support/graphql-client.ts';
import { keyToken, startResolverApi, userToken, type ResolverApi } from '../../support/resolver-api.ts';

interface SentRequest {
  operation: string;
  arguments: unknown;
  selection: string[];
  requestId: string;
}

let api: ResolverApi;
let sent: SentRequest[] = [];
const admin = userToken('admin');
const now = '2026-11-22T10:00:00.000Z';

function answerWith(source: string, answer: unknown): void {
  api.functions.set(source, (payload) => {
    sent.push(payload as unknown as SentRequest);
    return answer;
  });
}

beforeAll(async () => {
  api = await startResolverApi();
  await api.put('Databases', {
    pk: 'db-1',
    sk: 'DATABASE',
    id: 'db-1',
    name: 'one',
    status: 'READY',
    generation: 1,
  });
});
afterAll(async () => {
  await api.close();
});
beforeEach(() => {
  sent = [];
});

const receipt = { accepted: 1, rejected: [], version: '000000000001' };
const file = {
  id: 'f',
  databaseId: 'db-1',
  name: 'f',
  contentType: 'text/plain',
  sizeBytes: 1,
  status: 'READY',
  vectorCount: 0,
  createdAt: now,
  updatedAt: now,
};
interface FunctionField {
  operation: string;
  source: string;
  document: string;
  data: unknown;
  scope: string;
  /** What signed-in viewers are told; what they may read they are answered. */
  viewer?: 'answer';
}
const operations: FunctionField[] = [
  {
    operation: 'upsertVectors',
    source: 'vectors',
    data: receipt,
    scope: 'WRITE',
    document:
      'mutation { upsertVectors(databaseId: "db-1", vectors: [{ id: "a", values: [1] }]) { accepted } }',
  },
  {
    operation: 'updateVectors',
    source: 'vectors',
    data: receipt,
    scope: 'WRITE',
    document:
      'mutation { updateVectors(databaseId: "db-1", patches: [{ id: "a", text: "x" }]) { accepted } }',
  },
  {
    operation: 'deleteVectors',
    source: 'vectors',
    data: receipt,
    scope: 'WRITE',
    document: 'mutation { deleteVectors(databaseId: "db-1", ids: ["a"]) { accepted } }',
  },
  {
    operation: 'requestUpload',
    source: 'files',
    data: { expiresAt: now },
    scope: 'WRITE',
    document:
      'mutation { requestUpload(input: { databaseId: "db-1", name: "a.txt", sizeBytes: 1 }) { expiresAt } }',
  },
  {
    operation: 'completeUpload',
    source: 'files',
    data: file,
    scope: 'WRITE',
    document: 'mutation { completeUpload(databaseId: "db-1", fileId: "f") { id } }',
  },
  {
    operation: 'processVectors',
    source: 'files',
    data: file,
    scope: 'WRITE',
    document: 'mutation { processVectors(databaseId: "db-1", fileId: "f") { id } }',
  },
  {
    operation: 'cancelIngestion',
    source: 'files',
    data: file,
    scope: 'WRITE',
    document: 'mutation { cancelIngestion(databaseId: "db-1", fileId: "f") { id } }',
  },
  {
    operation: 'deleteFile',
    source: 'files',
    data: file,
    scope: 'WRITE',
    document: 'mutation { deleteFile(databaseId: "db-1", id: "f") { id } }',
  },
  {
    operation: 'previewChunks',
    source: 'preview',
    data: { chunksTotal: 3 },
    scope: 'READ',
    viewer: 'answer',
    document:
      'query { previewChunks(input: { databaseId: "db-1", name: "a.txt", text: "x" }) { chunksTotal } }',
  },
  {
    operation: 'deleteDatabase',
    source: 'databases',
    data: { id: 'db-1', vectorCount: 0, fileCount: 0 },
    scope: 'MANAGE',
    document: 'mutation { deleteDatabase(id: "db-1") { id } }',
  },
];

describe.each(operations)('$operation', ({ operation, source, document, data, scope, viewer: reads }) => {
  it('hands its arguments, caller and selection to the function', async () => {
    answerWith(source, { data });

    await request(api, keyToken(scope, 'db-0 db-1'), document);

    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      operation,
      caller: { kind: 'KEY', id: 'key-1', databaseIds: ['db-0', 'db-1'] },
      selection: [expect.any(String) as unknown],
      requestId: expect.any(String) as unknown,
    });
    expect(JSON.stringify(sent[0]!.arguments)).toContain('db-1');
  });

  it('passes an error of the function on as it is', async () => {
    const info = {
      field: 'x',
      limit: 3,
      actual: 4,
      hint: 'less',
      retryable: false,
      requestId: 'from-function',
    };
    answerWith(source, { error: { kind: 'PAYLOAD_TOO_LARGE', message: 'Too much.', info } });

    const [error] = await requestErrors(api, admin, document);

    expect(error!).toMatchObject({ errorType: 'PAYLOAD_TOO_LARGE', message: 'Too much.' });
    expect(error!.errorInfo).toMatchObject({
      field: 'x',
      limit: 3,
      actual: 4,
      hint: 'less',
      retryable: false,
    });
    expect(error!.errorInfo!.requestId).toBe(sent[0]!.requestId);
  });

  it('never reaches the function without the scope or the database', async () => {
    answerWith(source, { data });
    const others = ['SEARCH', 'READ', 'WRITE', 'MANAGE'].filter((other) => other !== scope).join(' ');

    const [scopeless] = await requestErrors(api, keyToken(others), document);
    const [foreign] = await requestErrors(api, keyToken(scope, 'db-2'), document);

    expect(scopeless!.errorType).toBe('FORBIDDEN');
    expect(foreign!).toMatchObject({ errorType: 'NOT_FOUND', message: 'There is no database "db-1".' });
    expect(sent).toEqual([]);
  });

  it(`${reads === 'answer' ? 'answers' : 'refuses'} a signed-in viewer`, async () => {
    answerWith(source, { data });

    if (reads === 'answer') await request(api, userToken('viewer'), document);
    else expect((await requestErrors(api, userToken('viewer'), document))[0]!.errorType).toBe('Unauthorized');

    expect(sent).toHaveLength(reads === 'answer' ? 1 : 0);
  });
});

describe('a place within a file', () => {
  it('is part of the error when there is one', async () => {
    const document =
      'query { previewChunks(input: { databaseId: "db-1", name: "a.txt", text: "x" }) { chunksTotal } }';
    const error = { kind: 'CORRUPT_DATA', message: 'Broken.', info: { field: 'input.text' } };
    const infoOf = async (more: object) => {
      answerWith('preview', { error: { ...error, info: { ...error.info, ...more } } });
      return (await requestErrors(api, admin, document))[0]!.errorInfo!;
    };

    expect(await infoOf({ location: 'page 3' })).toMatchObject({ field: 'input.text', location: 'page 3' });
    expect(Object.keys(await infoOf({}))).not.toContain('location');
  });
});

describe('searchVectors', () => {
  const query = `query ($input: SearchInput!) { searchVectors(input: $input) {
    hits { id score text metadata fileId vals: values file { name } } groups { fileId hits { id text } file { name } } version stats { tookMs }
  } }`;
  const pk = 'db-1#g1#-';
  const stats = {
    tookMs: 1,
    cold: false,
    exact: true,
    segments: 1,
    candidates: 2,
    bytesFetched: 0,
    estimatedCostUsd: 0,
  };
  const hit = (id: string, score: number) => ({
    id,
    pk,
    sk: `${id}\u001f1`,
    score,
    distance: 1 - score,
    fileId: null,
    stages: null,
    values: null,
    highlights: null,
  });
  const input = { databaseId: 'db-1', text: 'x' };

  beforeAll(async () => {
    for (const id of ['a', 'b'])
      await api.put('VectorData', {
        pk,
        sk: `${id}\u001f1`,
        id,
        text: `text of ${id}`,
        metadata: '{"n":1}',
        writeId: '1',
      });
  });

  it('joins the records to the hits, in the order of the hits', async () => {
    answerWith('search', {
      data: { hits: [hit('b', 0.9), hit('a', 0.5)], groups: null, version: '7', stats, records: null },
    });

    const { searchVectors: result } = await request<{ searchVectors: SearchResult }>(
      api,
      keyToken('SEARCH'),
      query,
      { input },
    );

    expect(result.hits.map(({ id, text, metadata }) => [id, text, metadata])).toEqual([
      ['b', 'text of b', '{"n":1}'],
      ['a', 'text of a', '{"n":1}'],
    ]);
    expect(result).toMatchObject({ groups: null, version: '7' });
    expect(sent[0]).toMatchObject({
      operation: 'searchVectors',
      arguments: { input: { databaseId: 'db-1', text: 'x', topK: 10 } },
    });
  });

  it('says that values are wanted even when an alias hides their name', async () => {
    answerWith('search', { data: { hits: [], groups: null, version: '7', stats, records: null } });

    await request(api, admin, query, { input });

    expect(sent[0]!.selection).toContain('hits/values');
  });

  it('uses the records that the function has read, and puts hits into their groups', async () => {
    const records = [{ pk, sk: 'z\u001f1', text: 'from the function' }];
    const groups = [{ fileId: 'file-1', ids: ['z'] }];
    answerWith('search', {
      data: { hits: [{ ...hit('z', 1), fileId: 'file-1' }], groups, version: '7', stats, records },
    });
    answerWith('fileBatch', [{ data: { name: 'z.txt' } }]);

    const { searchVectors: result } = await request<{ searchVectors: SearchResult }>(api, admin, query, {
      input,
    });

    expect(result.groups).toEqual([
      { fileId: 'file-1', hits: [{ id: 'z', text: 'from the function' }], file: { name: 'z.txt' } },
    ]);
  });

  it('asks to search again when records were removed meanwhile, rather than answering less', async () => {
    answerWith('search', {
      data: { hits: [hit('a', 1), hit('removed', 0.5)], groups: null, version: '7', stats, records: null },
    });

    const [error] = await requestErrors(api, admin, query, { input });

    expect(error!).toMatchObject({
      errorType: 'UNAVAILABLE',
      errorInfo: { retryable: true, limit: 2, actual: 1 },
    });
  });
});
