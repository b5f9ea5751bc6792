import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isStandIn, startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

/** Another one each time: versions of an earlier run at another server would count. */
const Bucket = `versioned-${randomUUID()}`;
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server([{ name: Bucket, isVersioned: true }]);
});
afterAll(() => server.stop());

async function put(Key: string, Body: string): Promise<string> {
  return (await server.client.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId ?? '';
}

async function read(Key: string, VersionId?: string): Promise<string> {
  const { Body } = await server.client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return (await Body?.transformToString()) ?? '';
}

describe('a versioned bucket', () => {
  it('keeps every version', async () => {
    const versions = [await put('kept', 'one'), await put('kept', 'two')];

    expect(await read('kept')).toBe('two');
    expect(await read('kept', versions[0])).toBe('one');
    const ofAnother = await put('other', 'three');
    await expect(read('kept', ofAnother)).rejects.toMatchObject({ name: 'NoSuchVersion' });
    await expect(read('kept', 'made-up')).rejects.toMatchObject({ name: 'InvalidArgument' });
    for (const [id, name] of [
      [ofAnother, 'NoSuchVersion'],
      ['made-up', 'InvalidArgument'],
    ]) {
      const copy = { Bucket, Key: 'copy', CopySource: `${Bucket}/kept?versionId=${id}` };
      await expect(server.client.send(new CopyObjectCommand(copy))).rejects.toMatchObject({ name });
    }
  });

  it('hides a deleted key behind a marker, whose deletion brings it back', async () => {
    const first = await put('hidden', 'one');

    const marker = await server.client.send(new DeleteObjectCommand({ Bucket, Key: 'hidden' }));

    expect(marker.DeleteMarker).toBe(true);
    await expect(read('hidden')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(read('hidden', marker.VersionId)).rejects.toMatchObject({ name: 'MethodNotAllowed' });
    expect(await read('hidden', first)).toBe('one');
    const { KeyCount } = await server.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'hidden' }));
    expect(KeyCount).toBe(0);
    if (isStandIn) await server.restart();
    await server.client.send(new DeleteObjectCommand({ Bucket, Key: 'hidden', VersionId: marker.VersionId }));
    expect(await read('hidden')).toBe('one');
  });

  it('loses a version that is deleted by its id', async () => {
    const versions = [await put('lost', 'one'), await put('lost', 'two')];

    await server.client.send(new DeleteObjectCommand({ Bucket, Key: 'lost', VersionId: versions[1] }));

    expect(await read('lost')).toBe('one');
  });

  it.each([1, 2, 1000])('lists its versions in pages of %i, the newest of a key first', async (MaxKeys) => {
    const prefix = `list-${MaxKeys}/`;
    const a = [await put(`${prefix}a`, '1'), await put(`${prefix}a`, '2'), await put(`${prefix}a`, '3')];
    const hidden = await put(`${prefix}b`, '1');
    const marker = await server.client.send(new DeleteObjectCommand({ Bucket, Key: `${prefix}b` }));

    const seen: (string | undefined)[] = [];
    let page: ListObjectVersionsCommandOutput | undefined;
    do {
      page = await server.client.send(
        new ListObjectVersionsCommand({
          Bucket,
          Prefix: prefix,
          MaxKeys,
          KeyMarker: page?.NextKeyMarker,
          VersionIdMarker: page?.NextVersionIdMarker,
        }),
      );
      seen.push(
        ...[...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ VersionId }) => VersionId),
      );
      // A server that repeats a page must not keep the test from its end.
    } while (page.IsTruncated && seen.length <= 5);

    expect(seen.filter((id) => a.includes(id ?? ''))).toEqual(a.toReversed());
    expect(seen.toSorted()).toEqual([...a, hidden, marker.VersionId].toSorted());
  });

  it('takes a marker for a key that was never there', async () => {
    const marker = await server.client.send(new DeleteObjectCommand({ Bucket, Key: 'never' }));

    const { DeleteMarkers } = await server.client.send(
      new ListObjectVersionsCommand({ Bucket, Prefix: 'never' }),
    );
    expect(DeleteMarkers).toMatchObject([{ VersionId: marker.VersionId, IsLatest: true }]);
  });
});
