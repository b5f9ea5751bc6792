import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestErrors, request } from '../support/graphql-client.ts';
import { type LocalRuntime, startLocalRuntime } from '../support/local-runtime.ts';
import { search } from '../support/search.ts';
import {
  createDatabase,
  getFile,
  postToPresignedUrl,
  requestUpload,
  uploadFile,
  waitForFile,
} from '../support/upload.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const png = Uint8Array.from([
  0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1,
]);

/** A PDF with a valid structure and no page at all. */
const pageless = encode(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R/Size 3>>\n%%EOF\n',
);

describe('bad input', () => {
  let runtime: LocalRuntime;
  let vectorsId: string;
  let filesId: string;

  const errorsOf = (query: string, variables: Record<string, unknown>) =>
    requestErrors(runtime.endpoints, runtime.endpoints.adminToken, query, variables);
  const searchErrors = (input: Record<string, unknown>) =>
    errorsOf('query ($input: SearchInput!) { searchVectors(input: $input) { version } }', { input });
  const upsert = (vectors: unknown[]) =>
    request<{
      upsertVectors: { accepted: number; rejected: { index: number; kind: string; message: string }[] };
    }>(
      runtime.endpoints,
      runtime.endpoints.adminToken,
      'mutation ($id: ID!, $v: [VectorInput!]!) { upsertVectors(databaseId: $id, vectors: $v) { accepted rejected { index id kind message } version } }',
      { id: vectorsId, v: vectors },
    ).then((data) => data.upsertVectors);

  beforeAll(async () => {
    runtime = await startLocalRuntime();
    vectorsId = (await createDatabase(runtime, { name: 'Vectors', dimension: 4, metric: 'COSINE' })).id;
    filesId = (await createDatabase(runtime, { name: 'Files', embedding: { provider: 'local' } })).id;
    await upsert([
      { id: 'good', values: [1, 2, 3, 4], metadata: JSON.stringify({ colour: 'red', size: 3 }) },
    ]);
    const id = await uploadFile(runtime, {
      databaseId: filesId,
      name: 'good.txt',
      bytes: encode('A good file about otters.'),
    });
    await waitForFile(runtime, filesId, id);
  });

  afterAll(async () => {
    const { hits } = await search(runtime, { databaseId: filesId, text: 'otters', topK: 1 });
    expect(hits[0]?.text).toContain('otters');
    await runtime.stop();
  });

  it('rejects vectors one by one and keeps the good ones', async () => {
    const zeros = new Float32Array(4);
    const notANumber = Float32Array.from([1, NaN, 0, 0]);

    const receipt = await upsert([
      { id: 'short', values: [1, 2, 3] },
      { id: 'nan', valuesBase64: Buffer.from(notANumber.buffer).toString('base64') },
      { id: 'zero', valuesBase64: Buffer.from(zeros.buffer).toString('base64') },
      { id: 'type', values: [1, 1, 1, 1], metadata: JSON.stringify({ size: 'large' }) },
      { id: 'nested', values: [1, 1, 1, 1], metadata: JSON.stringify({ a: { b: 1 } }) },
      { id: 'fine', values: [4, 3, 2, 1] },
    ]);

    expect(receipt.accepted).toBe(1);
    expect(receipt.rejected.map(({ index, kind }) => [index, kind])).toEqual([
      [0, 'DIMENSION_MISMATCH'],
      [1, 'VALIDATION'],
      [2, 'VALIDATION'],
      [3, 'VALIDATION'],
      [4, 'VALIDATION'],
    ]);
    expect(receipt.rejected[3]!.message).toContain('size');
  });

  it.each([
    ['a wrong dimension', { values: [1, 2] }, 'DIMENSION_MISMATCH', 'values'],
    ['a zero vector under cosine', { values: [0, 0, 0, 0] }, 'VALIDATION', 'values'],
    [
      'an unknown metadata field',
      { values: [1, 2, 3, 4], filter: { field: 'shape', string: { eq: 'x' } } },
      'UNKNOWN_FIELD',
      'shape',
    ],
    [
      'an unsupported operator',
      { values: [1, 2, 3, 4], filterJson: '{"colour":{"$regex":"r"}}' },
      'UNSUPPORTED_OPERATOR',
      '$regex',
    ],
    ['topK of zero', { values: [1, 2, 3, 4], topK: 0 }, 'VALIDATION', 'topK'],
    ['nothing to search for', {}, 'VALIDATION', 'text'],
  ])('names %s in a search', async (_title, input, errorType, word) => {
    const [error] = await searchErrors({ databaseId: vectorsId, ...input });

    expect(error).toMatchObject({ errorType, errorInfo: { retryable: false } });
    expect(`${error!.message} ${error!.errorInfo?.field ?? ''}`).toContain(word);
    expect(error!.errorInfo?.requestId).toEqual(expect.any(String));
  });

  it('names an unknown database', async () => {
    const databaseId = '00000000-0000-4000-8000-000000000000';

    const [inSearch] = await searchErrors({ databaseId, text: 'x' });
    const [inUpload] = await errorsOf(
      'mutation ($input: RequestUploadInput!) { requestUpload(input: $input) { url } }',
      {
        input: { databaseId, name: 'a.txt', sizeBytes: 3 },
      },
    );

    expect(inSearch).toMatchObject({ errorType: 'NOT_FOUND' });
    expect(inUpload).toMatchObject({ errorType: 'NOT_FOUND' });
    expect(inSearch!.message).toContain(databaseId);
  });

  it('refuses an empty file on the request', async () => {
    const [error] = await errorsOf(
      'mutation ($input: RequestUploadInput!) { requestUpload(input: $input) { url } }',
      {
        input: { databaseId: filesId, name: 'empty.txt', sizeBytes: 0 },
      },
    );

    expect(error).toMatchObject({ errorType: 'VALIDATION', errorInfo: { actual: 0 } });
    expect(error!.errorInfo?.field).toContain('sizeBytes');
  });

  it.each([
    {
      title: 'bytes that are not what the name says',
      name: 'picture.txt',
      bytes: png,
      kinds: ['UNSUPPORTED_FILE', 'VALIDATION'],
      words: /PNG/i,
    },
    {
      title: 'a broken PDF',
      name: 'broken.pdf',
      bytes: encode('%PDF-1.7\nnothing of a PDF follows'),
      kinds: ['UNSUPPORTED_FILE', 'VALIDATION', 'CORRUPT_DATA'],
      words: /PDF/i,
    },
    {
      title: 'a PDF without pages',
      name: 'pageless.pdf',
      bytes: pageless,
      kinds: ['UNSUPPORTED_FILE', 'VALIDATION'],
      words: /page|text/i,
    },
    {
      title: 'a document without text',
      name: 'blank.txt',
      bytes: encode('  \n '),
      kinds: ['UNSUPPORTED_FILE', 'VALIDATION'],
      words: /text/i,
    },
    {
      title: 'a format that is not supported',
      name: 'program.exe',
      bytes: encode('MZ\0\0binary\0\x01\x02'),
      kinds: ['UNSUPPORTED_FILE'],
      words: /support/i,
    },
  ])('fails $title with a reason', async ({ name, bytes, kinds, words }) => {
    const id = await uploadFile(runtime, { databaseId: filesId, name, bytes });

    const file = await waitForFile(runtime, filesId, id);

    expect(file).toMatchObject({ status: 'FAILED', vectorCount: 0 });
    expect(kinds).toContain(file.error?.kind);
    expect(file.error?.message).toMatch(words);
  });

  it('refuses more bytes than declared at the upload itself', async () => {
    const upload = await requestUpload(runtime, {
      databaseId: filesId,
      name: 'larger.txt',
      bytes: encode('four'),
    });

    const response = await postToPresignedUrl(upload, encode('more than four'));

    expect(response.status).toBe(400);
    expect(await response.text()).toContain('EntityTooLarge');
    expect((await getFile(runtime, filesId, upload.file.id))?.status).toBe('AWAITING_UPLOAD');
  });

  it('refuses a forged upload policy', async () => {
    const upload = await requestUpload(runtime, {
      databaseId: filesId,
      name: 'forged.txt',
      bytes: encode('four'),
    });
    const fields = JSON.parse(String(upload.fields)) as Record<string, string>;
    const forged = { ...upload, fields: JSON.stringify({ ...fields, key: `${fields.key ?? ''}-elsewhere` }) };

    const response = await postToPresignedUrl(forged, encode('four'));

    expect(response.status).toBe(403);
  });

  it('refuses a caller without a valid token', async () => {
    const response = await fetch(runtime.endpoints.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'vdb_0000000000000000_nothing' },
      body: JSON.stringify({ query: '{ listDatabases { items { id } } }' }),
    });

    expect(response.status).toBe(401);
  });
});
