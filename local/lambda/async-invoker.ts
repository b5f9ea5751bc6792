import { setTimeout as delay } from 'node:timers/promises';
import type { Queue, ReceivedMessage } from '../sqs/index.ts';
import type { FunctionPool } from './function-pool.ts';
import type { InvocationOutcome } from './invocation-outcome.ts';

/** Where the account of an asynchronous invocation goes; rejects when the target did not take it. */
export type Destination = (payload: string, attributes?: Record<string, string>) => Promise<void>;

export interface AsyncOptions {
  queue: Queue;
  target: FunctionPool;
  /** Invocations at once. */
  concurrency: number;
  /** 0 to 2. */
  retries: number;
  maximumAgeSeconds: number;
  onSuccess?: Destination | undefined;
  onFailure?: Destination | undefined;
  deadLetter?: Destination | undefined;
  onError: (line: string) => void;
  /** Pauses before the first and the second retry; the service's when absent. */
  retryDelaysSeconds?: readonly [number, number];
}

/** Invocations whose caller does not wait: kept on disk, tried again, and told to a destination. */
export interface AsyncInvoker {
  /** Resolves with the request's id once the event is on disk. */
  enqueue: (payload: unknown) => Promise<string>;
  close: () => Promise<void>;
}

const WAIT_SECONDS = 20;
const PAUSE_AFTER_ERROR_MS = 1000;
const STOP_GRACE_MS = 1500;

/** Starts to take events from `queue`, whose visibility timeout must outlast any invocation. */
export function startAsyncInvoker(options: AsyncOptions): AsyncInvoker {
  const stop = new AbortController();
  const loops = Array.from({ length: options.concurrency }, () => work(options, stop.signal));
  return {
    async enqueue(payload) {
      const body = (JSON.stringify(payload) as string | undefined) ?? 'null';
      const [id = ''] = await options.queue.send([{ body, attributes: {}, delaySeconds: 0 }]);
      return id;
    },
    async close() {
      if (stop.signal.aborted) return;
      stop.abort();
      await Promise.race([Promise.all(loops), delay(STOP_GRACE_MS, undefined, { ref: false })]);
      await options.queue.close();
    },
  };
}

async function work(options: AsyncOptions, signal: AbortSignal): Promise<void> {
  const isStopped = (): boolean => signal.aborted;
  while (!isStopped()) {
    try {
      const [message] = await options.queue.receive({ maxMessages: 1, waitSeconds: WAIT_SECONDS, signal });
      if (message && !isStopped()) await handle(options, message, isStopped);
    } catch (error) {
      if (isStopped()) return;
      options.onError(`events of ${options.target.definition.name}: ${(error as Error).message}`);
      await delay(PAUSE_AFTER_ERROR_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function handle(
  options: AsyncOptions,
  message: ReceivedMessage,
  isStopped: () => boolean,
): Promise<void> {
  const { queue, target, retries, maximumAgeSeconds, retryDelaysSeconds = [60, 120] } = options;
  const isTooOld = Date.now() > message.sentMs + maximumAgeSeconds * 1000;
  const payload = JSON.parse(message.body) as unknown;
  const outcome = isTooOld
    ? undefined
    : await target.invoke(payload, { isBackground: true, requestId: message.id });
  // What failed because everything ends is tried again after the next start.
  if (outcome?.functionError && isStopped()) return;
  if (outcome?.functionError && message.receiveCount <= retries) {
    queue.changeVisibility(message.receiptHandle, retryDelaysSeconds[message.receiveCount - 1] ?? 120);
    return;
  }
  if (outcome && !outcome.functionError)
    await options.onSuccess?.(report(options, message, { outcome, condition: 'Success' }));
  else await giveUp(options, message, outcome);
  await queue.remove([message.receiptHandle]);
}

async function giveUp(
  options: AsyncOptions,
  message: ReceivedMessage,
  outcome: InvocationOutcome | undefined,
): Promise<void> {
  const { target, onFailure, deadLetter } = options;
  const condition = outcome ? 'RetriesExhausted' : 'EventAgeExceeded';
  await onFailure?.(report(options, message, { outcome, condition }));
  const fault = outcome && (JSON.parse(outcome.payload) as { errorMessage?: string });
  await deadLetter?.(message.body, {
    RequestID: message.id,
    ErrorCode: '200',
    ErrorMessage: (fault?.errorMessage ?? condition).slice(0, 1000) || condition,
  });
  if (!onFailure && !deadLetter)
    options.onError(`function ${target.definition.name} lost an event: ${condition} (request ${message.id})`);
}

/** Returns the record that destinations get. */
function report(
  { target }: AsyncOptions,
  message: ReceivedMessage,
  { outcome, condition }: { outcome: InvocationOutcome | undefined; condition: string },
): string {
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: message.id,
      functionArn: `${target.definition.arn}:$LATEST`,
      condition,
      approximateInvokeCount: message.receiveCount,
    },
    requestPayload: JSON.parse(message.body) as unknown,
    ...(outcome && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        ...(outcome.functionError && { functionError: outcome.functionError }),
      },
      responsePayload: JSON.parse(outcome.payload) as unknown,
    }),
  });
}
