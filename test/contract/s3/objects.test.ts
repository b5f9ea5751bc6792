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
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3Server } from './s3-server.ts';
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
