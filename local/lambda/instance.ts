import { mkdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { FunctionFault, InvokeMessage, WorkerMessage, WorkerSettings } from './messages.ts';

export interface InstanceOptions {
  settings: WorkerSettings;
  environment: Record<string, string>;
  /** The instance's own folder for temporary files; removed with it. */
  temporaryFolder: string;
  /** How long loading the code may take. */
  initTimeoutMs: number;
  onLine: (line: string, stream: 'stdout' | 'stderr', requestId: string | null) => void;
}

export type InstanceAnswer = { payload: string } | { fault: FunctionFault };

/** Heap of the runtime itself, that the memory size of a function does not pay for. */
const LEAST_HEAP_MB = 64;

/** How often the memory of a running invocation is looked at. */
const MEMORY_WATCH_MS = 200;

/** One warm thread of a function: loads its code once, then answers one invocation at a time. */
export class Instance {
  idleSinceMs = 0;
  /** How long loading the code took. */
  initMs = 0;
  /** The most that was seen: JavaScript's heap, and buffers outside of it. */
  mostMemoryBytes = 0;
  /** True until the first invocation. */
  isCold = true;
  readonly #startedMs = performance.now();
  readonly #options: InstanceOptions;
  readonly #worker: Worker;
  readonly #initialized: Promise<void>;
  #settleInit: () => void = () => undefined;
  #initFault: FunctionFault | null = null;
  #isAlive = true;
  #current: { requestId: string; settle: (answer: InstanceAnswer) => void } | null = null;

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.#initialized = new Promise<void>((resolve) => (this.#settleInit = resolve));
    mkdirSync(options.temporaryFolder, { recursive: true });
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: options.settings,
      env: { ...options.environment, TMPDIR: options.temporaryFolder, HOME: options.temporaryFolder },
      argv: [],
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: Math.max(LEAST_HEAP_MB, options.settings.memoryMb) },
    });
    this.#listen();
  }

  /** False once the thread has ended, crashed or been stopped: it takes no further invocation. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  invoke(message: InvokeMessage, timeoutMs: number): Promise<InstanceAnswer> {
    this.isCold = false;
    return new Promise((resolve) => {
      const expire = (what: 'Init' | 'Task', limitMs: number): void => {
        const errorMessage = `${what} timed out after ${(limitMs / 1000).toFixed(2)} seconds`;
        this.#end({ errorType: 'Sandbox.Timedout', errorMessage });
      };
      let timer = setTimeout(expire, this.#options.initTimeoutMs, 'Init', this.#options.initTimeoutMs);
      const watch = setInterval(() => void this.#watchMemory(), MEMORY_WATCH_MS);
      const settle = (answer: InstanceAnswer): void => {
        clearTimeout(timer);
        clearInterval(watch);
        resolve(answer);
        // Short invocations end before the first look; nobody waits for this one.
        void this.#watchMemory();
      };
      this.#current = { requestId: message.requestId, settle };
      void this.#initialized.then(() => {
        if (this.#initFault) {
          this.#settle({ fault: this.#initFault });
          return;
        }
        clearTimeout(timer);
        timer = setTimeout(expire, timeoutMs, 'Task', timeoutMs);
        this.#worker.postMessage({ ...message, deadlineMs: Date.now() + timeoutMs } satisfies InvokeMessage);
      });
    });
  }

  async stop(): Promise<void> {
    this.#isAlive = false;
    await this.#worker.terminate();
  }

  #listen(): void {
    this.#worker.on('message', (message: WorkerMessage) => {
      this.#receive(message);
    });
    this.#worker.on('error', (error: unknown) => {
      this.#end(describeCrash(error));
    });
    this.#worker.on('exit', (code) => {
      const errorMessage = `Runtime exited with error: exit status ${code}`;
      this.#end({ errorType: 'Runtime.ExitError', errorMessage });
      rmSync(this.#options.temporaryFolder, { recursive: true, force: true });
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      createInterface({ input: this.#worker[stream] }).on('line', (line) => {
        this.#options.onLine(line, stream, this.#current?.requestId ?? null);
      });
    }
  }

  #receive(message: WorkerMessage): void {
    if (message.kind === 'READY') {
      this.initMs = performance.now() - this.#startedMs;
      this.#settleInit();
    } else if (message.kind === 'INIT_FAILED') this.#end(message.fault);
    else if (message.requestId !== this.#current?.requestId) return;
    else this.#settle(message.kind === 'RESULT' ? { payload: message.payload } : { fault: message.fault });
  }

  /** Ends the thread when it takes more than the function may have; the heap alone has a limit of its own. */
  async #watchMemory(): Promise<void> {
    if (!this.#isAlive) return;
    const heap = await this.#worker.getHeapStatistics().catch(() => undefined);
    if (!heap) return;
    const bytes = heap.used_heap_size + heap.external_memory;
    this.mostMemoryBytes = Math.max(this.mostMemoryBytes, bytes);
    const limitMb = Math.max(LEAST_HEAP_MB, this.#options.settings.memoryMb);
    if (bytes <= limitMb * 1024 ** 2) return;
    const errorMessage = `Runtime exited with error: it took ${Math.ceil(bytes / 1024 ** 2)} MB of memory; the function has ${limitMb} MB`;
    this.#end({ errorType: 'Runtime.OutOfMemory', errorMessage });
  }

  #settle(answer: InstanceAnswer): void {
    this.#current?.settle(answer);
    this.#current = null;
  }

  #end(fault: FunctionFault): void {
    this.#isAlive = false;
    this.#initFault ??= fault;
    this.#settleInit();
    this.#settle({ fault });
    void this.#worker.terminate();
  }
}

function describeCrash(error: unknown): FunctionFault {
  if (!(error instanceof Error)) return { errorType: 'Runtime.ExitError', errorMessage: String(error) };
  const isMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
  return {
    errorType: isMemory ? 'Runtime.OutOfMemory' : 'Runtime.UnhandledError',
    errorMessage: `${error.name}: ${error.message}`,
    trace: (error.stack ?? '').split('\n'),
  };
}
