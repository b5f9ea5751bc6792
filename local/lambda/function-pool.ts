import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createFunctionLog } from './function-log.ts';
import type { FunctionLog } from './function-log.ts';
import { Instance } from './instance.ts';
import { PAYLOAD_LIMIT_BYTES, toOutcome } from './invocation-outcome.ts';
import type { InvocationOutcome } from './invocation-outcome.ts';
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
  onError: (line: string) => void;
}

export interface InvokeOptions {
  /** Queues and schedules wait for a slot where a caller would be refused, and never take the callers' slots. */
  isBackground?: boolean;
  /** Retries of one event have one id. */
  requestId?: string;
}

interface Request {
  requestId: string;
  /** JSON text. */
  payload: string;
}

const round = (durationMs: number): number => Math.round(durationMs * 100) / 100;

/** Warm instances that nobody called for this long are closed. */
const IDLE_LIMIT_MS = 120_000;
const INIT_LIMIT_MS = 20_000;
/** Characters of a log line; the service cuts at 256 KB, too. */
const LINE_LIMIT = 262_144;

/** A function and its warm instances; no thread starts before the first invocation. */
export class FunctionPool {
  readonly definition: FunctionDefinition;
  readonly #options: PoolOptions;
  readonly #log: FunctionLog;
  readonly #own: Slots;
  /** The latest used last: it is taken first, and the oldest goes cold. */
  readonly #idle: Instance[] = [];
  readonly #all = new Set<Instance>();
  readonly #idleTimer: NodeJS.Timeout;
  #isClosed = false;
  #started = 0;

  constructor(definition: FunctionDefinition, options: PoolOptions) {
    this.definition = definition;
    this.#options = options;
    this.#own = createSlots(definition.reservedConcurrency ?? Number.MAX_SAFE_INTEGER);
    this.#log = createFunctionLog(join(options.logFolder, `${definition.name}.log`), (error) => {
      options.onError(`cannot write the log of ${definition.name}: ${error.message}`);
    });
    this.#idleTimer = setInterval(() => {
      this.#closeIdle();
    }, IDLE_LIMIT_MS / 4);
    this.#idleTimer.unref();
  }

  /** Rejects with TooManyRequests when no slot is free; faults of the function are outcomes. */
  async invoke(payload: unknown, options: InvokeOptions = {}): Promise<InvocationOutcome> {
    const { isBackground = false, requestId = randomUUID() } = options;
    const { name } = this.definition;
    const text = (JSON.stringify(payload) as string | undefined) ?? 'null';
    if (Buffer.byteLength(text) > PAYLOAD_LIMIT_BYTES) {
      throw new RangeError(`the payload for ${name} has more than ${PAYLOAD_LIMIT_BYTES} bytes`);
    }
    if (!isBackground && this.#own.free === 0) {
      throw new TooManyRequests(`Rate Exceeded: ${name} is at its reserved concurrency`);
    }
    await this.#own.acquire();
    try {
      const slots = isBackground ? this.#options.background : this.#options.foreground;
      return await this.#invokeShared({ requestId, payload: text }, slots);
    } finally {
      this.#own.release();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#idleTimer);
    await Promise.all([...this.#all].map((instance) => instance.stop()));
    await this.#log.flush();
  }

  async #invokeShared(request: Request, slots: Slots): Promise<InvocationOutcome> {
    await slots.acquire();
    try {
      return await this.#run(request);
    } finally {
      slots.release();
    }
  }

  async #run({ requestId, payload }: Request): Promise<InvocationOutcome> {
    const { name, timeoutMs, memoryMb } = this.definition;
    if (this.#isClosed) throw new TooManyRequests(`${name} is being stopped`);
    const startedMs = performance.now();
    const instance = this.#takeInstance();
    const isCold = instance.isCold;
    const answer = await instance.invoke(
      { requestId, payload, deadlineMs: Date.now() + timeoutMs },
      timeoutMs,
    );
    this.#giveBack(instance);
    const outcome = toOutcome(requestId, answer);
    const initMs = isCold ? instance.initMs : 0;
    const durationMs = performance.now() - startedMs - initMs;
    this.#log.write({
      requestId,
      report: outcome.functionError ? 'FAILED' : 'OK',
      durationMs: round(durationMs),
      billedDurationMs: Math.ceil(durationMs + initMs),
      memorySizeMb: memoryMb,
      maxMemoryUsedMb: Math.ceil(instance.mostMemoryBytes / 1024 ** 2),
      ...(isCold && { initDurationMs: round(initMs) }),
    });
    if (outcome.functionError) this.#reportFault(outcome);
    return outcome;
  }

  #takeInstance(): Instance {
    for (let instance = this.#idle.pop(); instance; instance = this.#idle.pop()) {
      if (instance.isAlive) return instance;
      this.#all.delete(instance);
    }
    const { name, arn, codePath, handler, memoryMb, environment } = this.definition;
    this.#started += 1;
    const instance = new Instance({
      settings: {
        codePath,
        handler,
        functionName: name,
        functionArn: arn,
        memoryMb,
        logGroupName: `/aws/lambda/${name}`,
        logStreamName: `instance-${this.#started}`,
      },
      environment,
      temporaryFolder: join(this.#options.temporaryFolder, `${name}-${this.#started}`),
      initTimeoutMs: INIT_LIMIT_MS,
      onLine: (line, stream, requestId) => {
        this.#log.write({ requestId, stream, ...parseLine(line.slice(0, LINE_LIMIT)) });
      },
    });
    this.#all.add(instance);
    return instance;
  }

  #giveBack(instance: Instance): void {
    instance.idleSinceMs = Date.now();
    if (instance.isAlive && !this.#isClosed) this.#idle.push(instance);
    else this.#all.delete(instance);
  }

  #closeIdle(): void {
    const limitMs = Date.now() - IDLE_LIMIT_MS;
    for (let oldest = this.#idle[0]; oldest && oldest.idleSinceMs < limitMs; oldest = this.#idle[0]) {
      this.#idle.shift();
      this.#all.delete(oldest);
      void oldest.stop();
    }
  }

  #reportFault({ requestId, payload }: InvocationOutcome): void {
    const fault = JSON.parse(payload) as { errorType: string; errorMessage: string };
    this.#log.write({ requestId, level: 'ERROR', fault });
    const message = fault.errorMessage.replace(/\s+/g, ' ').slice(0, 500);
    const { name } = this.definition;
    this.#options.onError(`function ${name} failed: ${fault.errorType}: ${message} (request ${requestId})`);
  }
}

function parseLine(line: string): Record<string, unknown> {
  if (!line.startsWith('{')) return { message: line };
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return { message: line };
  }
}
