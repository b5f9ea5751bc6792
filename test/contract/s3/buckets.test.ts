import {
  GetBucketVersioningCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isStandIn, startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server([{ name: 'page-first' }, { name: 'page-second', isVersioned: true }]);
  for (const Key of ['a/1', 'a/2', 'b/1', 'c', 'd'])
    await server.client.send(new PutObjectCommand({ Bucket: 'page-first', Key, Body: Key }));
});
afterAll(() => server.stop());

describe('buckets', () => {
  it('are listed with their owner, in pages and by prefix', async () => {
    const Prefix = 'page-';
    const { Buckets, Owner } = await server.client.send(new ListBucketsCommand({ Prefix }));
    const page = await server.client.send(new ListBucketsCommand({ Prefix, MaxBuckets: 1 }));
    const rest = await server.client.send(
      new ListBucketsCommand({ Prefix, ContinuationToken: page.ContinuationToken }),
    );

    expect(Buckets?.map(({ Name }) => Name)).toEqual(['page-first', 'page-second']);
    expect(Buckets?.[0]?.CreationDate).toBeInstanceOf(Date);
    expect(Owner?.ID).toBe(server.ownerId);
    expect([page, rest].map(({ Buckets: shown }) => shown?.map(({ Name }) => Name))).toEqual([
      ['page-first'],
      ['page-second'],
    ]);
  });

  it.runIf(isStandIn)('are listed to whom may list them', async () => {
    const role = 'arn:aws:iam::123456789012:role/reader';
    server.iam.addRole({ arn: role, policies: [] });
    const reader = server.clientFor(server.iam.assumeRole(role, 's'));

    await expect(reader.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('say whether they are versioned', async () => {
    const status = async (Bucket: string) =>
      (await server.client.send(new GetBucketVersioningCommand({ Bucket }))).Status;

    expect([await status('page-first'), await status('page-second')]).toEqual([undefined, 'Enabled']);
  });
});

describe('the older listing', () => {
  const list = (more: object) =>
    server.client.send(new ListObjectsCommand({ Bucket: 'page-first', ...more }));

  it('goes on from the last key', async () => {
    const page = await list({ MaxKeys: 2 });
    const rest = await list({ Marker: page.Contents?.at(-1)?.Key });

    expect(page.IsTruncated).toBe(true);
    expect(page.NextMarker).toBeUndefined();
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['b/1', 'c', 'd']);
    expect(rest.Contents?.[0]?.Owner?.ID).toBe(server.ownerId);
  });

  it('names where to go on when keys are grouped', async () => {
    const page = await list({ MaxKeys: 1, Delimiter: '/' });
    const rest = await list({ Delimiter: '/', Marker: page.NextMarker });

    expect(page.CommonPrefixes).toEqual([{ Prefix: 'a/' }]);
    expect(page.NextMarker).toBe('a/');
    expect(rest.CommonPrefixes).toEqual([{ Prefix: 'b/' }]);
    expect(rest.Contents?.map(({ Key }) => Key)).toEqual(['c', 'd']);
  });

  it('gives owners in the newer one when asked to', async () => {
    const newer = await server.client.send(
      new ListObjectsV2Command({ Bucket: 'page-first', FetchOwner: true }),
    );

    expect(newer.Contents?.[0]?.Owner?.ID).toBe(server.ownerId);
  });
});
