import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Notes } from '../../unit/local/notes/start-notes.ts';
import { isLocalRuntime, openQueues } from './open-queues.ts';
import type { QueueServer } from './open-queues.ts';

let server: QueueServer;
let client: SQSClient;
let QueueUrl: string;

beforeAll(async () => {
  server = await openQueues();
  ({ client } = server);
});
afterAll(() => server.stop());
beforeEach(async () => {
  QueueUrl = await server.emptyQueue();
});

function notesOf({ notes }: QueueServer): Notes {
  if (!notes) throw new Error('another implementation has no roles and functions');
  return notes;
}

const receive = (options = {}) => client.send(new ReceiveMessageCommand({ QueueUrl, ...options }));

describe('queues answer the SDK', () => {
  it('delivers a message with its attributes, and no more once it is deleted', async () => {
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'note' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 255]) },
    };
    const sent = await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: 'grüße', MessageAttributes }),
    );

    const { Messages = [] } = await receive({
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    });

    expect(Messages).toHaveLength(1);
    expect(Messages[0]).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'grüße',
      MessageAttributes,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    });
    expect(Messages[0]?.Attributes?.ApproximateReceiveCount).toBe('1');
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]?.ReceiptHandle }));
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
    });
  });

  it('hides a received message until its visibility timeout is over', async () => {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'again' }));
    await receive({ VisibilityTimeout: 1 });

    expect((await receive()).Messages).toBeUndefined();
    const startedMs = Date.now();
    const { Messages } = await receive({ WaitTimeSeconds: 5 });

    expect(Messages?.[0]?.Body).toBe('again');
    expect(Date.now() - startedMs).toBeLessThan(2500);
  });

  it('shows a message at once when its visibility is changed to 0', async () => {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'back' }));
    const { Messages } = await receive({ VisibilityTimeout: 600 });

    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl,
        ReceiptHandle: Messages?.[0]?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );

    expect((await receive()).Messages?.[0]?.Body).toBe('back');
  });

  it('ends a long poll as soon as a message comes, and honours a delay', async () => {
    const startedMs = Date.now();
    const polled = receive({ WaitTimeSeconds: 10 });

    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'late', DelaySeconds: 1 }));

    expect((await polled).Messages?.[0]?.Body).toBe('late');
    expect(Date.now() - startedMs).toBeGreaterThan(900);
    expect(Date.now() - startedMs).toBeLessThan(4000);
  });

  it('takes and deletes batches, naming what is wrong with an entry', async () => {
    const Entries = [
      { Id: 'one', MessageBody: '1' },
      { Id: 'two', MessageBody: '2' },
      { Id: 'bad', MessageBody: '3', DelaySeconds: 5000 },
    ];
    const sent = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const { Messages = [] } = await receive({ MaxNumberOfMessages: 10 });
    const handles = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));

    const deleted = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: handles }));

    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['one', 'two']);
    expect(sent.Failed?.[0]).toMatchObject({ Id: 'bad', SenderFault: true });
    expect(deleted.Successful).toHaveLength(2);
  });

  it('refuses a message above 1 MiB', async () => {
    const body = new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(1_048_577) });

    await expect(client.send(body)).rejects.toMatchObject({
      message: expect.stringContaining('1048576') as string,
    });
  });

  it('names a queue that does not exist', async () => {
    await expect(client.send(new GetQueueUrlCommand({ QueueName: 'nowhere' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });

  it.runIf(isLocalRuntime)('denies what a role does not allow, and a wrong secret', async () => {
    const notes = notesOf(server);
    const outsider = new SQSClient(notes.clientConfig('Outsider'));
    const config = notes.clientConfig('Worker');
    const forged = new SQSClient({
      ...config,
      credentials: { ...config.credentials, secretAccessKey: 'guess' },
    });
    const message = { QueueUrl: notes.names.jobs, MessageBody: 'x' };

    await expect(outsider.send(new SendMessageCommand(message))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('sqs:sendmessage') as string,
    });
    await expect(forged.send(new SendMessageCommand(message))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });
});

describe.runIf(isLocalRuntime)('a queue feeds its function', () => {
  it('deletes what was handled and gives what fails twice to the dead-letter queue', async () => {
    const notes = notesOf(server);
    const { jobs } = notes.names;
    const good = await client.send(new SendMessageCommand({ QueueUrl: jobs, MessageBody: 'good' }));
    await client.send(new SendMessageCommand({ QueueUrl: jobs, MessageBody: 'poison' }));

    const { Messages } = await receive({ WaitTimeSeconds: 15, MessageSystemAttributeNames: ['All'] });

    expect(Messages?.[0]).toMatchObject({
      Body: 'poison',
      Attributes: { DeadLetterQueueSourceArn: expect.stringContaining('Jobs') as string },
    });
    const { data } = await notes.query(`{ getNote(id: "message-${good.MessageId}") { text } }`);
    expect(data).toEqual({ getNote: { text: 'good' } });
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: jobs, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
    });
  });
});
