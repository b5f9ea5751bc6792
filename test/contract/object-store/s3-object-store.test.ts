import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../../functions/shared/s3-object-store.ts';
import { startS3Server, type S3Server } from '../s3/s3-server.ts';
import { objectStoreContract } from '../object-store-contract.ts';

objectStoreContract('S3', async () => {
  const server = await startS3Server([{ name: 'vectors' }]);
  return {
    store: createS3ObjectStore({ client: server.client, bucket: 'vectors' }),
    close: () => server.stop(),
  };
});

describe('the S3 store', () => {
  let server: S3Server;

  beforeAll(async () => {
    server = await startS3Server([{ name: 'vectors' }]);
  });
  afterAll(() => server.stop());

  it('refuses other bytes under a key that exists', async () => {
    const store = createS3ObjectStore({ client: server.client, bucket: 'vectors' });
    await store.put('immutable', Buffer.from('one'));

    await expect(store.put('immutable', Buffer.from('two'))).rejects.toMatchObject({ kind: 'Conflict' });
    expect(Buffer.from(await store.get('immutable')).toString()).toBe('one');
  });

  it('takes the same bytes at the same moment', async () => {
    const store = createS3ObjectStore({ client: server.client, bucket: 'vectors' });
    const bytes = Buffer.alloc(50_000, 7);

    await Promise.all(Array.from({ length: 6 }, () => store.put('again', bytes)));

    expect(Buffer.compare(await store.get('again'), bytes)).toBe(0);
  });

  it('puts large objects in parts, again when they are there', async () => {
    const store = createS3ObjectStore({ client: server.client, bucket: 'vectors' });
    const part = Buffer.alloc(7_000_001, 'abc');
    const object = {
      sizeBytes: part.length * 10,
      parts: () => Array.from({ length: 10 }, () => part),
    };

    await store.put('large', object);
    await store.put('large', object);

    const { bytes, sizeBytes } = await store.getTail('large', part.length);
    expect(sizeBytes).toBe(object.sizeBytes);
    expect(Buffer.compare(bytes, part)).toBe(0);
  });

  it('reads empty objects, and nothing beyond the end', async () => {
    const store = createS3ObjectStore({ client: server.client, bucket: 'vectors' });
    await store.put('empty', new Uint8Array(0));
    await store.put('ten', Buffer.from('0123456789'));

    expect(await store.getTail('empty', 4)).toEqual({ bytes: new Uint8Array(0), sizeBytes: 0 });
    expect(await store.get('ten', { offset: 10, length: 5 })).toHaveLength(0);
  });

  it('lists and deletes more keys than one request holds', async () => {
    const store = createS3ObjectStore({ client: server.client, bucket: 'vectors' });
    const keys = Array.from({ length: 1_100 }, (_, index) => `pages/${String(index).padStart(4, '0')}`);
    for (let start = 0; start < keys.length; start += 50) {
      await Promise.all(keys.slice(start, start + 50).map((key) => store.put(key, Uint8Array.of(1))));
    }
    const listed = async () => {
      const found: string[] = [];
      for await (const { key } of store.list('pages/')) found.push(key);
      return found;
    };

    const before = await listed();
    await store.delete(keys);

    expect(before).toEqual(keys);
    expect(await listed()).toEqual([]);
  });

  it('answers Unavailable when nobody listens', async () => {
    const client = new S3Client({
      endpoint: 'http://127.0.0.1:1',
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    const store = createS3ObjectStore({ client, bucket: 'vectors' });

    await expect(store.get('x')).rejects.toMatchObject({ kind: 'Unavailable' });
    await expect(store.put('x', Uint8Array.of(1))).rejects.toMatchObject({ kind: 'Unavailable' });
  });
});
