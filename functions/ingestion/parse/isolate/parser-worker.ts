import { Worker } from 'node:worker_threads';
import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';
import { PARSER_THREAD, type ParserAnswer, type ParserRequest } from './parser-messages.ts';
import { PARSER_ENTRY } from './parser-thread.ts';

/** What a parser's thread may cost. */
export interface ParserLimits {
  stepMs: number;
  heapMb: number;
  growthBytes: number;
}

export const PARSER_LIMITS: ParserLimits = {
  stepMs: INGESTION_LIMITS.parseStepMs,
  heapMb: INGESTION_LIMITS.parserHeapMb,
  growthBytes: INGESTION_LIMITS.parserGrowthBytes,
};

/** How often the memory of the process is looked at; unpacking fills about a gigabyte a second. */
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

  /** Returns the next answer; ends the thread when there is none in time, or when memory runs out. `locate` says where the file was left. */
  async next(locate: () => string | null): Promise<ParserAnswer> {
    const { growthBytes, stepMs } = this.limits;
    const memoryBefore = process.memoryUsage.rss();
    const deadline = performance.now() + stepMs;
    for (;;) {
      const answer = this.answers.shift();
      if (answer) return answer;
      if (this.failure) throw this.explain(this.failure, locate);
      await this.waitAMoment();
      if (this.answers.length > 0) continue;
      const hasGrown = process.memoryUsage.rss() - memoryBefore > growthBytes;
      if (!hasGrown && performance.now() < deadline) continue;
      await this.stop();
      throw hasGrown ? tooLarge(growthBytes / MIB, locate()) : tooSlow(stepMs, locate());
    }
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
