import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { log } from '../shared/log.ts';
import type { MessageQueue } from './storage/send-message.ts';

/** A message that failed, as Lambda handed it over. */
export interface FailedMessage {
  receiptHandle: string;
  eventSourceARN: string;
  /** 1 at the first delivery. */
  receives: number;
}

const FIRST_DELAY_SECONDS = 5;
/** 5, 20, 80 and 320 s: five deliveries within ten minutes. */
const FACTOR = 4;
const LONGEST_DELAY_SECONDS = 600;

/** Lambda names the queue by its ARN; all queues have the same address but for their name. */
function queueUrlOf(arn: string, knownUrl: string): string {
  return knownUrl.replace(/[^/]+$/, arn.split(':').at(-1) ?? '');
}

/**
 * Makes a failed message visible again after a short and growing delay. Without that it would stay hidden for as long as its function could
 * have run, which is half an hour and more. The queue given is any queue of this stack. When it cannot be done, that is what happens.
 */
export async function retrySoon(
  { client, queueUrl }: MessageQueue,
  { receiptHandle, eventSourceARN, receives }: FailedMessage,
): Promise<void> {
  const delaySeconds = Math.min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * FACTOR ** (receives - 1));
  try {
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrlOf(eventSourceARN, queueUrl),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: delaySeconds,
      }),
    );
  } catch (error) {
    log.error('a failed message stays hidden for its full time', error, { eventSourceARN, receives });
  }
}
