import { setTimeout as delay } from 'node:timers/promises';
import type { FunctionPool } from '../lambda/index.ts';
import { md5Hex, md5OfAttributes, systemAttributes } from '../sqs/index.ts';
import type { Queue, ReceivedMessage } from '../sqs/index.ts';

export interface EventSourceMapping {
  logicalId: string;
  batchSize: number;
  batchingWindowMs: number;
  reportsItemFailures: boolean;
  /** Invocations at once. */
  concurrency: number;
}

export interface PollerOptions {
  queue: Queue;
  target: FunctionPool;
  region: string;
  onError: (line: string) => void;
}

const LARGEST_RECEIVE = 10;
const WAIT_SECONDS = 20;
const PAUSE_AFTER_ERROR_MS = 1000;
/** Invocations that take longer are cut off when the runtime stops; their messages come back. */
const STOP_GRACE_MS = 1500;

/** Feeds a function from a queue; the returned function ends it, leaving what is in flight to its visibility timeout. */
export function startPoller(mapping: EventSourceMapping, options: PollerOptions): () => Promise<void> {
  const stop = new AbortController();
  const loops = Array.from({ length: mapping.concurrency }, () => poll(mapping, options, stop.signal));
  return async () => {
    stop.abort();
    await Promise.race([Promise.all(loops), delay(STOP_GRACE_MS, undefined, { ref: false })]);
  };
}

async function poll(mapping: EventSourceMapping, options: PollerOptions, signal: AbortSignal): Promise<void> {
  const isStopped = (): boolean => signal.aborted;
  while (!isStopped()) {
    try {
      const messages = await receiveBatch(mapping, options.queue, signal);
      if (messages.length > 0 && !isStopped()) await handleBatch(mapping, options, messages);
    } catch (error) {
      if (isStopped()) return;
      options.onError(`event source ${mapping.logicalId}: ${(error as Error).message}`);
      await delay(PAUSE_AFTER_ERROR_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function receiveBatch(
  mapping: EventSourceMapping,
  queue: Queue,
  signal: AbortSignal,
): Promise<ReceivedMessage[]> {
  const batch = await queue.receive({
    maxMessages: Math.min(mapping.batchSize, LARGEST_RECEIVE),
    waitSeconds: WAIT_SECONDS,
    signal,
  });
  if (batch.length === 0) return batch;
  const untilMs = Date.now() + mapping.batchingWindowMs;
  while (batch.length < mapping.batchSize && !signal.aborted) {
    const waitSeconds = Math.max(0, (untilMs - Date.now()) / 1000);
    const more = await queue.receive({
      maxMessages: Math.min(mapping.batchSize - batch.length, LARGEST_RECEIVE),
      waitSeconds,
      signal,
    });
    if (more.length === 0 && Date.now() >= untilMs) break;
    batch.push(...more);
  }
  return batch;
}

async function handleBatch(
  mapping: EventSourceMapping,
  options: PollerOptions,
  messages: ReceivedMessage[],
): Promise<void> {
  const { queue, target } = options;
  const Records = messages.map((message) => toRecord(message, queue.definition.arn, options.region));
  const outcome = await target.invoke({ Records }, { isBackground: true });
  if (outcome.functionError) return;
  const failed = mapping.reportsItemFailures ? failedIds(outcome.payload, messages) : new Set<string>();
  if (failed === 'ALL') {
    options.onError(
      `event source ${mapping.logicalId}: the function's batchItemFailures name no message of the batch, so all of it counts as failed`,
    );
    return;
  }
  await queue.remove(messages.filter(({ id }) => !failed.has(id)).map(({ receiptHandle }) => receiptHandle));
}

/** Returns the ids that a function reports; an entry that names nothing of the batch fails the whole batch, as in the service. */
export function failedIds(payload: string, messages: { id: string }[]): Set<string> | 'ALL' {
  const answer = JSON.parse(payload) as { batchItemFailures?: { itemIdentifier?: unknown }[] | null } | null;
  const failures = answer?.batchItemFailures;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return 'ALL';
  const known = new Set(messages.map(({ id }) => id));
  const ids = failures.map((failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  if (ids.some((id) => typeof id !== 'string' || !known.has(id))) return 'ALL';
  return new Set(ids as string[]);
}

function toRecord(message: ReceivedMessage, queueArn: string, region: string): object {
  const attributes = Object.entries(message.attributes).map(
    ([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        stringValue: StringValue,
        binaryValue: BinaryValue,
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ],
  );
  return {
    messageId: message.id,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: Object.fromEntries(attributes) as object,
    md5OfBody: md5Hex(message.body),
    md5OfMessageAttributes: md5OfAttributes(message.attributes),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}
