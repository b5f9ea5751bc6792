import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart, CreateMultipartUploadCommandInput } from '@aws-sdk/client-s3';
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isStandIn, startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

const Bucket = 'multipart';
const MEGABYTE = 1024 ** 2;
let server: S3Server;
let first: Buffer;
let second: Buffer;
let last: Buffer;

beforeAll(async () => {
  server = await startS3Server([{ name: Bucket }]);
  [first, second, last] = [randomBytes(5 * MEGABYTE), randomBytes(6 * MEGABYTE), randomBytes(1000)];
});
afterAll(() => server.stop());

async function begin(Key: string, more: Partial<CreateMultipartUploadCommandInput> = {}): Promise<string> {
  const { UploadId } = await server.client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  return UploadId ?? '';
}

async function upload(
  target: { Key: string; UploadId: string },
  PartNumber: number,
  Body: Buffer,
  more: object = {},
): Promise<CompletedPart> {
  const answer = await server.client.send(
    new UploadPartCommand({ Bucket, ...target, PartNumber, Body, ...more }),
  );
  const { ETag, ChecksumCRC32, ChecksumSHA256, ChecksumCRC64NVME, ChecksumCRC32C } = answer;
  // Of an upload that names no algorithm, the SDK's own checksum of a part is no part's checksum.
  if (!('ChecksumAlgorithm' in more)) return { PartNumber, ETag };
  return { PartNumber, ETag, ChecksumCRC32, ChecksumSHA256, ChecksumCRC64NVME, ChecksumCRC32C };
}

async function complete(
  target: { Key: string; UploadId: string },
  Parts: CompletedPart[],
  more: object = {},
): Promise<string> {
  const command = new CompleteMultipartUploadCommand({
    Bucket,
    ...target,
    MultipartUpload: { Parts },
    ...more,
  });
  return (await server.client.send(command)).ETag ?? '';
}

describe('a multipart upload', () => {
  it('becomes one object, whatever the order of its parts', async () => {
    const target = {
      Key: 'in parts',
      UploadId: await begin('in parts', { ContentType: 'text/x', Metadata: { a: 'b' } }),
    };
    const seven = await upload(target, 7, last);
    await upload(target, 2, randomBytes(10));
    const one = await upload(target, 1, first);
    const two = await upload(target, 2, second);

    const etag = await complete(target, [one, two, seven]);

    const whole = Buffer.concat([first, second, last]);
    const digests = [first, second, last].map((part) => createHash('md5').update(part).digest());
    expect(etag).toBe(`"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-3"`);
    const answer = await server.client.send(new GetObjectCommand({ Bucket, Key: 'in parts' }));
    expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? []).equals(whole)).toBe(true);
    expect(answer).toMatchObject({
      ContentType: 'text/x',
      Metadata: { a: 'b' },
      ContentLength: whole.length,
    });
    const Range = `bytes=${first.length - 3}-${first.length + second.length + 2}`;
    const middle = await server.client.send(new GetObjectCommand({ Bucket, Key: 'in parts', Range }));
    const bytes = Buffer.from((await middle.Body?.transformToByteArray()) ?? []);
    expect(bytes.equals(whole.subarray(first.length - 3, first.length + second.length + 3))).toBe(true);
  });

  it('cannot be seen before it is complete, nor gone on with after', async () => {
    const target = { Key: 'unfinished', UploadId: await begin('unfinished') };
    const part = await upload(target, 1, last);
    const head = new HeadObjectCommand({ Bucket, Key: 'unfinished' });

    await expect(server.client.send(head)).rejects.toMatchObject({ name: 'NotFound' });
    await complete(target, [part]);

    expect((await server.client.send(head)).ContentLength).toBe(1000);
    await expect(upload(target, 2, last)).rejects.toMatchObject({ name: 'NoSuchUpload' });
    await expect(complete(target, [part])).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  it('is refused with parts too small, in disorder or unknown', async () => {
    const target = { Key: 'refused', UploadId: await begin('refused') };
    const one = await upload(target, 1, last);
    const two = await upload(target, 2, last);

    const [three, four] = [await upload(target, 3, first), await upload(target, 4, second)];

    await expect(complete(target, [one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await expect(complete(target, [four, three])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete(target, [three, three])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete(target, [{ ...one, ETag: '"0123"' }])).rejects.toMatchObject({
      name: 'InvalidPart',
    });
    await expect(complete(target, [{ ...one, PartNumber: 5 }])).rejects.toMatchObject({
      name: 'InvalidPart',
    });
    await expect(complete(target, [])).rejects.toMatchObject({ name: 'MalformedXML' });
    await expect(upload(target, 10_001, last)).rejects.toMatchObject({ name: 'InvalidArgument' });
    await expect(upload({ ...target, UploadId: 'made-up' }, 1, last)).rejects.toMatchObject({
      name: 'NoSuchUpload',
    });
    await expect(upload({ ...target, Key: 'other' }, 1, last)).rejects.toMatchObject({
      name: 'NoSuchUpload',
    });
    expect(await complete(target, [two])).toMatch(/-1"$/);
  });

  it('lists its parts in pages and forgets them when it is aborted', async () => {
    const target = { Key: 'listed', UploadId: await begin('listed') };
    for (const number of [3, 1, 2]) await upload(target, number, last);

    const page = await server.client.send(new ListPartsCommand({ Bucket, ...target, MaxParts: 2 }));
    const rest = await server.client.send(
      new ListPartsCommand({ Bucket, ...target, PartNumberMarker: page.NextPartNumberMarker }),
    );
    await server.client.send(new AbortMultipartUploadCommand({ Bucket, ...target }));

    expect(page.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([1, 2]);
    expect(page.IsTruncated).toBe(true);
    expect(rest.Parts).toMatchObject([{ PartNumber: 3, Size: 1000 }]);
    await expect(server.client.send(new ListPartsCommand({ Bucket, ...target }))).rejects.toMatchObject({
      name: 'NoSuchUpload',
    });
  });

  it.runIf(isStandIn)('goes on after a restart', async () => {
    const target = { Key: 'resumed', UploadId: await begin('resumed') };
    const one = await upload(target, 1, first);

    await server.restart();
    const two = await upload(target, 2, last);
    await complete(target, [one, two]);

    const { ContentLength } = await server.client.send(new HeadObjectCommand({ Bucket, Key: 'resumed' }));
    expect(ContentLength).toBe(first.length + last.length);
  });

  it('has the CRC of the whole, found without reading it', async () => {
    const target = {
      Key: 'crc',
      UploadId: await begin('crc', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
    };
    const parts = [
      await upload(target, 1, first, { ChecksumAlgorithm: 'CRC32' }),
      await upload(target, 2, last, { ChecksumAlgorithm: 'CRC32' }),
    ];
    const expected = Buffer.alloc(4);
    expected.writeUInt32BE(crc32(Buffer.concat([first, last])));

    const wrong = { ChecksumCRC32: 'AAAAAA==', ChecksumType: 'FULL_OBJECT' };
    await expect(complete(target, parts, wrong)).rejects.toMatchObject({
      name: 'BadDigest',
    });
    await complete(target, parts, {
      ChecksumCRC32: expected.toString('base64'),
      ChecksumType: 'FULL_OBJECT',
    });

    const answer = await server.client.send(
      new GetObjectCommand({ Bucket, Key: 'crc', ChecksumMode: 'ENABLED' }),
    );
    expect(answer.ChecksumCRC32).toBe(expected.toString('base64'));
    expect((await answer.Body?.transformToByteArray())?.length).toBe(first.length + last.length);
  });

  it.each(['SHA256', 'CRC32C'] as const)('has a composite %s of its parts', async (ChecksumAlgorithm) => {
    const Key = `composite ${ChecksumAlgorithm}`;
    const target = { Key, UploadId: await begin(Key, { ChecksumAlgorithm }) };
    const parts = [
      await upload(target, 1, first, { ChecksumAlgorithm }),
      await upload(target, 2, last, { ChecksumAlgorithm }),
    ];

    const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    await expect(complete(target, bare)).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringContaining('was missing for part 1') as string,
    });
    await complete(target, parts);

    const head = await server.client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(head[`Checksum${ChecksumAlgorithm}`]).toMatch(/^.+-2$/);
    expect(head.ChecksumType).toBe('COMPOSITE');
  });
});
