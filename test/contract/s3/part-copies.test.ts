import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

const Bucket = 'copies';
const LEAST_PART = 5 * 1024 ** 2;
let server: S3Server;
let source: Buffer;
beforeAll(async () => {
  server = await startS3Server([{ name: Bucket }, { name: 'archive', isVersioned: true }]);
  source = randomBytes(LEAST_PART + 1000);
  await server.client.send(new PutObjectCommand({ Bucket, Key: 'sou rce', Body: source }));
});
afterAll(() => server.stop());

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

async function begin(
  Key: string,
  more: object = {},
): Promise<{ Bucket: string; Key: string; UploadId: string }> {
  const { UploadId = '' } = await server.client.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ...more }),
  );
  return { Bucket, Key, UploadId };
}
const copyPart = (target: object, PartNumber: number, more: object = {}) =>
  server.client.send(
    new UploadPartCopyCommand({
      ...(target as { Bucket: string; Key: string; UploadId: string }),
      PartNumber,
      CopySource: `${Bucket}/sou%20rce`,
      ...more,
    }),
  );

describe('a part that is copied', () => {
  it('has the bytes of an object or of a range of it, and joins parts that were sent', async () => {
    const target = await begin('joined', { ChecksumAlgorithm: 'CRC32' });
    const range = { CopySourceRange: `bytes=0-${LEAST_PART - 1}` };
    const first = await copyPart(target, 1, range);
    const sent = await server.client.send(
      new UploadPartCommand({ ...target, PartNumber: 2, Body: 'tail', ChecksumAlgorithm: 'CRC32' }),
    );

    expect(first.CopyPartResult?.ETag).toBe(`"${md5(source.subarray(0, LEAST_PART))}"`);
    const Parts = [
      { PartNumber: 1, ETag: first.CopyPartResult?.ETag, ChecksumCRC32: first.CopyPartResult?.ChecksumCRC32 },
      { PartNumber: 2, ETag: sent.ETag, ChecksumCRC32: sent.ChecksumCRC32 },
    ];
    await server.client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } }));

    const whole = await server.client.send(new GetObjectCommand({ Bucket, Key: 'joined' }));
    const bytes = Buffer.from((await whole.Body?.transformToByteArray()) ?? []);
    expect(bytes.equals(Buffer.concat([source.subarray(0, LEAST_PART), Buffer.from('tail')]))).toBe(true);
    const part = await server.client.send(new GetObjectCommand({ Bucket, Key: 'joined', PartNumber: 2 }));
    expect(await part.Body?.transformToString()).toBe('tail');
    expect(part).toMatchObject({
      PartsCount: 2,
      ContentRange: `bytes ${LEAST_PART}-${LEAST_PART + 3}/${LEAST_PART + 4}`,
    });
    const head = await server.client.send(new HeadObjectCommand({ Bucket, Key: 'joined', PartNumber: 1 }));
    expect(head).toMatchObject({ ContentLength: LEAST_PART, PartsCount: 2 });
    await expect(
      server.client.send(new GetObjectCommand({ Bucket, Key: 'joined', PartNumber: 3 })),
    ).rejects.toMatchObject({ name: 'InvalidPartNumber', $metadata: { httpStatusCode: 416 } });
  });

  it('is refused with a range beyond the object, a source that is not there, and a condition that fails', async () => {
    const target = await begin('refused');

    for (const CopySourceRange of ['bytes=0-99999999', 'bytes=5-', 'bytes=9-3', 'lines=1-2'])
      await expect(copyPart(target, 1, { CopySourceRange })).rejects.toMatchObject({
        name: 'InvalidArgument',
      });
    await expect(copyPart(target, 1, { CopySource: `${Bucket}/none` })).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
    await expect(copyPart(target, 1, { CopySourceIfMatch: '"x"' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  });
});

describe('uploads under way', () => {
  it('are listed by key, in pages and by prefix', async () => {
    const ids: Record<string, string> = {};
    for (const key of ['list/b', 'list/a/1', 'list/a/2', 'other']) ids[key] = (await begin(key)).UploadId;
    const list = (more: object) => server.client.send(new ListMultipartUploadsCommand({ Bucket, ...more }));

    const page = await list({ Prefix: 'list/', MaxUploads: 2 });
    const rest = await list({
      Prefix: 'list/',
      KeyMarker: page.NextKeyMarker,
      UploadIdMarker: page.NextUploadIdMarker,
    });
    const grouped = await list({ Prefix: 'list/', Delimiter: '/' });

    expect(page.Uploads?.map(({ Key }) => Key)).toEqual(['list/a/1', 'list/a/2']);
    expect(page.IsTruncated).toBe(true);
    expect(rest.Uploads).toMatchObject([{ Key: 'list/b', UploadId: ids['list/b'] }]);
    expect(grouped.CommonPrefixes).toEqual([{ Prefix: 'list/a/' }]);
    expect(grouped.Uploads?.map(({ Key }) => Key)).toEqual(['list/b']);
  });
});

describe('a copy', () => {
  it('names the version it was made of', async () => {
    const archive = { Bucket: 'archive', Key: 'v' };
    const first = await server.client.send(new PutObjectCommand({ ...archive, Body: 'one' }));
    const second = await server.client.send(new PutObjectCommand({ ...archive, Body: 'two' }));

    const newest = await server.client.send(
      new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: 'archive/v' }),
    );
    const older = await server.client.send(
      new CopyObjectCommand({ Bucket, Key: 'older', CopySource: `archive/v?versionId=${first.VersionId}` }),
    );

    expect(newest.CopySourceVersionId).toBe(second.VersionId);
    expect(older.CopySourceVersionId).toBe(first.VersionId);
    const answer = await server.client.send(new GetObjectCommand({ Bucket, Key: 'older' }));
    expect(await answer.Body?.transformToString()).toBe('one');
  });
});

describe('a deletion with a condition', () => {
  it('happens only when the object is the one that is meant', async () => {
    const { ETag } = await server.client.send(new PutObjectCommand({ Bucket, Key: 'meant', Body: 'x' }));
    const remove = (IfMatch: string | undefined) =>
      server.client.send(new DeleteObjectCommand({ Bucket, Key: 'meant', IfMatch }));

    await expect(remove('"other"')).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await remove(ETag);

    await expect(server.client.send(new HeadObjectCommand({ Bucket, Key: 'meant' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });
});
