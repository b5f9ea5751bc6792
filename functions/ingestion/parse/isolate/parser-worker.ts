import { Worker } from 'node:worker_threads';
import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';
import type { Deadline } from './deadline.ts';
import { PARSER_THREAD, type ParserAnswer, type ParserRequest } from './parser-messages.ts';
import { PARSER_ENTRY } from './parser-thread.ts';

/** What a parser's thread may cost. */
export interface ParserLimits {
  stepMs: number;
  heapMb: number;
  /** Of the thread alone: its heap and its buffers, the file's bytes among them. */
  memoryBytes: number;
}

export const PARSER_LIMITS: ParserLimits = {
  stepMs: INGESTION_LIMITS.parseStepMs,
  heapMb: INGESTION_LIMITS.parserHeapMb,
  memoryBytes: INGESTION_LIMITS.parserMemoryBytes,
};

/** How often the memory of the thread is looked at; unpacking fills about a gigabyte a second. */
const LOOK_MS = 100;
const MIB = 1024 * 1024;

function tooSlow(stepMs: number, location: string | null): IngestionFailure {
  const message = `Reading the file went on for ${stepMs / 1_000} seconds without a result; simplify it or split it into smaller files.`;
  return new IngestionFailure('PAYLOAD_TOO_LARGE', message, { location });
}

function tooLarge(megabytes: number, location: string | null): IngestionFailure {
  const message = `Reading the file takes more than ${megabytes} MB of memory; split it into smaller files.`;
  return new IngestionFailure('PAYLOAD_TOO_LARGE', message, { location });
}

/** One thread for parsers: what hangs in it or fills its memory is ended from outside, and the process goes on. */
export class ParserWorker {
  private readonly worker: Worker;
  private readonly limits: ParserLimits;
  private readonly answers: ParserAnswer[] = [];
  private failure: Error | null = null;
  private wake: (() => void) | null = null;
  private memoryBytes = 0;
  private isMeasuring = false;
  private measuredAt = 0;

  constructor(limits: ParserLimits) {
    this.limits = limits;
    this.worker = new Worker(PARSER_ENTRY, {
      workerData: PARSER_THREAD,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMb },
    });
    this.worker.on('message', (answer: ParserAnswer) => {
      this.answers.push(answer);
      this.wake?.();
    });
    this.worker.on('error', (error: unknown) => {
      this.end(error instanceof Error ? error : new Error(String(error)));
    });
    this.worker.on('exit', () => {
      this.end(new Error('The thread of a parser ended.'));
    });
  }

  private end(error: Error): void {
    this.failure ??= error;
    this.wake?.();
  }

  get isAlive(): boolean {
    return this.failure === null;
  }

  send(request: ParserRequest, transfer: ArrayBuffer[] = []): void {
    this.worker.ref();
    this.worker.postMessage(request, transfer);
  }

  /** Lets the process end while the thread waits for its next file. */
  rest(): void {
    this.worker.unref();
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }

  /**
   * Returns the next answer; ends the thread when there is none in time, when the deadline of the whole file is over, or when memory runs
   * out. `locate` says where the file was left.
   */
  async next(locate: () => string | null, deadline?: Deadline): Promise<ParserAnswer> {
    const { memoryBytes, stepMs } = this.limits;
    const stepEndMs = performance.now() + stepMs;
    const endMs = Math.min(stepEndMs, deadline?.atMs ?? Infinity);
    for (;;) {
      this.measure();
      // Also of a parser whose answers never stop: what it holds grows from step to step.
      const isTooLarge = this.memoryBytes > memoryBytes;
      const isOver = performance.now() >= (deadline?.atMs ?? Infinity);
      const answer = isTooLarge || isOver ? undefined : this.answers.shift();
      if (answer) return answer;
      if (this.failure) throw this.explain(this.failure, locate);
      if (!isTooLarge && performance.now() < endMs) {
        await this.waitAMoment();
        continue;
      }
      await this.stop();
      if (isTooLarge) throw tooLarge(memoryBytes / MIB, locate());
      throw deadline && endMs === deadline.atMs ? deadline.explain(locate()) : tooSlow(stepMs, locate());
    }
  }

  /** Asks the thread's engine, which answers while a parser is at work; never for two answers at once. */
  private measure(): void {
    const now = performance.now();
    if (this.isMeasuring || now - this.measuredAt < LOOK_MS) return;
    this.isMeasuring = true;
    this.measuredAt = now;
    this.worker.getHeapStatistics().then(
      ({ total_heap_size: heap, external_memory: buffers, malloced_memory: other }) => {
        this.memoryBytes = heap + buffers + other;
        this.isMeasuring = false;
      },
      // The thread has ended, which it says itself.
      () => {
        this.isMeasuring = false;
      },
    );
  }

  private waitAMoment(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.answers.length > 0 || this.failure) this.wake();
    });
  }

  private explain(error: Error, locate: () => string | null): Error {
    const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    return isMemory ? tooLarge(this.limits.heapMb, locate()) : error;
  }
}
