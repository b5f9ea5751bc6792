import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import type { LifecycleRule } from '../../../local/s3/index.ts';
import { isStandIn, startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

const Bucket = 'short-lived';
const DAY_MS = 86_400_000;
const NOON_MS = Date.parse('2026-03-01T12:00:00Z');
let server: S3Server;
let nowMs: number;

async function start(rule: Partial<LifecycleRule>, isVersioned = false): Promise<void> {
  // Requests are signed with the real time, so the rules look from a later one.
  nowMs = Date.now();
  const lifecycle = [{ prefix: '', expiresDeleteMarkers: false, ...rule }];
  server = await startS3Server([{ name: Bucket, isVersioned, lifecycle }], { clock: () => nowMs });
}
afterEach(() => server.stop());

const put = (Key: string, Body = 'x') => server.client.send(new PutObjectCommand({ Bucket, Key, Body }));

/** Runs the rules as if so many days had passed, and tells what is left: versions, and markers as `-key`. */
async function afterDays(days: number): Promise<string[]> {
  const startedMs = nowMs;
  nowMs += days * DAY_MS;
  await server.s3.runLifecycle();
  nowMs = startedMs;
  const listed = await server.client.send(new ListObjectVersionsCommand({ Bucket }));
  const versions = (listed.Versions ?? []).map(({ Key = '', Size }) => `${Key}:${Size}`);
  return [...versions, ...(listed.DeleteMarkers ?? []).map(({ Key = '' }) => `-${Key}`)];
}

describe.runIf(isStandIn)('a lifecycle rule', () => {
  it('removes objects below its prefix after full days, at midnight', async () => {
    await start({ prefix: 'tmp/', expirationDays: 2 });
    await put('tmp/old');
    await put('kept');

    expect(await afterDays(1.9)).toEqual(['kept:1', 'tmp/old:1']);
    expect(await afterDays(3)).toEqual(['kept:1']);
  });

  it('hides objects of a versioned bucket, and removes what was hidden later', async () => {
    await start({ expirationDays: 1, noncurrentDays: 1, expiresDeleteMarkers: true }, true);
    await put('a');

    expect(await afterDays(2)).toEqual(['a:1', '-a']);
    expect(await afterDays(5)).toEqual(['-a']);
    expect(await afterDays(5)).toEqual([]);
  });

  it('keeps as many older versions as it says', async () => {
    await start({ noncurrentDays: 1, newerNoncurrentVersions: 1 }, true);
    for (const body of ['1', '22', '333']) await put('a', body);

    expect(await afterDays(3)).toEqual(['a:3', 'a:2']);
  });

  it('looks at sizes', async () => {
    await start({ expirationDays: 1, largerThanBytes: 1, smallerThanBytes: 4 });
    for (const body of ['1', '22', '4444']) await put(body, body);

    expect(await afterDays(3)).toEqual(['1:1', '4444:4']);
  });

  it('removes a marker that hides nothing, and no other', async () => {
    await start({ expiresDeleteMarkers: true }, true);
    await put('a');
    const { VersionId } = await put('b');
    for (const Key of ['a', 'b']) await server.client.send(new DeleteObjectCommand({ Bucket, Key }));
    await server.client.send(new DeleteObjectCommand({ Bucket, Key: 'b', VersionId }));

    expect(await afterDays(1)).toEqual(['a:1', '-a']);
  });

  it('gives up multipart uploads that nobody finished', async () => {
    await start({ abortDays: 2 });
    await server.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'half' }));
    const open = async () =>
      (await server.client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads?.length ?? 0;

    await afterDays(1);
    expect(await open()).toBe(1);
    await afterDays(4);
    expect(await open()).toBe(0);
  });

  it('with a date waits for it', async () => {
    await start({ expirationMs: NOON_MS + 100_000 * DAY_MS });
    await put('a');

    expect(await afterDays(1)).toEqual(['a:1']);
    expect(await afterDays(200_000)).toEqual([]);
  });
});
