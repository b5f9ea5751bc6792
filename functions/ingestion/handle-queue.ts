import { log } from '../shared/log.ts';
import { MAX_RECEIVES } from './limits.ts';
import { retrySoon } from './retry-soon.ts';
import type { MessageQueue } from './storage/send-message.ts';

/** What Lambda hands over of a queue. */
export interface QueueEvent {
  Records: {
    messageId: string;
    receiptHandle: string;
    body: string;
    eventSourceARN: string;
    attributes: { ApproximateReceiveCount: string };
  }[];
}

export interface QueueAnswer {
  batchItemFailures: { itemIdentifier: string }[];
}

/** Works on one message; what it throws makes the queue deliver the message again. */
export type WorkOnMessage = (body: string, delivery: { isLastAttempt: boolean }) => Promise<void>;

/** Returns a Lambda handler for a queue: messages one after the other, failed ones reported one by one and tried again soon. */
export function handleQueue(
  anyQueue: MessageQueue,
  work: WorkOnMessage,
): (event: QueueEvent) => Promise<QueueAnswer> {
  return async ({ Records }) => {
    const batchItemFailures: QueueAnswer['batchItemFailures'] = [];
    for (const { messageId, receiptHandle, body, eventSourceARN, attributes } of Records) {
      const receives = Number(attributes.ApproximateReceiveCount);
      try {
        await work(body, { isLastAttempt: receives >= MAX_RECEIVES });
      } catch (error) {
        log.error('a message failed', error, { messageId, receives });
        batchItemFailures.push({ itemIdentifier: messageId });
        await retrySoon(anyQueue, { receiptHandle, eventSourceARN, receives });
      }
    }
    return { batchItemFailures };
  };
}
