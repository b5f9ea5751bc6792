import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../../cli/connection/api-client.ts';
import type { RequestUploadMutation } from '../../../cli/generated/operations.ts';
import type { LocalFile } from '../../../cli/ingest/list-local-files.ts';
import { uploadBytes } from '../../../cli/ingest/upload-bytes.ts';

type Upload = RequestUploadMutation['requestUpload'];

describe('sending the bytes of a file', () => {
  let server: Server;
  let url: string;
  let file: LocalFile;
  let answers: ((request: IncomingMessage, response: ServerResponse) => void)[];
  let received: { url: string; length: string | undefined; body: string }[];
  const completed: unknown[] = [];
  const client = {
    send: (_document: unknown, variables: unknown) => Promise.resolve(void completed.push(variables)),
  } as unknown as ApiClient;
  const { signal } = new AbortController();

  const accept = (_request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { etag: `"${received.length}"` }).end();
  };
  const upload = (changes: Partial<Upload>): Upload =>
    ({
      file: { id: 'f' },
      url,
      fields: '{"key":"k","policy":"p"}',
      uploadId: null,
      parts: null,
      ...changes,
    }) as Upload;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vdb-send-'));
    const location = join(folder, 'a.txt');
    await writeFile(location, '0123456789');
    file = { location, path: 'a.txt', name: 'a.txt', sizeBytes: 10 };
    server = createServer((request, response) => {
      void (async () => {
        const answer = answers.shift() ?? accept;
        let body = '';
        for await (const block of request) body += String(block);
        received.push({ url: request.url ?? '', length: request.headers['content-length'], body });
        answer(request, response);
      })().catch(() => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bucket`;
  });

  beforeEach(async () => {
    answers = [];
    received = [];
    completed.length = 0;
    await writeFile(file.location, '0123456789');
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(join(file.location, '..'), { recursive: true, force: true });
  });

  it('posts one form with its exact length, the bytes last', async () => {
    let bytes = 0;

    await uploadBytes(client, { databaseId: 'd', upload: upload({}) }, file, {
      onBytes: (n) => (bytes += n),
      signal,
    });

    const [{ body, length }] = received as [(typeof received)[0]];
    expect(Number(length)).toBe(Buffer.byteLength(body));
    expect(body.indexOf('name="policy"')).toBeLessThan(body.indexOf('name="file"'));
    expect(body).toContain('\r\n\r\n0123456789\r\n--');
    expect(bytes).toBe(10);
  });

  it('sends again after a failure that may pass, and takes back the bytes that were counted', async () => {
    answers = [
      (_, response) => void response.writeHead(503).end(),
      (request) => void request.socket.destroy(),
    ];
    let bytes = 0;

    await uploadBytes(client, { databaseId: 'd', upload: upload({}) }, file, {
      onBytes: (n) => (bytes += n),
      signal,
    });

    expect(received).toHaveLength(3);
    expect(bytes).toBe(10);
  });

  it('says why the store refused, once', async () => {
    answers = [
      (_, response) => void response.writeHead(403).end('<Error><Message>Policy expired.</Message></Error>'),
    ];

    const sending = uploadBytes(client, { databaseId: 'd', upload: upload({}) }, file, {
      onBytes: () => undefined,
      signal,
    });

    await expect(sending).rejects.toThrow('the store refused the bytes (status 403: Policy expired.)');
    expect(received).toHaveLength(1);
  });

  it('puts the parts of a large file and gives their ETags in order', async () => {
    const parts = [1, 2, 3].map((number) => ({ number, url: `${url}/${number}` }));
    const large = upload({ url: null, fields: null, uploadId: 'u', partSizeBytes: 4, parts });

    await uploadBytes(client, { databaseId: 'd', upload: large }, file, { onBytes: () => undefined, signal });

    const bodies = Object.fromEntries(received.map((part) => [part.url, part.body]));
    expect(bodies).toEqual({ '/bucket/1': '0123', '/bucket/2': '4567', '/bucket/3': '89' });
    expect(completed).toEqual([
      {
        databaseId: 'd',
        fileId: 'f',
        uploadId: 'u',
        etags: [expect.any(String), expect.any(String), expect.any(String)],
      },
    ]);
  });

  it('gives up a file that became shorter', async () => {
    await truncate(file.location, 4);

    const sending = uploadBytes(client, { databaseId: 'd', upload: upload({}) }, file, {
      onBytes: () => undefined,
      signal,
    });

    await expect(sending).rejects.toThrow('became shorter while it was sent');
  }, 20_000);
});
