import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createFunctionLog } from './function-log.ts';
import type { FunctionLog } from './function-log.ts';
import { startInstance } from './instance.ts';
import type { Instance, InstanceAnswer } from './instance.ts';
import { createSlots, TooManyRequests } from './slots.ts';
import type { Slots } from './slots.ts';

export interface FunctionDefinition {
  name: string;
  arn: string;
  codePath: string;
  handler: string;
  memoryMb: number;
  timeoutMs: number;
  /** Null: only the machine's own limit. */
  reservedConcurrency: number | null;
  environment: Record<string, string>;
}

export interface PoolOptions {
  logFolder: string;
  temporaryFolder: string;
  /** What runs at once on this machine, over all functions. */
  foreground: Slots;
  background: Slots;
  /** Hears of every failed invocation, in one line. */
  onError(line: string): void;
}

export interface InvocationOutcome {
  requestId: string;
  /** JSON text: the handler's result, or `{ errorType, errorMessage, trace }`. */
  payload: string;
  functionError?: 'Unhandled';
}

export interface InvokeOptions {
  /** Queues and schedules wait for a slot where a caller would be refused, and never take the callers' slots. */
  isBackground?: boolean;
}

/** A function and its warm instances. */
export interface FunctionPool {
  readonly definition: FunctionDefinition;
  /** Rejects with TooManyRequests when no slot is free; faults of the function are outcomes. */
  invoke(payload: unknown, options?: InvokeOptions): Promise<InvocationOutcome>;
  close(): Promise<void>;
}

/** The service's limits on a request and on a response. */
const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;
/** Warm instances that nobody called for this long are closed. */
const IDLE_LIMIT_MS = 120_000;
const INIT_LIMIT_MS = 20_000;

/** Creates the pool of a function; no thread starts before the first invocation. */
export function createFunctionPool(definition: FunctionDefinition, options: PoolOptions): FunctionPool {
  const idle: Instance[] = [];
  const all = new Set<Instance>();
  const own = createSlots(definition.reservedConcurrency ?? Number.MAX_SAFE_INTEGER);
  const log = createFunctionLog(join(options.logFolder, `${definition.name}.log`), (error) =>
    options.onError(`cannot write the log of ${definition.name}: ${error.message}`),
  );
  let isClosed = false;
  let started = 0;

  function takeInstance(): Instance {
    for (let instance = idle.pop(); instance; instance = idle.pop()) {
      if (instance.isAlive) return instance;
      all.delete(instance);
    }
    started += 1;
    const instance = startInstance({
      settings: {
        codePath: definition.codePath,
        handler: definition.handler,
        functionName: definition.name,
        functionArn: definition.arn,
        memoryMb: definition.memoryMb,
        logGroupName: `/aws/lambda/${definition.name}`,
        logStreamName: `instance-${started}`,
      },
      environment: definition.environment,
      temporaryFolder: join(options.temporaryFolder, `${definition.name}-${started}`),
      initTimeoutMs: INIT_LIMIT_MS,
      onLine: (line, stream, requestId) => log.write({ requestId, stream, ...parseLine(line) }),
    });
    all.add(instance);
    return instance;
  }

  function giveBack(instance: Instance): void {
    instance.idleSinceMs = Date.now();
    if (instance.isAlive && !isClosed) idle.push(instance);
    else all.delete(instance);
  }

  function closeIdle(): void {
    const limit = Date.now() - IDLE_LIMIT_MS;
    for (let oldest = idle[0]; oldest && oldest.idleSinceMs < limit; oldest = idle[0]) {
      idle.shift();
      all.delete(oldest);
      void oldest.stop();
    }
  }
  const idleTimer = setInterval(closeIdle, IDLE_LIMIT_MS / 4);
  idleTimer.unref();

  async function run(text: string): Promise<InvocationOutcome> {
    if (isClosed) throw new TooManyRequests(`${definition.name} is being stopped`);
    const requestId = randomUUID();
    const startedMs = performance.now();
    const instance = takeInstance();
    const answer = await instance.invoke(
      { requestId, payload: text, deadlineMs: Date.now() + definition.timeoutMs },
      definition.timeoutMs,
    );
    giveBack(instance);
    const outcome = toOutcome(requestId, answer);
    const tookMs = Math.round(performance.now() - startedMs);
    log.write({ requestId, report: outcome.functionError ? 'FAILED' : 'OK', tookMs });
    if (outcome.functionError) reportFault({ definition, log, onError: options.onError }, outcome);
    return outcome;
  }

  return {
    definition,
    async invoke(payload, { isBackground = false } = {}) {
      const text = JSON.stringify(payload) ?? 'null';
      if (Buffer.byteLength(text) > PAYLOAD_LIMIT_BYTES) {
        throw new RangeError(`the payload for ${definition.name} has more than ${PAYLOAD_LIMIT_BYTES} bytes`);
      }
      if (!isBackground && own.free === 0)
        throw new TooManyRequests(`Rate Exceeded: ${definition.name} is at its reserved concurrency`);
      const shared = isBackground ? options.background : options.foreground;
      await own.acquire();
      try {
        await shared.acquire();
        try {
          return await run(text);
        } finally {
          shared.release();
        }
      } finally {
        own.release();
      }
    },
    async close() {
      isClosed = true;
      clearInterval(idleTimer);
      await Promise.all([...all].map((instance) => instance.stop()));
      await log.flush();
    },
  };
}

function toOutcome(requestId: string, answer: InstanceAnswer): InvocationOutcome {
  if ('fault' in answer) {
    const { errorType, errorMessage, trace } = answer.fault;
    const message =
      errorType.startsWith('Sandbox.') || errorType.startsWith('Runtime.')
        ? `RequestId: ${requestId} Error: ${errorMessage}`
        : errorMessage;
    return {
      requestId,
      functionError: 'Unhandled',
      payload: JSON.stringify({ errorType, errorMessage: message, trace }),
    };
  }
  if (Buffer.byteLength(answer.payload) > PAYLOAD_LIMIT_BYTES) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${PAYLOAD_LIMIT_BYTES} bytes).`;
    return {
      requestId,
      functionError: 'Unhandled',
      payload: JSON.stringify({ errorType: 'Function.ResponseSizeTooLarge', errorMessage }),
    };
  }
  return { requestId, payload: answer.payload };
}

function reportFault(
  {
    definition,
    log,
    onError,
  }: { definition: FunctionDefinition; log: FunctionLog; onError: (line: string) => void },
  outcome: InvocationOutcome,
): void {
  const fault = JSON.parse(outcome.payload) as { errorType: string; errorMessage: string };
  log.write({ requestId: outcome.requestId, level: 'ERROR', fault });
  const message = fault.errorMessage.replace(/\s+/g, ' ').slice(0, 500);
  onError(
    `function ${definition.name} failed: ${fault.errorType}: ${message} (request ${outcome.requestId})`,
  );
}

function parseLine(line: string): Record<string, unknown> {
  if (!line.startsWith('{')) return { message: line };
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { message: line };
  }
}
