import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../../local/iam/index.ts';
import { ACCOUNT, isStandIn, REGION, startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

const Bucket = 'guarded';
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server([
    {
      name: Bucket,
      cors: [
        {
          allowedOrigins: ['http://console.localhost:*', 'https://console.example'],
          allowedMethods: ['GET', 'POST'],
          allowedHeaders: ['content-*', 'X-Custom'],
          exposedHeaders: ['ETag'],
          maxAgeSeconds: 300,
        },
        { allowedOrigins: ['*'], allowedMethods: ['HEAD'] },
      ],
    },
  ]);
});
afterAll(() => server.stop());

function clientWith(role: string, statements: PolicyDocument['Statement']): S3Client {
  const arn = `arn:aws:iam::${ACCOUNT}:role/${role}`;
  server.iam.addRole({
    arn,
    policies: [{ name: 'inline', document: { Version: '2012-10-17', Statement: statements } }],
  });
  return server.clientFor(server.iam.assumeRole(arn, 'test'));
}

describe.runIf(isStandIn)('a role', () => {
  it('does what its policies allow, and no more', async () => {
    const reader = clientWith('reader', {
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${Bucket}/open/*`,
    });
    for (const Key of ['open/a', 'secret/a'])
      await server.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));

    const { Body } = await reader.send(new GetObjectCommand({ Bucket, Key: 'open/a' }));

    expect(await Body?.transformToString()).toBe('x');
    await expect(reader.send(new GetObjectCommand({ Bucket, Key: 'secret/a' }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: arn:aws:sts::${ACCOUNT}:assumed-role/reader/test is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::${Bucket}/secret/a because no identity-based policy allows the s3:GetObject action`,
    });
    await expect(
      reader.send(new PutObjectCommand({ Bucket, Key: 'open/b', Body: 'x' })),
    ).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(reader.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  it('learns that a key is missing only when it may list', async () => {
    const get = { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` } as const;
    const list = { Effect: 'Allow', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${Bucket}` } as const;
    const blind = clientWith('blind', [get]);
    const seeing = clientWith('seeing', [get, list]);

    await expect(blind.send(new GetObjectCommand({ Bucket, Key: 'absent' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(blind.send(new HeadObjectCommand({ Bucket, Key: 'absent' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    await expect(seeing.send(new GetObjectCommand({ Bucket, Key: 'absent' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
  });

  it('lists only the prefix that its condition names', async () => {
    const lister = clientWith('lister', {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: `arn:aws:s3:::${Bucket}`,
      Condition: { StringLike: { 's3:prefix': 'open/*' } },
    });

    await lister.send(new ListObjectsV2Command({ Bucket, Prefix: 'open/' }));

    await expect(lister.send(new ListObjectsV2Command({ Bucket, Prefix: 'secret/' }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(lister.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  it('learns for each key of a deletion whether it may', async () => {
    const remover = clientWith('remover', {
      Effect: 'Allow',
      Action: 's3:DeleteObject',
      Resource: `arn:aws:s3:::${Bucket}/trash/*`,
    });

    const { Deleted, Errors } = await remover.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'trash/1' }, { Key: 'secret/a' }] } }),
    );

    expect(Deleted).toMatchObject([{ Key: 'trash/1' }]);
    expect(Errors).toMatchObject([{ Key: 'secret/a', Code: 'AccessDenied' }]);
  });
});

describe('a stranger', () => {
  it.each([
    ['no signature', {}, 'AccessDenied'],
    ['another scheme', { authorization: 'Bearer abc' }, 'InvalidArgument'],
  ])('with %s is refused', async (_, headers, code) => {
    const answer = await fetch(`${server.url}/${Bucket}/open/a`, { headers });
    const text = await answer.text();

    expect(text).toContain(`<Code>${code}</Code>`);
    expect(/<RequestId>(.+)<\/RequestId>/.exec(text)?.[1]).toBe(answer.headers.get('x-amz-request-id'));
  });

  it('with an unknown key, a wrong secret or a wrong token is refused', async () => {
    const { credentials, principal } = server.iam.root;
    const get = new GetObjectCommand({ Bucket, Key: 'open/a' });
    const codes: [object, string][] = [
      [{ accessKeyId: 'AKIAUNKNOWN' }, 'InvalidAccessKeyId'],
      [{ secretAccessKey: 'guess' }, 'SignatureDoesNotMatch'],
    ];
    if (isStandIn) codes.push([{ sessionToken: 'guess' }, 'InvalidToken']);

    for (const [change, name] of codes) {
      const client = server.clientFor({ principal, credentials: { ...credentials, ...change } });
      await expect(client.send(get)).rejects.toMatchObject({ name });
    }
    const elsewhere = server.clientFor(server.iam.root, { region: 'us-east-2' });
    await expect(elsewhere.send(get)).rejects.toMatchObject({
      name: 'AuthorizationHeaderMalformed',
      Region: REGION,
    });
  });
});

describe.runIf(isStandIn)('an answer', () => {
  it('cannot run script or be taken for another type', async () => {
    await server.client.send(
      new PutObjectCommand({ Bucket, Key: 'page', Body: '<script>', ContentType: 'text/html' }),
    );
    const seen: Record<string, string> = {};
    server.client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        Object.assign(seen, (result.response as { headers: Record<string, string> }).headers);
        return result;
      },
      { step: 'deserialize', name: 'seeHeaders' },
    );

    await server.client.send(new GetObjectCommand({ Bucket, Key: 'page' }));

    expect(seen).toMatchObject({
      'content-type': 'text/html',
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
    });
  });
});

describe('a browser of another origin', () => {
  async function preflight(origin: string, method: string, headers = ''): Promise<Response> {
    return fetch(`${server.url}/${Bucket}/any`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': headers },
    });
  }

  it('is let through by the rule that matches', async () => {
    const answer = await preflight('http://console.localhost:4000', 'POST', 'content-type, x-custom');

    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://console.localhost:4000');
    expect(answer.headers.get('access-control-allow-methods')).toBe('GET, POST');
    expect(answer.headers.get('access-control-allow-headers')).toBe('content-type, x-custom');
    expect(answer.headers.get('access-control-max-age')).toBe('300');
    expect(answer.headers.get('vary')).toContain('Origin');
  });

  it.each([
    ['https://evil.example', 'POST', ''],
    ['https://console.example', 'DELETE', ''],
    ['https://console.example', 'POST', 'authorization'],
  ])('%s with %s and "%s" is not', async (origin, method, headers) => {
    const answer = await preflight(origin, method, headers);

    expect(answer.status).toBe(403);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('may read the answer, also a refusal, when its origin is allowed', async () => {
    const allowed = await fetch(`${server.url}/${Bucket}/a`, {
      headers: { origin: 'https://console.example' },
    });
    const other = await fetch(`${server.url}/${Bucket}/a`, { headers: { origin: 'https://evil.example' } });
    const any = await fetch(`${server.url}/${Bucket}/a`, {
      method: 'HEAD',
      headers: { origin: 'https://evil.example' },
    });

    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://console.example');
    expect(allowed.headers.get('access-control-expose-headers')).toBe('ETag');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    expect(any.headers.get('access-control-allow-origin')).toBe('*');
    expect(any.headers.get('access-control-allow-credentials')).toBeNull();
  });
});
