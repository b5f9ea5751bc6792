import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Resource } from '../../../../local/assembly/index.ts';
import { openQueues } from '../../../../local/sqs/index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-queues-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const resource = (name: string, properties: Record<string, unknown> = {}): Resource => ({
  typeName: 'AWS::SQS::Queue',
  logicalId: name,
  physicalId: name,
  stackName: 'App',
  arn: `arn:${name}`,
  properties,
});
const open = (...resources: Resource[]) => openQueues(resources, folder, (name) => name);

describe('queues of a template', () => {
  it('know their dead-letter queue', async () => {
    const redrive = { deadLetterTargetArn: 'arn:Dead', maxReceiveCount: '3' };

    const queues = await open(resource('Jobs', { RedrivePolicy: redrive }), resource('Dead'));

    expect(queues.get('arn:Jobs')?.definition.redrive).toEqual({ targetArn: 'arn:Dead', maxReceiveCount: 3 });
    await Promise.all([...queues.values()].map((queue) => queue.close()));
  });

  it.each([
    [
      { deadLetterTargetArn: 'arn:Nowhere', maxReceiveCount: 3 },
      'is arn:Nowhere, which the assembly does not',
    ],
    [
      { deadLetterTargetArn: 'arn:Dead', maxReceiveCount: 0 },
      'maxReceiveCount is 0; expected a whole number',
    ],
    [
      { deadLetterTargetArn: 'arn:Dead', maxReceiveCount: 'x' },
      'maxReceiveCount is NaN; expected a whole number',
    ],
  ])('with %j are refused at the start', async (RedrivePolicy, message) => {
    await expect(open(resource('Jobs', { RedrivePolicy }), resource('Dead'))).rejects.toThrow(
      `Jobs.RedrivePolicy.${message.startsWith('is') ? 'deadLetterTargetArn ' : ''}${message}`,
    );
  });

  it.each<[string, Resource[], string]>([
    ['a FIFO queue without its ending', [resource('Jobs', { FifoQueue: true })], 'expected .fifo at its end'],
    ['a standard queue with it', [resource('Jobs.fifo')], 'expected .fifo at its end'],
    [
      'content that counts in a standard queue',
      [resource('Jobs', { ContentBasedDeduplication: true })],
      'ContentBasedDeduplication is for FIFO queues alone',
    ],
    [
      'an unknown scope',
      [resource('Jobs.fifo', { FifoQueue: true, DeduplicationScope: 'all' })],
      'DeduplicationScope is "all"; expected queue or messageGroup',
    ],
    [
      'a dead-letter queue of the other kind',
      [
        resource('Jobs.fifo', {
          FifoQueue: 'true',
          RedrivePolicy: { deadLetterTargetArn: 'arn:Dead', maxReceiveCount: 3 },
        }),
        resource('Dead'),
      ],
      'expected a queue of the same kind',
    ],
  ])('refuse %s', async (_, resources, message) => {
    await expect(open(...resources)).rejects.toThrow(message);
  });
});
