import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

const Bucket = 'busy';
const MEGABYTE = 1024 ** 2;
/** A whole 5 GB takes minutes: S3_LARGE_OBJECT_MB=5120 shows it. */
const LARGE_MB = Number(process.env.S3_LARGE_OBJECT_MB ?? '256');
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server([{ name: Bucket }]);
});
afterAll(() => server.stop());

describe('a hundred clients at once', () => {
  it('each read what they wrote', async () => {
    const clients = Array.from({ length: 100 }, () => server.clientFor(server.iam.root));

    const wrong = await Promise.all(
      clients.map(async (client, index) => {
        for (let step = 0; step < 3; step++) {
          const Key = `client ${index}`;
          const Body = randomBytes(1000 * (index + 1)).toString('hex');
          await client.send(new PutObjectCommand({ Bucket, Key, Body }));
          const { Body: bytes } = await client.send(new GetObjectCommand({ Bucket, Key }));
          if ((await bytes?.transformToString()) !== Body) return Key;
        }
        client.destroy();
        return undefined;
      }),
    );

    expect(wrong.filter((key) => key !== undefined)).toEqual([]);
    const { KeyCount } = await server.client.send(new ListObjectsV2Command({ Bucket }));
    expect(KeyCount).toBe(100);
  }, 60_000);

  it('reading one key while it is replaced each get one whole object', async () => {
    const versions = Array.from({ length: 20 }, (_, index) => String(index % 10).repeat(MEGABYTE));
    await server.client.send(new PutObjectCommand({ Bucket, Key: 'hot', Body: versions[0] }));

    let isWriting = true;
    const seen = new Set<number>();
    const readers = Array.from({ length: 5 }, async () => {
      while (isWriting) {
        const { Body } = await server.client.send(new GetObjectCommand({ Bucket, Key: 'hot' }));
        const text = (await Body?.transformToString()) ?? '';
        seen.add(text.length);
        if (text !== text.slice(0, 1).repeat(text.length)) seen.add(-1);
      }
    });
    for (const Body of versions) await server.client.send(new PutObjectCommand({ Bucket, Key: 'hot', Body }));
    isWriting = false;
    await Promise.all(readers);

    expect([...seen]).toEqual([MEGABYTE]);
  }, 60_000);
});

describe('a large object', () => {
  it(
    'passes through without being held in memory',
    async () => {
      const piece = randomBytes(MEGABYTE);
      const pieces = LARGE_MB;
      const before = process.memoryUsage().rss;
      let largest = before;
      const watch = setInterval(() => (largest = Math.max(largest, process.memoryUsage().rss)), 10);

      function* source(): Generator<Buffer> {
        for (let index = 0; index < pieces; index++) yield piece;
      }
      const Body = Readable.from(source());
      await server.client.send(
        new PutObjectCommand({ Bucket, Key: 'large', Body, ContentLength: pieces * MEGABYTE }),
      );
      const answer = await server.client.send(new GetObjectCommand({ Bucket, Key: 'large' }));
      let received = 0;
      for await (const chunk of answer.Body as Readable) received += (chunk as Buffer).length;
      clearInterval(watch);

      expect(received).toBe(pieces * MEGABYTE);
      // Client and server share this process; a buffered object would take its size at least once.
      const limitMb = Math.max(150, Math.min(LARGE_MB / 4, 400));
      expect(largest - before).toBeLessThan(limitMb * MEGABYTE);
    },
    60_000 + LARGE_MB * 200,
  );
});
