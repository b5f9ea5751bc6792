import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IngestionWorld, startIngestionWorld } from '../../../support/ingestion-world.ts';

let world: IngestionWorld;

beforeAll(async () => {
  world = await startIngestionWorld();
});
afterAll(() => world.stop());

const arn = 'arn:aws:sqs:eu-central-1:123456789012:parts';
const recordOf = (body: string, { receives = 1, receiptHandle = 'none' } = {}) => ({
  ...{ messageId: body, receiptHandle, body, eventSourceARN: arn },
  attributes: { ApproximateReceiveCount: String(receives) },
});

describe('a queue of messages', () => {
  it('reports those that failed alone, and says which delivery is the last', async () => {
    const { handleQueue } = await import('../../../../functions/ingestion/handle-queue.ts');
    const seen: [string, boolean][] = [];
    const handler = handleQueue(world.deps.maintenanceQueue, (body, { isLastAttempt }) => {
      seen.push([body, isLastAttempt]);
      return body === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve();
    });

    const answer = await handler({
      Records: [recordOf('good'), recordOf('bad', { receives: 4 }), recordOf('last', { receives: 5 })],
    });

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad' }] });
    expect(seen).toEqual([
      ['good', false],
      ['bad', false],
      ['last', true],
    ]);
  });

  it('gets a failed message again within seconds', async () => {
    const { handleQueue } = await import('../../../../functions/ingestion/handle-queue.ts');
    const { client, queueUrl: QueueUrl } = world.deps.partsQueue;
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
    const receive = async () =>
      (
        await client.send(
          new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 1800, WaitTimeSeconds: 2 }),
        )
      ).Messages?.[0];
    const message = await receive();
    const startedAt = Date.now();

    await handleQueue(world.deps.maintenanceQueue, () => Promise.reject(new Error('no')))({
      Records: [recordOf('m', { receiptHandle: message?.ReceiptHandle })],
    });
    let again = await receive();
    for (let tries = 1; !again && tries < 5; tries++) again = await receive();

    expect(again?.MessageId).toBe(message?.MessageId);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  it('passes over what is not an upload, and fails on what is no message at all', async () => {
    const { readPlanMessage } = await import('../../../../functions/ingestion/plan/read-plan-message.ts');
    const event = (key: string, eventName = 'ObjectCreated:Post') =>
      JSON.stringify({ Records: [{ eventName, s3: { object: { key } } }] });
    const fileId = '0b1c2d3e-0000-4000-8000-000000000000';
    const key = `databases/db%2D1/g2/files/${fileId}/000003`;

    expect(readPlanMessage(event(key))).toEqual([{ databaseId: 'db-1', generation: 2, fileId, version: 3 }]);
    expect(readPlanMessage(event(key, 'ObjectRemoved:Delete'))).toEqual([]);
    expect(readPlanMessage(event(`databases/db/g1/staging/${fileId}/000001/000000.jsonl`))).toEqual([]);
    expect(readPlanMessage('{"Event": "s3:TestEvent"}')).toEqual([]);
    expect(() => readPlanMessage('{"operation": "plan"}')).toThrow('required');
    expect(() => readPlanMessage('[]')).toThrow('not a JSON object');
  });
});
