import { setTimeout as delay } from 'node:timers/promises';
import type { Queue, ReceivedMessage } from '../sqs/index.ts';
import { deliver } from './deliver.ts';
import type { Delivery, Destination } from './deliver.ts';
import type { FunctionPool } from './function-pool.ts';
import type { InvocationOutcome } from './invocation-outcome.ts';

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
  /** Pauses before a destination is tried again; after the last of them its account is lost, and said to be. */
  deliveryDelaysMs?: readonly number[];
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
/** Queues and functions of this process: what they refuse for half a minute, they refuse for good. */
const DELIVERY_DELAYS_MS = [1000, 5000, 20_000];

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
      if (message && !isStopped()) await handle(options, message, signal);
    } catch (error) {
      if (isStopped()) return;
      options.onError(`events of ${options.target.definition.name}: ${(error as Error).message}`);
      await delay(PAUSE_AFTER_ERROR_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function handle(options: AsyncOptions, message: ReceivedMessage, signal: AbortSignal): Promise<void> {
  const { queue, target, retries, maximumAgeSeconds, retryDelaysSeconds = [60, 120] } = options;
  const isTooOld = Date.now() > message.sentMs + maximumAgeSeconds * 1000;
  const payload = JSON.parse(message.body) as unknown;
  const outcome = isTooOld
    ? undefined
    : await target.invoke(payload, { isBackground: true, requestId: message.id });
  // What failed because everything ends is tried again after the next start.
  if (outcome?.functionError && signal.aborted) return;
  if (outcome?.functionError && message.receiveCount <= retries) {
    queue.changeVisibility(message.receiptHandle, retryDelaysSeconds[message.receiveCount - 1] ?? 120);
    return;
  }
  if (await tell(options, { message, outcome, signal })) await queue.remove([message.receiptHandle]);
}

interface Ending {
  message: ReceivedMessage;
  /** Undefined when the event was too old to be tried. */
  outcome: InvocationOutcome | undefined;
  signal: AbortSignal;
}

/** Tells every destination, each for itself; false when the end of the process left one untold. */
async function tell(options: AsyncOptions, { message, outcome, signal }: Ending): Promise<boolean> {
  const { onSuccess, onFailure, deadLetter, deliveryDelaysMs: delaysMs = DELIVERY_DELAYS_MS } = options;
  const { name } = options.target.definition;
  const condition = conditionOf(outcome);
  const account: Delivery = { payload: report(options, message, { outcome, condition }) };
  const deliveries: [string, Destination | undefined, Delivery][] =
    condition === 'Success'
      ? [['on-success destination', onSuccess, account]]
      : [
          ['on-failure destination', onFailure, account],
          ['dead-letter queue', deadLetter, deadLetterOf(message, outcome, condition)],
        ];
  const wanted = deliveries.filter(([, destination]) => destination !== undefined);
  if (condition !== 'Success' && wanted.length === 0)
    options.onError(`function ${name} lost an event: ${condition} (request ${message.id})`);
  const results = await Promise.all(
    wanted.map(async ([role, destination, delivery]) => {
      const result = await deliver(destination as Destination, delivery, { delaysMs, signal });
      if (result.kind === 'LOST')
        options.onError(
          `the ${role} of function ${name} took nothing in ${delaysMs.length + 1} tries, so the account of request ${message.id} (${condition}) is lost: ${result.cause.message}`,
        );
      return result.kind;
    }),
  );
  return !results.includes('STOPPED');
}

type EndCondition = 'Success' | 'RetriesExhausted' | 'EventAgeExceeded';

function conditionOf(outcome: InvocationOutcome | undefined): EndCondition {
  if (!outcome) return 'EventAgeExceeded';
  return outcome.functionError ? 'RetriesExhausted' : 'Success';
}

function deadLetterOf(
  message: ReceivedMessage,
  outcome: InvocationOutcome | undefined,
  condition: EndCondition,
): Delivery {
  const fault = outcome && (JSON.parse(outcome.payload) as { errorMessage?: string } | null);
  const text = (fault?.errorMessage ?? condition).slice(0, 1000) || condition;
  return {
    payload: message.body,
    attributes: { RequestID: message.id, ErrorCode: '200', ErrorMessage: text },
  };
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
