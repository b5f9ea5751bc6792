import { CopyObjectCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventRecord, NotificationRule } from '../../../local/s3/index.ts';
import { ACCOUNT, isStandIn, presignForm, REGION, startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';

const Bucket = 'eventful';
let server: S3Server | undefined;

afterEach(() => server?.stop());

interface Receiver {
  rule: NotificationRule;
  records: EventRecord[];
  /** How often the next deliveries are refused. */
  refusals: number;
}

function receiver(rule: Partial<NotificationRule> = {}): Receiver {
  const made: Receiver = {
    records: [],
    refusals: 0,
    rule: {
      id: 'uploads',
      events: ['s3:ObjectCreated:*'],
      ...rule,
      deliver(record) {
        if (made.refusals-- > 0) return Promise.reject(new Error('the queue is away'));
        made.records.push(record);
        return Promise.resolve();
      },
    },
  };
  return made;
}

async function start(...receivers: Receiver[]): Promise<S3Server> {
  server = await startS3Server([{ name: Bucket, notifications: receivers.map(({ rule }) => rule) }]);
  return server;
}

async function put({ client }: S3Server, Key: string, Body = 'some bytes'): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket, Key, Body }));
}

describe.runIf(isStandIn)('an event', () => {
  it('has the shape that AWS gives it', async () => {
    const { rule, records } = receiver();
    const { client, s3, iam } = await start({ rule, records, refusals: 0 });

    const { ETag } = await client.send(
      new PutObjectCommand({ Bucket, Key: 'a/ü b+c&(1).txt', Body: 'some bytes' }),
    );
    await s3.whenDelivered();

    expect(records).toEqual([
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: REGION,
        eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        eventName: 'ObjectCreated:Put',
        userIdentity: { principalId: iam.root.principal.arn },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: {
          'x-amz-request-id': expect.stringMatching(/^[0-9A-F]{16}$/) as string,
          'x-amz-id-2': expect.any(String) as string,
        },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'uploads',
          bucket: { name: Bucket, ownerIdentity: { principalId: ACCOUNT }, arn: `arn:aws:s3:::${Bucket}` },
          object: {
            key: 'a/%C3%BC+b%2Bc%26%281%29.txt',
            size: 10,
            eTag: ETag?.replaceAll('"', ''),
            sequencer: expect.stringMatching(/^[0-9A-F]{16}$/) as string,
          },
        },
      },
    ]);
  });

  it('names how the object came or went, in the order of its key', async () => {
    const all = receiver({ id: 'all', events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] });
    const copies = receiver({ id: 'copies', events: ['s3:ObjectCreated:Copy'] });
    const { client, s3 } = await start(all, copies);

    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
    await client.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/a` }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    const { url, fields } = await presignForm(client, { Bucket, Key: 'c' });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob(['x']));
    await fetch(url, { method: 'POST', body: form });
    await s3.whenDelivered();

    const inOrder = all.records.toSorted((x, y) => (x.s3.object.sequencer < y.s3.object.sequencer ? -1 : 1));
    expect(inOrder.map(({ eventName, s3: { object } }) => [eventName, object.key])).toEqual([
      ['ObjectCreated:Put', 'a'],
      ['ObjectCreated:Copy', 'b'],
      ['ObjectRemoved:Delete', 'a'],
      ['ObjectCreated:Post', 'c'],
    ]);
    expect(copies.records.map(({ eventName }) => eventName)).toEqual(['ObjectCreated:Copy']);
  });

  it('is sent for keys with the prefix and suffix of the rule alone', async () => {
    const filtered = receiver({ prefix: 'in/', suffix: '.txt' });
    const running = await start(filtered);

    for (const key of ['in/a.txt', 'in/a.csv', 'out/a.txt']) await put(running, key);
    await running.s3.whenDelivered();

    expect(filtered.records.map(({ s3 }) => s3.object.key)).toEqual(['in/a.txt']);
  });

  it('is not sent for a write that failed', async () => {
    const uploads = receiver();
    const { client, s3 } = await start(uploads);

    await expect(
      client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', ChecksumCRC32: 'AAAAAA==' })),
    ).rejects.toThrow();
    await s3.whenDelivered();

    expect(uploads.records).toEqual([]);
  });

  it('is tried again until it is taken', async () => {
    const uploads = receiver();
    const running = await start(uploads);
    uploads.refusals = 2;

    await put(running, 'a');
    await running.s3.whenDelivered();

    expect(uploads.records).toHaveLength(1);
    expect(running.warnings).toHaveLength(2);
    expect(running.warnings[0]).toContain('was not taken by "uploads" (attempt 1): Error: the queue is away');
  });

  it('that was not taken comes after the next start, and once taken does not', async () => {
    const uploads = receiver();
    const running = await start(uploads);
    uploads.refusals = Infinity;
    await put(running, 'a');
    await expect.poll(() => running.warnings.length).toBeGreaterThan(0);

    await running.restart();
    uploads.refusals = 0;
    await running.s3.whenDelivered();
    await running.restart();
    await running.s3.whenDelivered();

    expect(uploads.records.map(({ s3 }) => s3.object.key)).toEqual(['a']);
  });

  it('does not wait for the receiver of another rule', async () => {
    const stuck = receiver({ id: 'stuck' });
    const fine = receiver({ id: 'fine' });
    const running = await start(stuck, fine);
    stuck.refusals = Infinity;

    for (let index = 0; index < 20; index++) await put(running, `key ${index}`);

    await expect.poll(() => fine.records.length).toBe(20);
    expect(stuck.records).toEqual([]);
  });
});
