import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSqsService } from '../../../../local/sqs/index.ts';
import type { SqsService } from '../../../../local/sqs/index.ts';
import { Queue } from '../../../../local/sqs/queue.ts';
import type { QueueDefinition, QueueOptions } from '../../../../local/sqs/queue.ts';

let folder: string;
let nowMs: number;
const opened: Queue[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fifo-'));
  nowMs = 1_000_000;
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((queue) => queue.close()));
  await rm(folder, { recursive: true, force: true });
});

const ARN = 'arn:aws:sqs:us-east-1:000000000000:jobs.fifo';

async function open(
  changes: Partial<QueueDefinition> = {},
  options: Partial<QueueOptions> = {},
): Promise<{ queue: Queue; service: SqsService }> {
  const definition: QueueDefinition = {
    name: 'jobs.fifo',
    arn: ARN,
    url: 'http://127.0.0.1/000000000000/jobs.fifo',
    visibilityTimeoutSeconds: 30,
    delaySeconds: 0,
    maximumMessageBytes: 1_048_576,
    retentionSeconds: 345_600,
    waitTimeSeconds: 0,
    redrive: null,
    fifo: { isContentBased: true, scope: 'queue' },
    ...changes,
  };
  const path = join(folder, `${definition.name}.log`);
  const queue = await Queue.open(definition, { path, nowMs: () => nowMs, ...options });
  opened.push(queue);
  return { queue, service: createSqsService(new Map([[definition.arn, queue]])) };
}

const QueueUrl = 'http://127.0.0.1/000000000000/jobs.fifo';
const send = (service: SqsService, group: string, body: string, more: object = {}) =>
  service.call('SendMessage', { QueueUrl, MessageGroupId: group, MessageBody: body, ...more });

interface Received {
  Body: string;
  ReceiptHandle: string;
  Attributes: Record<string, string>;
}
async function receive(service: SqsService, count = 10): Promise<Received[]> {
  const answer = await service.call('ReceiveMessage', {
    QueueUrl,
    MaxNumberOfMessages: count,
    MessageSystemAttributeNames: ['All'],
  });
  return (answer.Messages ?? []) as Received[];
}
const bodies = async (service: SqsService, count = 10): Promise<string[]> =>
  (await receive(service, count)).map(({ Body }) => Body);
const remove = (service: SqsService, { ReceiptHandle }: Received) =>
  service.call('DeleteMessage', { QueueUrl, ReceiptHandle });

describe('the order of a FIFO queue', () => {
  it('keeps a group back while one of it is in flight, and lets the others go on', async () => {
    const { service } = await open();
    for (const [group, body] of [
      ['a', 'a1'],
      ['a', 'a2'],
      ['b', 'b1'],
      ['a', 'a3'],
    ] as const)
      await send(service, group, body);

    const [first] = await receive(service, 1);
    expect(first?.Body).toBe('a1');
    expect(await bodies(service)).toEqual(['b1']);
    expect(await bodies(service)).toEqual([]);

    await remove(service, first as Received);
    expect(await bodies(service)).toEqual(['a2', 'a3']);
  });

  it('has what is visible again before what was sent later', async () => {
    const { service } = await open();
    for (const body of ['1', '2', '3']) await send(service, 'g', body);
    const [first, second] = await receive(service, 2);
    await remove(service, second as Received);
    await send(service, 'g', '4');

    nowMs += 31_000;

    expect(await bodies(service)).toEqual(['1', '3', '4']);
    await expect(remove(service, first as Received)).rejects.toThrow('The receipt handle has expired');
  });

  it('is the same after a start', async () => {
    const before = await open();
    for (const body of ['1', '2', '3']) await send(before.service, 'g', body);
    await receive(before.service, 1);

    const { service } = await open();
    await send(service, 'g', '4');

    const received = await receive(service);
    expect(received.map(({ Body }) => Body)).toEqual(['1', '2', '3', '4']);
    const sequences = received.map(({ Attributes }) => Attributes.SequenceNumber ?? '');
    expect(sequences).toEqual([...new Set(sequences)].sort());
    expect(sequences[0]).toMatch(/^[0-9]{20}$/);
  });

  it('goes on behind a message that was received too often, which keeps its group', async () => {
    const dead = await open({ name: 'dead.fifo', arn: 'arn:dead' });
    const { service } = await open(
      { redrive: { targetArn: 'arn:dead', maxReceiveCount: 1 } },
      { deadLetter: (message) => dead.queue.adopt(message) },
    );
    await send(service, 'g', 'bad');
    await send(service, 'g', 'good');
    await receive(service, 1);

    nowMs += 31_000;

    expect(await bodies(service)).toEqual(['good']);
    const [given] = await dead.queue.receive({ maxMessages: 1, waitSeconds: 0 });
    expect(given).toMatchObject({ body: 'bad', groupId: 'g', sourceArn: ARN, sequence: 1 });
  });
});

describe('a FIFO queue asked for the same again', () => {
  it('answers what it answered, for five minutes, also when it is gone and after a start', async () => {
    const { service } = await open();
    const first = await send(service, 'g', 'once');
    const [received] = await receive(service);
    await remove(service, received as Received);

    const again = await send(service, 'g', 'once');
    const { service: later } = await open();
    const afterStart = await send(later, 'g', 'once');
    nowMs += 299_000;
    const late = await send(later, 'g', 'once');

    expect([again, afterStart, late]).toEqual([first, first, first]);
    expect(await bodies(later)).toEqual([]);
    nowMs += 2_000;
    expect(await send(later, 'g', 'once')).not.toMatchObject({ MessageId: first.MessageId });
    expect(await bodies(later)).toEqual(['once']);
  });

  it('goes by the id that it is given, for the queue or for each group', async () => {
    const whole = await open();
    const grouped = await open({
      name: 'grouped.fifo',
      arn: 'arn:grouped',
      fifo: { isContentBased: false, scope: 'messageGroup' },
    });
    const toGroup = (group: string) =>
      grouped.service.call('SendMessage', {
        QueueUrl: 'x/grouped.fifo',
        MessageBody: group,
        MessageGroupId: group,
        MessageDeduplicationId: 'same',
      });

    await send(whole.service, 'a', '1', { MessageDeduplicationId: 'same' });
    await send(whole.service, 'b', '2', { MessageDeduplicationId: 'same' });
    await toGroup('a');
    await toGroup('b');
    await toGroup('a');

    expect(await bodies(whole.service)).toEqual(['1']);
    expect(grouped.queue.counts().visible).toBe(2);
  });

  it('remembers what was removed when it rewrites its file', async () => {
    const { service } = await open({ visibilityTimeoutSeconds: 600 });
    const large = 'x'.repeat(300_000);
    const first = await send(service, 'g', large);
    for (let index = 0; index < 8; index++) {
      await send(service, `g${index}`, `${index}${large}`);
      for (const message of await receive(service)) await remove(service, message);
    }

    const { service: later } = await open();

    expect(await send(later, 'g', large)).toEqual(first);
  });
});

describe('a message that a queue of its kind does not take', () => {
  it.each<[string, object, string]>([
    ['without a group', { MessageGroupId: undefined }, 'MessageGroupId'],
    ['with a delay of its own', { DelaySeconds: 1 }, 'DelaySeconds is invalid'],
    ['with an empty id', { MessageDeduplicationId: '' }, 'MessageDeduplicationId is invalid'],
    ['with a long group', { MessageGroupId: 'x'.repeat(129) }, 'MessageGroupId is invalid'],
  ])('%s is refused', async (_, more, message) => {
    const { service } = await open();

    await expect(
      (async () => {
        await send(service, 'g', 'b', more);
      })(),
    ).rejects.toThrow(message);
  });

  it('without an id is refused where the content does not count', async () => {
    const { service } = await open({ fifo: { isContentBased: false, scope: 'queue' } });

    const answer = await service.call('SendMessageBatch', {
      QueueUrl,
      Entries: [
        { Id: '1', MessageBody: 'a', MessageGroupId: 'g' },
        { Id: '2', MessageBody: 'b', MessageGroupId: 'g', MessageDeduplicationId: 'x' },
      ],
    });

    expect(answer).toMatchObject({ Successful: [{ Id: '2' }], Failed: [{ Id: '1', SenderFault: true }] });
  });
});
