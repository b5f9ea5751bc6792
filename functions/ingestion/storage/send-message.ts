import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { MaintenanceMessage } from '../../shared/maintenance-message.ts';
import { mapConcurrently } from '../../shared/map-concurrently.ts';
import type { RecordScope } from '../../shared/record-key.ts';
import { waitBeforeRetry } from '../../shared/retry-delay.ts';
import type { FileVersion } from './object-keys.ts';

export interface MessageQueue {
  client: SQSClient;
  queueUrl: string;
}

/** Asks the plan function to process an upload that is there. */
export interface PlanMessage extends FileVersion {
  operation: 'plan';
}

/** Asks the part function for one staged part. */
export interface PartMessage extends FileVersion {
  part: number;
}

/** Where a sweep of writes goes on: a partition of records, and the last key that was seen of it. */
export interface WriteCursor {
  pk: string;
  sk?: string;
}

export interface WriteSweep extends RecordScope {
  operation: 'sweepWrites';
  /** Writes that were announced before this time. */
  beforeMs: number;
  after?: WriteCursor;
}

/** What ingestion asks of maintenance, besides what everybody may ask. */
export type IngestionMaintenanceMessage =
  | MaintenanceMessage
  /** The staged chunks of one version, and its records too while it is not the committed one. */
  | ({ operation: 'deleteStaging' } & FileVersion)
  /** Processes a version's upload again under a new version number. */
  | ({ operation: 'replan' } & FileVersion)
  /** Deletes the objects of one database that nothing names. */
  | { operation: 'sweepOrphans'; databaseId: string; generation: number }
  | WriteSweep
  /** Goes on with a sweep after a key. */
  | { operation: 'sweep'; after: string }
  /** The run of a deletion that follows once nothing can write any more. */
  | ({ operation: 'deleteDatabase'; isLast?: boolean } & RecordScope);

const MESSAGES_PER_BATCH = 10;
const SEND_CONCURRENCY = 4;
const MAX_ATTEMPTS = 5;

/** Sends one message as JSON. */
export async function sendMessage(
  { client, queueUrl }: MessageQueue,
  message: PlanMessage | PartMessage | IngestionMaintenanceMessage,
  delaySeconds = 0,
): Promise<void> {
  const command = new SendMessageCommand({
    QueueUrl: queueUrl,
    MessageBody: JSON.stringify(message),
    DelaySeconds: delaySeconds,
  });
  await client.send(command);
}

async function sendBatch(
  { client, queueUrl }: MessageQueue,
  messages: readonly PartMessage[],
): Promise<void> {
  let left = messages.map((message) => ({ Id: String(message.part), MessageBody: JSON.stringify(message) }));
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const answer = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: left }));
    const failed = new Set((answer.Failed ?? []).map(({ Id }) => Id));
    left = left.filter(({ Id }) => failed.has(Id));
    if (left.length === 0) return;
    await waitBeforeRetry(attempt);
  }
  throw new Error(`The queue did not take ${left.length} messages within ${MAX_ATTEMPTS} attempts.`);
}

/** Sends a message for each part, all of them or it fails. */
export async function sendParts(queue: MessageQueue, messages: readonly PartMessage[]): Promise<void> {
  const batches: PartMessage[][] = [];
  for (let start = 0; start < messages.length; start += MESSAGES_PER_BATCH)
    batches.push(messages.slice(start, start + MESSAGES_PER_BATCH));
  await mapConcurrently(batches, SEND_CONCURRENCY, (batch) => sendBatch(queue, batch));
}
