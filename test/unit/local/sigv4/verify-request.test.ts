import { Sha256 } from '@aws-crypto/sha256-js';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { encodeRfc3986, sha256Hex, SigV4Error, verifyRequest } from '../../../../local/sigv4/index.ts';
import type { LookupCredentials, SignedRequest, VerifyOptions } from '../../../../local/sigv4/index.ts';

const NOW = Date.UTC(2030, 0, 2, 3, 4, 5);
const credentials = { accessKeyId: 'ASIATEST', secretAccessKey: 'secret/+', sessionToken: 'token==' };
const lookup: LookupCredentials<string> = (accessKeyId) =>
  accessKeyId === credentials.accessKeyId ? { ...credentials, principal: 'ada' } : undefined;

interface Plain {
  method?: string;
  path?: string;
  query?: Record<string, string | string[]>;
  headers?: Record<string, string>;
  body?: string;
}

function signer(service: string, overrides: Partial<typeof credentials> = {}): SignatureV4 {
  return new SignatureV4({
    service,
    region: 'eu-central-1',
    credentials: { ...credentials, ...overrides },
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    applyChecksum: true,
  });
}

function requestOf({ method = 'POST', path = '/', query = {}, headers = {}, body }: Plain) {
  return {
    protocol: 'http:',
    hostname: 'localhost',
    method,
    path,
    query,
    headers: { host: 'localhost:4000', ...headers },
    ...(body === undefined ? {} : { body }),
  };
}

/** Writes what a signer gives as it would go over the wire. */
function wire(
  signed: { method: string; path: string; query?: unknown; headers: Record<string, string> },
  body = '',
): SignedRequest {
  const pairs = Object.entries((signed.query ?? {}) as Record<string, string | string[]>).flatMap(
    ([name, value]) =>
      [value].flat().map((item) => `${encodeURIComponent(name)}=${encodeURIComponent(item)}`),
  );
  const url = pairs.length > 0 ? `${signed.path}?${pairs.join('&')}` : signed.path;
  return { method: signed.method, url, headers: signed.headers, bodyHash: sha256Hex(body) };
}

async function sign(
  service: string,
  plain: Plain,
  overrides: Partial<typeof credentials> = {},
): Promise<SignedRequest> {
  const signed = await signer(service, overrides).sign(requestOf(plain), { signingDate: new Date(NOW) });
  return wire(signed, plain.body);
}

async function presign(service: string, plain: Plain, expiresIn = 60): Promise<SignedRequest> {
  const signed = await signer(service).presign(requestOf(plain), { signingDate: new Date(NOW), expiresIn });
  return wire(signed);
}

function verify(request: SignedRequest, options: Partial<VerifyOptions> = {}) {
  return verifyRequest(request, lookup, { nowMs: NOW, ...options });
}

function without(request: SignedRequest, header: string): SignedRequest {
  const headers = Object.entries(request.headers).filter(([name]) => name !== header);
  return { ...request, headers: Object.fromEntries(headers) };
}

function codeOf(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof SigV4Error) return error.code;
    throw error;
  }
  return 'verified';
}

describe('a request signed in its header', () => {
  it('is verified, with who, where and what for', async () => {
    const request = await sign('dynamodb', {
      body: '{"TableName":"T"}',
      headers: { 'content-type': 'application/x-amz-json-1.0' },
    });

    expect(verify(request, { service: 'dynamodb', region: 'eu-central-1' })).toMatchObject({
      accessKeyId: 'ASIATEST',
      principal: 'ada',
      service: 'dynamodb',
      region: 'eu-central-1',
      isPresigned: false,
      payload: { kind: 'SIGNED', sha256: sha256Hex('{"TableName":"T"}') },
      signedHeaders: expect.arrayContaining(['host', 'x-amz-date', 'content-type']) as string[],
    });
  });

  it.each(['/', '/a b/ü', '/100%25/%41', '/a/../b/./c//d', '/a+b&c=d', '/a/', "/quotes'()*!"])(
    'is verified with the path %s',
    async (path) => {
      const encoded = path.split('/').map(encodeRfc3986).join('/');

      for (const service of ['appsync', 's3']) {
        const request = await sign(service, { path: encoded });
        expect(codeOf(() => verify(request))).toBe('verified');
      }
    },
  );

  it('is verified with a query in any order, with repeated, empty and special parameters', async () => {
    const query = { b: '2', a: ['z', 'y'], 'a-b': 'x', a1: '', 'q&=': 'ü +/%', A: '1' };

    const request = await sign('appsync', { query });

    expect(codeOf(() => verify(request))).toBe('verified');
    expect(codeOf(() => verify({ ...request, url: request.url.replace('b=2', 'b=3') }))).toBe(
      'SignatureDoesNotMatch',
    );
  });

  it('is verified with blanks in headers', async () => {
    const request = await sign('appsync', { headers: { 'x-amz-meta-a': '  two   words ' } });

    expect(codeOf(() => verify(request))).toBe('verified');
  });

  it.each<[string, (request: SignedRequest) => SignedRequest, string]>([
    ['another method', (request) => ({ ...request, method: 'PUT' }), 'SignatureDoesNotMatch'],
    ['another path', (request) => ({ ...request, url: '/other' }), 'SignatureDoesNotMatch'],
    ['another parameter', (request) => ({ ...request, url: `${request.url}?a=b` }), 'SignatureDoesNotMatch'],
    [
      'another host',
      (request) => ({ ...request, headers: { ...request.headers, host: 'evil' } }),
      'SignatureDoesNotMatch',
    ],
    [
      'another body',
      (request) => ({ ...request, bodyHash: sha256Hex('other') }),
      'XAmzContentSHA256Mismatch',
    ],
    [
      'another token',
      (request) => ({ ...request, headers: { ...request.headers, 'x-amz-security-token': 'x' } }),
      'InvalidToken',
    ],
    ['no token', (request) => without(request, 'x-amz-security-token'), 'InvalidToken'],
    ['no signature', (request) => without(request, 'authorization'), 'MissingAuthenticationToken'],
    [
      'a repeated date',
      (request) => ({ ...request, headers: { ...request.headers, 'x-amz-date': ['a', 'b'] } }),
      'IncompleteSignature',
    ],
    ['a path that is not UTF-8', (request) => ({ ...request, url: '/a?b=%ff' }), 'IncompleteSignature'],
  ])('is refused with %s', async (_, change, code) => {
    const request = await sign('dynamodb', { body: '{}' });

    expect(codeOf(() => verify(change(request)))).toBe(code);
  });

  it.each([
    ['Bearer abc', 'IncompleteSignature'],
    ['AWS4-HMAC-SHA256 ', 'IncompleteSignature'],
    ['AWS4-HMAC-SHA256 Credential=A/20300102/r/s/aws4_request', 'IncompleteSignature'],
    [
      'AWS4-HMAC-SHA256 Credential=A/20300102/r/aws4_request, SignedHeaders=host, Signature=0',
      'IncompleteSignature',
    ],
    [
      `AWS4-HMAC-SHA256 Credential=A/20300102/r/s/aws4_request, SignedHeaders=x-amz-date, Signature=${'0'.repeat(64)}`,
      'IncompleteSignature',
    ],
    [
      `AWS4-HMAC-SHA256 Credential=A/20300102/r/s/aws4_request, SignedHeaders=x;host, Signature=${'0'.repeat(64)}`,
      'IncompleteSignature',
    ],
    [
      `AWS4-HMAC-SHA256 Credential=A/20300102/r/s/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(63)}`,
      'IncompleteSignature',
    ],
    [
      `AWS4-HMAC-SHA256 Credential=A/20300102/r/s/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
      'InvalidAccessKeyId',
    ],
  ])('is refused when it says %s', (authorization, code) => {
    const headers = { host: 'h', authorization, 'x-amz-date': '20300102T030405Z' };

    expect(codeOf(() => verify({ method: 'GET', url: '/', headers }))).toBe(code);
  });

  it('is refused with a wrong secret, an unknown key, another service or region', async () => {
    const wrong = await sign('sqs', {}, { secretAccessKey: 'guess' });
    const unknown = await sign('sqs', {}, { accessKeyId: 'ASIAOTHER' });
    const right = await sign('sqs', {});

    expect(codeOf(() => verify(wrong))).toBe('SignatureDoesNotMatch');
    expect(codeOf(() => verify(unknown))).toBe('InvalidAccessKeyId');
    expect(codeOf(() => verify(right, { service: 'dynamodb' }))).toBe('SignatureDoesNotMatch');
    expect(codeOf(() => verify(right, { region: 'us-east-1' }))).toBe('SignatureDoesNotMatch');
  });

  it('is good for 15 minutes around its time', async () => {
    const request = await sign('sqs', {});

    for (const minutes of [-15, 15])
      expect(codeOf(() => verify(request, { nowMs: NOW + minutes * 60_000 }))).toBe('verified');
    for (const minutes of [-16, 16])
      expect(codeOf(() => verify(request, { nowMs: NOW + minutes * 60_000 }))).toBe('RequestTimeTooSkewed');
  });
});

describe('a presigned request', () => {
  it('is verified until it expires', async () => {
    const request = await presign('s3', {
      method: 'GET',
      path: '/bucket/a%20b',
      headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    });

    expect(verify(request)).toMatchObject({
      isPresigned: true,
      payload: { kind: 'UNSIGNED' },
      principal: 'ada',
    });
    expect(codeOf(() => verify(request, { nowMs: NOW + 60_000 }))).toBe('verified');
    expect(codeOf(() => verify(request, { nowMs: NOW + 60_001 }))).toBe('AccessDenied');
    expect(codeOf(() => verify(request, { nowMs: NOW - 16 * 60_000 }))).toBe('RequestTimeTooSkewed');
  });

  it('lives a week at most', async () => {
    const week = await presign('s3', { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, 604_800);

    expect(codeOf(() => verify(week, { nowMs: NOW + 604_800_000 }))).toBe('verified');
    expect(codeOf(() => verify({ ...week, url: week.url.replace('604800', '604801') }))).toBe(
      'IncompleteSignature',
    );
    expect(codeOf(() => verify({ ...week, url: week.url.replace('604800', '0') }))).toBe(
      'IncompleteSignature',
    );
  });

  it.each([
    ['X-Amz-Expires', 'IncompleteSignature'],
    ['X-Amz-Date', 'IncompleteSignature'],
    ['X-Amz-Credential', 'IncompleteSignature'],
    ['X-Amz-SignedHeaders', 'IncompleteSignature'],
    ['X-Amz-Security-Token', 'InvalidToken'],
  ])('is refused without %s', async (name, code) => {
    const request = await presign('s3', { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } });
    const url = request.url.replace(new RegExp(`${name}=[^&]*&?`), '');

    expect(codeOf(() => verify({ ...request, url }))).toBe(code);
  });

  it('is refused when it says something twice, or is signed in its header too', async () => {
    const request = await presign('s3', { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } });
    const { authorization } = (await sign('s3', {})).headers;

    expect(codeOf(() => verify({ ...request, url: `${request.url}&X-Amz-Expires=9` }))).toBe(
      'IncompleteSignature',
    );
    expect(codeOf(() => verify({ ...request, headers: { ...request.headers, authorization } }))).toBe(
      'IncompleteSignature',
    );
  });
});

describe('S3', () => {
  it('takes no x-amz header that was not signed', async () => {
    const request = await sign('s3', { method: 'PUT', path: '/b/k' });

    expect(codeOf(() => verify({ ...request, headers: { ...request.headers, 'x-amz-meta-a': 'b' } }))).toBe(
      'AccessDenied',
    );
  });

  it('wants to know what is signed of the body', async () => {
    const request = await sign('s3', { method: 'PUT', path: '/b/k' });
    const other = { ...request.headers, 'x-amz-content-sha256': 'STREAMING-OTHER' };

    expect(codeOf(() => verify(without(request, 'x-amz-content-sha256')))).toBe('IncompleteSignature');
    expect(codeOf(() => verify({ ...request, headers: other }))).toBe('IncompleteSignature');
  });

  it('does not take one key for another that a path would lead to', async () => {
    const request = await sign('s3', { method: 'GET', path: '/b/a/../secret' });

    expect(codeOf(() => verify({ ...request, url: '/b/secret' }))).toBe('SignatureDoesNotMatch');
    expect(codeOf(() => verify(request))).toBe('verified');
  });
});

describe('the clients of the SDK', () => {
  it('are verified as they are', async () => {
    const outcomes: string[] = [];
    const server = createServer((req, res) => {
      void readAll(req).then((body) => {
        const { method = '', url = '', headers } = req;
        outcomes.push(
          codeOf(() =>
            verifyRequest({ method, url, headers, bodyHash: sha256Hex(body) }, lookup, {
              nowMs: Date.now(),
              service: headers['x-amz-target']?.toString().startsWith('Dynamo') === true ? 'dynamodb' : 'sqs',
            }),
          ),
        );
        res.setHeader('content-type', 'application/x-amz-json-1.0').end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const config = {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'eu-central-1',
      credentials,
      maxAttempts: 1,
    };

    const dynamodb = new DynamoDBClient(config);
    await dynamodb.send(
      new QueryCommand({
        TableName: 'T',
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: 'ü' } },
      }),
    );
    const sqs = new SQSClient({ ...config, md5: false });
    await sqs
      .send(
        new SendMessageCommand({ QueueUrl: `${config.endpoint}/123456789012/plan`, MessageBody: 'hello' }),
      )
      .catch(() => undefined);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));

    expect(outcomes).toEqual(['verified', 'verified']);
  });
});

async function readAll(req: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of req) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
