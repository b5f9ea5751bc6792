import { GetObjectCommand } from '@aws-sdk/client-s3';
import { createHash, createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REGION, startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

const Bucket = 'wire';
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server([{ name: Bucket }]);
});
afterAll(() => server.stop());

const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const crc = (data: string): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(data));
  return bytes.toString('base64');
};

interface Signer {
  accessKeyId: string;
  secretAccessKey: string;
  /** Another implementation has none. */
  sessionToken?: string;
}

interface Chunked {
  key: string;
  chunks: string[];
  isSigned: boolean;
  /** Header lines behind the last chunk. */
  trailer?: string;
  trailerName?: string;
  /** Changes the framed body after it was signed. */
  tamper?: (body: string) => string;
}

/** Sends an aws-chunked PUT, signed by hand, and returns the answer's status and error code. */
async function putChunked({
  key,
  chunks,
  isSigned,
  trailer,
  trailerName = 'x-amz-checksum-crc32',
  tamper = (body) => body,
}: Chunked): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = server.iam.root.credentials as Signer;
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${timestamp.slice(0, 8)}/${REGION}/s3/aws4_request`;
  const signingKey = [timestamp.slice(0, 8), REGION, 's3', 'aws4_request'].reduce(
    hmac as (k: Buffer, s: string) => Buffer,
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  const hasTrailer = trailer !== undefined;
  const payload = isSigned
    ? `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${hasTrailer ? '-TRAILER' : ''}`
    : 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
  const headers: Record<string, string> = {
    host: `127.0.0.1:${server.port}`,
    'x-amz-content-sha256': payload,
    'x-amz-date': timestamp,
    'x-amz-decoded-content-length': String(chunks.join('').length),
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
    ...(hasTrailer ? { 'x-amz-trailer': trailerName } : {}),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    'PUT',
    `/${Bucket}/${key}`,
    '',
    ...names.map((name) => `${name}:${headers[name] ?? ''}`),
    '',
    names.join(';'),
    payload,
  ];
  const sign = (kind: string, ...parts: string[]): string =>
    hmac(signingKey, [`AWS4-HMAC-SHA256${kind}`, timestamp, scope, ...parts].join('\n')).toString('hex');
  let signature = sign('', sha256(canonical.join('\n')));
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;

  let body = '';
  for (const chunk of [...chunks, '']) {
    signature = sign('-PAYLOAD', signature, sha256(''), sha256(chunk));
    const extension = isSigned ? `;chunk-signature=${signature}` : '';
    body += `${chunk.length.toString(16)}${extension}\r\n${chunk}${chunk === '' ? '' : '\r\n'}`;
  }
  if (trailer !== undefined) {
    body += `${trailer}\r\n`;
    if (isSigned)
      body += `x-amz-trailer-signature:${sign('-TRAILER', signature, sha256(`${trailer}\n`))}\r\n`;
  }
  return send(key, headers, tamper(`${body}\r\n`));
}

async function send(key: string, headers: Record<string, string>, body: string): Promise<string> {
  const answer = await fetch(`${server.url}/${Bucket}/${key}`, { method: 'PUT', headers, body });
  return `${answer.status} ${/<Code>(\w+)/.exec(await answer.text())?.[1] ?? 'OK'}`;
}

async function read(Key: string): Promise<string> {
  const { Body } = await server.client.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
}

describe('an aws-chunked body', () => {
  // Every chunk but the last has at least 8 KiB, as the service asks.
  const chunks = ['first chunk, '.repeat(700), 'second chunk, '.repeat(700), 'last'];
  const whole = chunks.join('');

  it.each([
    { name: 'signed chunk by chunk', isSigned: true },
    { name: 'signed, with a signed trailer', isSigned: true, trailer: `x-amz-checksum-crc32:${crc(whole)}` },
    { name: 'unsigned, with a trailer', isSigned: false, trailer: `x-amz-checksum-crc32:${crc(whole)}` },
  ])('$name is stored', async ({ name, ...how }) => {
    const key = name.replaceAll(/\W/g, '-');

    expect(await putChunked({ key, chunks, ...how })).toBe('200 OK');

    expect(await read(key)).toBe(whole);
  });

  it.each([
    {
      name: 'a changed byte',
      isSigned: true,
      tamper: (body: string) => body.replace('second', 'forged'),
      code: '403 SignatureDoesNotMatch',
    },
    {
      name: 'a chunk less',
      isSigned: true,
      tamper: (body: string) => body.replace(/2648;chunk-signature=\w+\r\n(second chunk, )+\r\n/, ''),
      code: '403 SignatureDoesNotMatch',
    },
    {
      name: 'a small chunk before the last',
      isSigned: true,
      chunks: ['small', 'last'],
      code: '403 InvalidChunkSizeError',
    },
    {
      name: 'no signatures',
      isSigned: true,
      tamper: (body: string) => body.replaceAll(/;chunk-signature=\w+/g, ''),
      code: '403 SignatureDoesNotMatch',
    },
    {
      name: 'a changed byte under a checksum',
      isSigned: false,
      trailer: `x-amz-checksum-crc32:${crc(whole)}`,
      tamper: (body: string) => body.replace('second', 'forged'),
      code: '400 BadDigest',
    },
    {
      name: 'another trailer',
      isSigned: true,
      trailer: `x-amz-checksum-crc32:${crc(whole)}`,
      tamper: (body: string) => body.replace(crc(whole), 'AAAAAA=='),
      code: '403 SignatureDoesNotMatch',
    },
    {
      name: 'no checksum in the trailer',
      isSigned: false,
      trailer: `x-other:${crc(whole)}`,
      code: '400 InvalidRequest',
    },
    {
      name: 'a trailer of another kind',
      isSigned: false,
      trailer: 'x-other:1',
      trailerName: 'x-other',
      code: '400 InvalidRequest',
    },
    {
      name: 'a size that is no number',
      isSigned: false,
      trailer: 'x-amz-checksum-crc32:',
      tamper: (body: string) => `x${body}`,
      code: '400 InvalidRequest',
    },
    {
      name: 'a chunk that is longer than it says',
      isSigned: false,
      trailer: 'x-amz-checksum-crc32:',
      tamper: (body: string) => body.replace('second', 'seconds'),
      code: '400 InvalidRequest',
    },
    {
      name: 'bytes behind its end',
      isSigned: false,
      trailer: `x-amz-checksum-crc32:${crc(whole)}`,
      tamper: (body: string) => `${body}more`,
      code: '400 InvalidRequest',
    },
    {
      name: 'a cut',
      isSigned: false,
      trailer: `x-amz-checksum-crc32:${crc(whole)}`,
      tamper: (body: string) => body.slice(0, 20),
      code: '400 IncompleteBody',
    },
  ])('with $name is refused and leaves nothing', async ({ name, code, ...how }) => {
    const key = name.replaceAll(/\W/g, '-');

    expect(await putChunked({ key, chunks, ...how })).toBe(code);

    await expect(read(key)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('a broken request', () => {
  it.each([
    ['GET /wire/%ff HTTP/1.1', 'InvalidURI'],
    ['GET /wire/%zz HTTP/1.1', 'InvalidURI'],
    ['GET http://127.0.0.1/wire/a HTTP/1.1', 'InvalidURI'],
    ['GET /wire/a?x-id=%ff HTTP/1.1', 'AuthorizationQueryParametersError'],
    ['GET /wire/a?x-id=1&x-id=2 HTTP/1.1', 'InvalidArgument'],
    ['GET / HTTP/1.1', 'AccessDenied'],
    ['OPTIONS /wire/a HTTP/1.1', 'BadRequest'],
    ['POST /wire?a=b HTTP/1.1\r\ncontent-type: multipart/form-data; boundary=x', 'AccessDenied'],
    ['POST /wire HTTP/1.1\r\ncontent-type: multipart/form-data', 'MalformedPOSTRequest'],
  ])('%s is answered %s', async (start, code) => {
    expect(
      await sendRaw(`${start}\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`),
    ).toContain(`<Code>${code}</Code>`);
  });
});

async function sendRaw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('close', () => {
      resolve(answer);
    });
    socket.on('error', reject);
  });
}
