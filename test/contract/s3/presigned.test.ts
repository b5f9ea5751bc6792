import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { PresignedPost, PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { presignForm, startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

const Bucket = 'presigned';
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server([{ name: Bucket }]);
});
afterAll(() => server.stop());

async function read(Key: string): Promise<string> {
  const { Body } = await server.client.send(new GetObjectCommand({ Bucket, Key }));
  return (await Body?.transformToString()) ?? '';
}

describe('a presigned address', () => {
  it('puts and gets without credentials', async () => {
    // Without this the SDK signs the checksum of the body it has: none.
    const signer = server.clientFor(server.iam.root, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const put = await getSignedUrl(
      signer,
      new PutObjectCommand({ Bucket, Key: 'é x', ContentType: 'text/plain', Metadata: { a: 'b' } }),
    );
    const get = await getSignedUrl(
      server.client,
      new GetObjectCommand({
        Bucket,
        Key: 'é x',
        ResponseContentDisposition: 'attachment; filename="ü.txt"',
      }),
    );

    const putAnswer = await fetch(put, {
      method: 'PUT',
      body: 'by address',
      headers: { 'content-type': 'text/plain' },
    });
    const getAnswer = await fetch(get, { headers: { range: 'bytes=3-' } });

    expect([putAnswer.status, await putAnswer.text()]).toEqual([200, '']);
    expect([getAnswer.status, await getAnswer.text()]).toEqual([206, 'address']);
    expect(Buffer.from(getAnswer.headers.get('content-disposition') ?? '', 'latin1').toString()).toBe(
      'attachment; filename="ü.txt"',
    );
    const head = await server.client.send(new HeadObjectCommand({ Bucket, Key: 'é x' }));
    expect(head).toMatchObject({ Metadata: { a: 'b' } });
  });

  it('holds the body to the checksum that was signed', async () => {
    const put = await getSignedUrl(
      server.client,
      new PutObjectCommand({ Bucket, Key: 'sum', Body: 'signed' }),
    );

    const other = await fetch(put, { method: 'PUT', body: 'forged' });
    const same = await fetch(put, { method: 'PUT', body: 'signed' });

    expect([other.status, same.status]).toEqual([400, 200]);
    expect(await other.text()).toContain('BadDigest');
  });

  it('is refused for another key, another method or another parameter', async () => {
    const get = await getSignedUrl(server.client, new GetObjectCommand({ Bucket, Key: 'a' }));

    for (const [url, method] of [
      [get.replace('/a?', '/b?'), 'GET'],
      [get, 'DELETE'],
      [`${get}&response-content-type=text/html`, 'GET'],
    ] as const) {
      const answer = await fetch(url, { method });
      expect([answer.status, /<Code>(\w+)/.exec(await answer.text())?.[1]]).toEqual([
        403,
        'SignatureDoesNotMatch',
      ]);
    }
  });

  it('expires', async () => {
    const get = await getSignedUrl(server.client, new GetObjectCommand({ Bucket, Key: 'a' }), {
      expiresIn: 60,
      signingDate: new Date(Date.now() - 61_000),
    });

    const answer = await fetch(get);

    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<Message>Request has expired');
  });

  it('does not let headers that were not signed change what is stored', async () => {
    const put = await getSignedUrl(server.client, new PutObjectCommand({ Bucket, Key: 'strict' }));

    const answer = await fetch(put, { method: 'PUT', body: 'x', headers: { 'x-amz-meta-role': 'admin' } });

    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('<HeadersNotSigned>x-amz-meta-role</HeadersNotSigned>');
  });
});

async function presign(options: Partial<PresignedPostOptions> = {}): Promise<PresignedPost> {
  return presignForm(server.client, { Bucket, Key: 'posted', ...options });
}

/** Sends the form as a browser would and returns the status and, of an error, its code and message. */
async function post(
  { url, fields }: PresignedPost,
  body: string | Uint8Array,
  more: Record<string, string> = {},
): Promise<string> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...fields, ...more })) form.append(name, value);
  form.append('file', new Blob([body]), 'report ü.txt');
  const answer = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  const text = await answer.text();
  const [, code] = /<Code>(.*?)<\/Code>/.exec(text) ?? [];
  const [, message] = /<Message>(.*?)<\/Message>/s.exec(text) ?? [];
  return code === undefined ? String(answer.status) : `${answer.status} ${code}: ${message}`;
}

describe('a POST form', () => {
  it('stores the file under the key and type that the policy names', async () => {
    const bytes = randomBytes(200_000).toString('base64');
    const form = await presign({
      Fields: { 'Content-Type': 'text/plain', 'x-amz-meta-file': 'f1' },
      Conditions: [['content-length-range', bytes.length, bytes.length]],
    });

    expect(await post(form, bytes)).toBe('204');

    expect(await read('posted')).toBe(bytes);
    const head = await server.client.send(new HeadObjectCommand({ Bucket, Key: 'posted' }));
    expect(head).toMatchObject({ ContentType: 'text/plain', Metadata: { file: 'f1' } });
  });

  it('may leave the file name and the type open', async () => {
    const form = await presign({
      Key: 'up/${filename}',
      Conditions: [
        ['starts-with', '$Content-Type', 'image/'],
        ['eq', '$success_action_status', '201'],
      ],
    });

    expect(await post(form, 'x', { 'Content-Type': 'image/png', success_action_status: '201' })).toBe('201');
    expect(await read('up/report ü.txt')).toBe('x');
    expect(await post(form, 'x', { 'Content-Type': 'text/html', success_action_status: '201' })).toContain(
      'Invalid according to Policy: Policy Condition failed: [&quot;starts-with&quot;, &quot;$content-type&quot;, &quot;image/&quot;]',
    );
  });

  it('keeps within its sizes', async () => {
    const form = await presign({ Key: 'sized', Conditions: [['content-length-range', 5, 10]] });

    expect(await post(form, '1234')).toMatch(/^400 EntityTooSmall/);
    expect(await post(form, '12345678901')).toMatch(/^400 EntityTooLarge/);
    expect(await post(form, randomBytes(5_000_000))).toMatch(/^400 EntityTooLarge/);
    await expect(read('sized')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await post(form, '1234567890')).toBe('204');
  });

  it('is refused with another key, a field beyond the policy, or after its time', async () => {
    const form = await presign({ Key: 'mine', Expires: 60 });

    expect(await post({ ...form, fields: { ...form.fields, key: 'yours' } }, 'x')).toMatch(
      /^403 AccessDenied: Invalid according to Policy: Policy Condition failed/,
    );
    expect(await post(form, 'x', { 'x-amz-meta-role': 'admin' })).toBe(
      '403 AccessDenied: Invalid according to Policy: Extra input fields: x-amz-meta-role',
    );
    expect(await post(form, 'x', { 'Content-Type': 'text/html' })).toBe(
      '403 AccessDenied: Invalid according to Policy: Extra input fields: content-type',
    );
    expect(await post(form, 'x', { 'x-ignore-me': 'y' })).toBe('204');
    const late = await presign({ Key: 'mine', Expires: -1 });
    expect(await post(late, 'x')).toBe('403 AccessDenied: Invalid according to Policy: Policy expired.');
  });

  it('is refused when the policy was not signed with the key, or is missing', async () => {
    const { url, fields } = await presign();
    const policy = Buffer.from(
      JSON.stringify({ expiration: '2099-01-01T00:00:00Z', conditions: [] }),
    ).toString('base64');
    const unsigned = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'Policy'));

    expect(await post({ url, fields: { ...fields, Policy: policy } }, 'x')).toMatch(
      /^403 SignatureDoesNotMatch/,
    );
    expect(await post({ url, fields: unsigned }, 'x')).toMatch(
      /^400 InvalidArgument: Bucket POST must contain a field named 'policy'/,
    );
    expect(await post({ url, fields: { key: 'posted' } }, 'x')).toMatch(/^403 AccessDenied/);
    expect(await post({ url, fields: { ...fields, 'X-Amz-Security-Token': 'stolen' } }, 'x')).toMatch(
      /^400 InvalidToken/,
    );
  });

  it('is refused without a file, and ignores what stands behind it', async () => {
    const { url, fields } = await presign({ Key: 'ordered' });
    const noFile = new FormData();
    for (const [name, value] of Object.entries(fields)) noFile.append(name, value);
    const late = new FormData();
    late.append('file', new Blob(['x']), 'x');
    for (const [name, value] of Object.entries(fields)) late.append(name, value);

    const answers = [
      await fetch(url, { method: 'POST', body: noFile }),
      await fetch(url, { method: 'POST', body: late }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([400, 400]);
    expect(await answers[0]?.text()).toContain('POST requires exactly one file upload');
    expect(await answers[1]?.text()).toContain("must contain a field named 'key'");
  });

  it('does not grow without bounds before its file', async () => {
    const form = await presign();

    expect(await post(form, 'x', { 'x-ignore-long': 'y'.repeat(30_000) })).toMatch(
      /^400 MaxPostPreDataLengthExceededError/,
    );
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x-ignore-${index}`, 'y']));
    expect(await post(form, 'x', many)).toMatch(/^400 MaxPostPreDataLengthExceededError/);
  });

  it('does not put line breaks into headers', async () => {
    const form = await presign({ Conditions: [['starts-with', '$x-amz-meta-a', '']] });

    expect(await post(form, 'x', { 'x-amz-meta-a': 'b\r\nset-cookie: c=d' })).toMatch(/^400 InvalidArgument/);
  });

  it('that breaks off leaves nothing behind', async () => {
    const { fields } = await presign({ Key: 'broken off' });
    const parts = Object.entries(fields).map(
      ([name, value]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const body = `${parts.join('')}--x\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\nhalf a fi`;
    const head = (length: number): string =>
      `POST /${Bucket} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: ${length}\r\n\r\n`;

    const unclosed = await send(`${head(body.length)}${body}`, 'ANSWER');
    await send(`${head(body.length + 100)}${body}`, 'CUT');

    expect(unclosed).toContain('MalformedPOSTRequest');
    await expect(read('broken off')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

/** Sends raw bytes and returns the answer, or cuts the connection off. */
async function send(bytes: string, then: 'ANSWER' | 'CUT'): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(bytes, () => {
        if (then === 'CUT') setTimeout(() => socket.destroy(), 50);
      });
    });
    socket.on('data', (data) => {
      answer += data.toString();
      if (answer.includes('</Error>')) socket.destroy();
    });
    socket.on('close', () => {
      resolve(answer);
    });
    socket.on('error', reject);
  });
}
