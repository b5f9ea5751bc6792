import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { ListObjectsV2CommandInput } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

const Bucket = 'listed';
let server: S3Server;

/** U+FF21 sorts behind U+1F680 by code units, before it by UTF-8 bytes. */
const KEYS = [
  'a',
  'a/',
  'a/1',
  'a/2/x',
  'a/2/y',
  'a/3',
  'a0',
  'b/1',
  'b/c/1',
  'z',
  '\u00e9',
  '\uff21',
  '\u{1f680}',
];

beforeAll(async () => {
  server = await startS3Server([{ name: Bucket }, { name: 'empty' }]);
  for (const Key of KEYS.toReversed())
    await server.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
});
afterAll(() => server.stop());

/** Lists all pages and returns every name in the order of the answers, keys and prefixes apart. */
async function listAll(
  input: Partial<ListObjectsV2CommandInput>,
): Promise<{ keys: string[]; prefixes: string[]; pages: number }> {
  const keys: string[] = [];
  const prefixes: string[] = [];
  let pages = 0;
  let ContinuationToken: string | undefined;
  do {
    const page = await server.client.send(new ListObjectsV2Command({ Bucket, ...input, ContinuationToken }));
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''));
    expect(page.KeyCount).toBe((page.Contents ?? []).length + (page.CommonPrefixes ?? []).length);
    ContinuationToken = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(ContinuationToken !== undefined);
    pages++;
  } while (ContinuationToken !== undefined);
  return { keys, prefixes, pages };
}

describe('a listing', () => {
  it('is in the order of UTF-8 bytes', async () => {
    const { keys } = await listAll({});

    expect(keys).toEqual(KEYS.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    expect(keys.indexOf('\uff21')).toBeLessThan(keys.indexOf('\u{1f680}'));
  });

  it.each([1, 2, 3, 5, 1000])('in pages of %i leaves nothing out and repeats nothing', async (MaxKeys) => {
    expect((await listAll({ MaxKeys })).keys).toEqual((await listAll({})).keys);
    expect(await listAll({ MaxKeys, Delimiter: '/' })).toMatchObject({
      keys: ['a', 'a0', 'z', '\u00e9', '\uff21', '\u{1f680}'],
      prefixes: ['a/', 'b/'],
    });
    expect(await listAll({ MaxKeys, Delimiter: '/', Prefix: 'a/' })).toMatchObject({
      keys: ['a/', 'a/1', 'a/3'],
      prefixes: ['a/2/'],
    });
  });

  it('starts behind a key, also one that is not there', async () => {
    expect((await listAll({ StartAfter: 'b/1' })).keys[0]).toBe('b/c/1');
    expect((await listAll({ StartAfter: 'b/0' })).keys[0]).toBe('b/1');
    expect((await listAll({ StartAfter: 'zz', Prefix: 'a' })).keys).toEqual([]);
  });

  it('says what is in it', async () => {
    const { Contents } = await server.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'b/1' }));

    expect(Contents?.[0]).toMatchObject({
      Key: 'b/1',
      Size: 3,
      ETag: `"${createHash('md5').update('b/1').digest('hex')}"`,
      StorageClass: 'STANDARD',
    });
  });

  it('of nothing is empty', async () => {
    expect(await listAll({ Bucket: 'empty' })).toEqual({ keys: [], prefixes: [], pages: 1 });
    expect(await listAll({ Prefix: 'nothing' })).toEqual({ keys: [], prefixes: [], pages: 1 });
    expect((await server.client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }))).KeyCount).toBe(0);
  });

  it('refuses a token that it did not give and an encoding that it does not know', async () => {
    const made = new ListObjectsV2Command({ Bucket, ContinuationToken: 'made up' });
    await expect(server.client.send(made)).rejects.toMatchObject({ name: 'InvalidArgument' });
    const encoded = new ListObjectsV2Command({ Bucket, EncodingType: 'rot13' as 'url' });
    await expect(server.client.send(encoded)).rejects.toMatchObject({ name: 'InvalidArgument' });
  });
});
