import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isStandIn, startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

const Bucket = 'objects';
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server([{ name: Bucket }]);
});
afterAll(() => server.stop());

async function put(Key: string, Body: string | Uint8Array, more: object = {}): Promise<string> {
  const { ETag } = await server.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  return ETag ?? '';
}

async function read(Key: string, more: object = {}): Promise<string> {
  const { Body } = await server.client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return (await Body?.transformToString()) ?? '';
}

describe('an object', () => {
  it('comes back with its bytes, headers and metadata', async () => {
    const bytes = randomBytes(300_000);

    await put('whole', bytes, {
      ContentType: 'text/plain; charset=utf-8',
      ContentDisposition: 'attachment; filename="a.txt"',
      ContentEncoding: 'identity',
      CacheControl: 'max-age=60',
      Metadata: { author: 'Ada', empty: '', __proto: 'x' },
    });
    const answer = await server.client.send(new GetObjectCommand({ Bucket, Key: 'whole' }));

    expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
    expect(answer).toMatchObject({
      ContentLength: 300_000,
      ContentType: 'text/plain; charset=utf-8',
      ContentDisposition: 'attachment; filename="a.txt"',
      ContentEncoding: 'identity',
      CacheControl: 'max-age=60',
      Metadata: { author: 'Ada', empty: '', __proto: 'x' },
      AcceptRanges: 'bytes',
    });
    expect(Math.abs((answer.LastModified?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('may be empty', async () => {
    await put('empty', '');

    expect(await read('empty')).toBe('');
    expect(await server.client.send(new HeadObjectCommand({ Bucket, Key: 'empty' }))).toMatchObject({
      ContentLength: 0,
      ETag: '"d41d8cd98f00b204e9800998ecf8427e"',
    });
  });

  it('is replaced by the next write and its old bytes leave the disk', async () => {
    await put('replaced', 'first');
    await put('replaced', 'second');

    expect(await read('replaced')).toBe('second');
  });

  it('takes a stream with its checksum in the trailer', async () => {
    const bytes = randomBytes(1_000_000);

    await server.client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'streamed',
        Body: Readable.from([bytes.subarray(0, 333_333), bytes.subarray(333_333)]),
        ContentLength: bytes.length,
      }),
    );
    const answer = await server.client.send(
      new GetObjectCommand({ Bucket, Key: 'streamed', ChecksumMode: 'ENABLED' }),
    );

    expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
    expect(answer.ChecksumCRC32).toMatch(/^.{8}$/);
    expect(answer.ContentEncoding).toBeUndefined();
  });

  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'is checked and answered with %s',
    async (ChecksumAlgorithm) => {
      await put(`sum-${ChecksumAlgorithm}`, 'some bytes', { ChecksumAlgorithm });
      const head = await server.client.send(
        new HeadObjectCommand({ Bucket, Key: `sum-${ChecksumAlgorithm}`, ChecksumMode: 'ENABLED' }),
      );

      expect(head[`Checksum${ChecksumAlgorithm}`]).toBeTruthy();
      expect(head.ChecksumType).toBe('FULL_OBJECT');
      expect(await read(`sum-${ChecksumAlgorithm}`, { ChecksumMode: 'ENABLED' })).toBe('some bytes');
    },
  );

  it('is refused when its checksum or MD5 is another', async () => {
    await expect(put('bad', 'some bytes', { ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject({
      name: 'BadDigest',
    });
    await expect(put('bad', 'some bytes', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' })).rejects.toMatchObject({
      name: 'BadDigest',
    });
    await expect(read('bad')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('a range', () => {
  beforeAll(async () => {
    await put('digits', '0123456789');
  });

  it.each([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-30', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('%s gives %s', async (Range, bytes, contentRange) => {
    const answer = await server.client.send(new GetObjectCommand({ Bucket, Key: 'digits', Range }));

    expect(await answer.Body?.transformToString()).toBe(bytes);
    expect(answer).toMatchObject({ ContentRange: contentRange, ContentLength: bytes.length });
    expect(answer.$metadata.httpStatusCode).toBe(206);
  });

  it.each(['bytes=10-', 'bytes=-0', 'bytes=99-100'])('%s is not satisfiable', async (Range) => {
    await expect(read('digits', { Range })).rejects.toMatchObject({
      name: 'InvalidRange',
      ActualObjectSize: '10',
      $metadata: { httpStatusCode: 416 },
    });
  });

  it.each(['bytes=5-2', 'bytes=0-1,3-4', 'lines=1-2'])('%s is ignored, as S3 ignores it', async (Range) => {
    expect(await read('digits', { Range })).toBe('0123456789');
  });
});

describe('a condition', () => {
  it('of a read answers 304 or 412', async () => {
    const etag = await put('conditional', 'x');
    const past = new Date(Date.now() - 100_000);
    const { LastModified } = await server.client.send(new HeadObjectCommand({ Bucket, Key: 'conditional' }));

    expect(await read('conditional', { IfMatch: etag })).toBe('x');
    expect(await read('conditional', { IfNoneMatch: '"other"' })).toBe('x');
    expect(await read('conditional', { IfModifiedSince: past })).toBe('x');
    expect(await read('conditional', { IfMatch: etag, IfUnmodifiedSince: past })).toBe('x');
    await expect(read('conditional', { IfMatch: '"other"' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await expect(read('conditional', { IfUnmodifiedSince: past })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    for (const condition of [{ IfNoneMatch: etag }, { IfModifiedSince: LastModified }]) {
      await expect(read('conditional', condition)).rejects.toMatchObject({
        $metadata: { httpStatusCode: 304 },
      });
    }
  });

  it('of a write holds when it is the turn of the write', async () => {
    const etag = await put('guarded', 'first', { IfNoneMatch: '*' });

    await expect(put('guarded', 'second', { IfNoneMatch: '*' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await expect(put('guarded', 'second', { IfMatch: '"other"' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
    await expect(put('absent', 'second', { IfMatch: etag })).rejects.toMatchObject({ name: 'NoSuchKey' });
    await put('guarded', 'second', { IfMatch: etag });
    expect(await read('guarded')).toBe('second');
  });

  it('lets exactly one of many creators win', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) => put('contested', `writer ${index}`, { IfNoneMatch: '*' })),
    );

    const winners = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
    expect(winners).toHaveLength(1);
    expect(await read('contested')).toBe(`writer ${winners[0]}`);
  });
});

describe('a key', () => {
  const keys = [
    '../../etc/passwd',
    './a/../b//c/',
    '/leading',
    ' blanks and + plus & = ? # % %2F %00',
    'quotes \' " ` <xml> & ]]>',
    'ünïcödé/日本語/🚀',
    'control \u0001 \t \n \r',
    'back\\slash|pipe*star:colon',
    'CON',
    '.',
    '..',
    'a'.repeat(1024),
    '__proto__',
  ];

  it.each(keys)('%j is an ordinary name', async (Key) => {
    await put(Key, `bytes of ${Key}`);

    expect(await read(Key)).toBe(`bytes of ${Key}`);
    const { Contents } = await server.client.send(
      new ListObjectsV2Command({ Bucket, Prefix: Key, EncodingType: 'url' }),
    );
    expect(Contents?.map((item) => decodeURIComponent((item.Key ?? '').replaceAll('+', ' ')))).toContain(Key);
    await server.client.send(new DeleteObjectCommand({ Bucket, Key }));
    await expect(read(Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it.runIf(isStandIn)('never becomes a path', async () => {
    await put('../../../escaped', 'x');

    const names = await readdir(server.directory, { recursive: true });
    expect(names.filter((name) => name.includes('escaped'))).toEqual([]);
    expect(names.every((name) => /^(journal|blobs(\/[0-9a-f]{2}(\/[0-9a-f]{32})?)?)$/.test(name))).toBe(true);
  });

  it('longer than 1024 bytes is refused', async () => {
    await expect(put('é'.repeat(513), 'x')).rejects.toMatchObject({ name: 'KeyTooLongError' });
  });
});

describe('a deletion', () => {
  it('succeeds for a key that is not there', async () => {
    const { $metadata } = await server.client.send(new DeleteObjectCommand({ Bucket, Key: 'never was' }));

    expect($metadata.httpStatusCode).toBe(204);
  });

  it('of many keys answers for each', async () => {
    await Promise.all(['many/1', 'many/2', 'many/<3>'].map((key) => put(key, 'x')));

    const { Deleted, Errors } = await server.client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key: 'many/1' }, { Key: 'many/<3>' }, { Key: 'many/absent' }] },
      }),
    );

    expect(Deleted?.map(({ Key }) => Key)).toEqual(['many/1', 'many/<3>', 'many/absent']);
    expect(Errors ?? []).toEqual([]);
    const { Contents } = await server.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'many/' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['many/2']);
  });

  it.runIf(isStandIn)('takes the bytes off the disk', async () => {
    const before = await listBlobs();
    await put('short-lived', 'x');
    const made = (await listBlobs()).filter((name) => !before.includes(name));
    await server.client.send(new DeleteObjectCommand({ Bucket, Key: 'short-lived' }));

    expect(made).toHaveLength(1);
    await expect.poll(listBlobs).not.toContain(made[0]);
  });
});

describe('a copy', () => {
  it('keeps bytes, headers and metadata, also when its source goes', async () => {
    await put('source é+ x', 'copied bytes', { ContentType: 'text/csv', Metadata: { a: 'b' } });

    await server.client.send(
      new CopyObjectCommand({
        Bucket,
        Key: 'copy',
        CopySource: `${Bucket}/${encodeURIComponent('source é+ x')}`,
      }),
    );
    await server.client.send(new DeleteObjectCommand({ Bucket, Key: 'source é+ x' }));

    expect(await read('copy')).toBe('copied bytes');
    const head = await server.client.send(new HeadObjectCommand({ Bucket, Key: 'copy' }));
    expect(head).toMatchObject({ ContentType: 'text/csv', Metadata: { a: 'b' } });
  });

  it('may replace the metadata, and only so onto itself', async () => {
    await put('self', 'x', { Metadata: { a: 'b' } });
    const copy = { Bucket, Key: 'self', CopySource: `${Bucket}/self` };

    await expect(server.client.send(new CopyObjectCommand(copy))).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
    await server.client.send(
      new CopyObjectCommand({ ...copy, MetadataDirective: 'REPLACE', Metadata: { c: 'd' } }),
    );

    const head = await server.client.send(new HeadObjectCommand({ Bucket, Key: 'self' }));
    expect(head.Metadata).toEqual({ c: 'd' });
  });

  it('of nothing is NoSuchKey', async () => {
    const copy = new CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}/absent` });

    await expect(server.client.send(copy)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe.runIf(isStandIn)('what is not implemented', () => {
  it('says so and does nothing', async () => {
    await put('plain', 'x');
    const tagging = new PutObjectTaggingCommand({
      Bucket,
      Key: 'plain',
      Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] },
    });

    await expect(server.client.send(tagging)).rejects.toMatchObject({
      name: 'NotImplemented',
      $metadata: { httpStatusCode: 501 },
    });
    await expect(server.client.send(new GetObjectAclCommand({ Bucket, Key: 'plain' }))).rejects.toMatchObject(
      { name: 'NotImplemented' },
    );
    await expect(put('plain', 'y', { Tagging: 'a=b' })).rejects.toMatchObject({ name: 'NotImplemented' });
    await expect(put('plain', 'y', { ServerSideEncryption: 'aws:kms' })).rejects.toMatchObject({
      name: 'NotImplemented',
    });
    expect(await read('plain')).toBe('x');
  });
});

describe('a bucket', () => {
  it('answers that it is there and where', async () => {
    await server.client.send(new HeadBucketCommand({ Bucket }));
    const { LocationConstraint } = await server.client.send(new GetBucketLocationCommand({ Bucket }));

    expect(LocationConstraint).toBe('eu-central-1');
  });

  it('that was not declared is NoSuchBucket', async () => {
    const get = new GetObjectCommand({ Bucket: 'absent', Key: 'x' });

    await expect(server.client.send(get)).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });

  it('is also reached by its own host name', async () => {
    const httpAgent = new Agent({
      // Not every resolver knows that names below localhost are this machine.
      lookup: (_name, _options, callback) => {
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      },
    });
    const client = server.clientFor(server.iam.root, {
      endpoint: `http://localhost:${server.port}`,
      forcePathStyle: false,
      requestHandler: { httpAgent },
    });
    await put('by-host', 'x');

    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'by-host' }));

    expect(await Body?.transformToString()).toBe('x');
  });
});

describe.runIf(isStandIn)('after a restart', () => {
  it('everything is as it was', async () => {
    await put('durable', 'kept', { Metadata: { a: 'b' } });

    await server.restart();

    expect(await read('durable')).toBe('kept');
    const head = await server.client.send(new HeadObjectCommand({ Bucket, Key: 'durable' }));
    expect(head.Metadata).toEqual({ a: 'b' });
    expect(server.warnings).toEqual([]);
  });
});

async function listBlobs(): Promise<string[]> {
  const names = await readdir(server.directory, { recursive: true });
  return names.filter((name) => /[0-9a-f]{32}$/.test(name));
}
