import { CreateQueueCommand, PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import { startNotes } from '../../unit/local/notes/start-notes.ts';
import type { Notes } from '../../unit/local/notes/start-notes.ts';

/** Another implementation to prove the suite against, such as ElasticMQ. */
const endpoint = process.env.SQS_ENDPOINT;

/** Whether roles and functions of the local runtime can be tested. */
export const isLocalRuntime = endpoint === undefined;

/** Queues without a consumer, of the local runtime or of the implementation at `SQS_ENDPOINT`. */
export interface QueueServer {
  client: SQSClient;
  /** Undefined for another implementation: it has neither roles nor functions. */
  notes: Notes | undefined;
  /** Returns the URL of a queue that is empty. */
  emptyQueue(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts the notes application, or connects to the other implementation. */
export async function openQueues(): Promise<QueueServer> {
  if (endpoint === undefined) {
    const notes = await startNotes();
    const client = new SQSClient(notes.clientConfig('root'));
    return {
      client,
      notes,
      /** The dead-letter queue has no consumer, so that the tests see its messages first. */
      async emptyQueue() {
        await client.send(new PurgeQueueCommand({ QueueUrl: notes.names.dead }));
        return notes.names.dead;
      },
      stop: () => notes.stop(),
    };
  }
  const credentials = { accessKeyId: 'contract', secretAccessKey: 'contract' };
  const client = new SQSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  return {
    client,
    notes: undefined,
    /** A new one for each test: a queue may be purged once a minute. */
    async emptyQueue() {
      const { QueueUrl = '' } = await client.send(
        new CreateQueueCommand({ QueueName: `contract-${randomUUID()}` }),
      );
      return QueueUrl;
    },
    stop() {
      client.destroy();
      return Promise.resolve();
    },
  };
}
