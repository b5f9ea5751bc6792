import { log } from '../shared/log.ts';
import { MAX_RECEIVES } from './limits.ts';

/** What Lambda hands over of a queue. */
export interface QueueEvent {
  Records: { messageId: string; body: string; attributes?: { ApproximateReceiveCount?: string } }[];
}

export interface QueueAnswer {
  batchItemFailures: { itemIdentifier: string }[];
}

/** Works on one message; what it throws makes the queue deliver the message again. */
export type WorkOnMessage = (body: string, delivery: { isLastAttempt: boolean }) => Promise<void>;

/** Returns a Lambda handler for a queue: messages one after the other, failed ones reported one by one. */
export function handleQueue(work: WorkOnMessage): (event: QueueEvent) => Promise<QueueAnswer> {
  return async ({ Records }) => {
    const batchItemFailures: QueueAnswer['batchItemFailures'] = [];
    for (const { messageId, body, attributes } of Records) {
      const receives = Number(attributes?.ApproximateReceiveCount ?? 1);
      try {
        await work(body, { isLastAttempt: receives >= MAX_RECEIVES });
      } catch (error) {
        log.error('a message failed', error, { messageId, receives });
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures };
  };
}
