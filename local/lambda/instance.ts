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
  onLine(line: string, stream: 'stdout' | 'stderr', requestId: string | null): void;
}

export type InstanceAnswer = { payload: string } | { fault: FunctionFault };

/** One warm thread of a function. */
export interface Instance {
  /** False once the thread has ended, crashed or been stopped: it takes no further invocation. */
  readonly isAlive: boolean;
  idleSinceMs: number;
  invoke(message: InvokeMessage, timeoutMs: number): Promise<InstanceAnswer>;
  stop(): Promise<void>;
}

/** Heap of the runtime itself, that the memory size of a function does not pay for. */
const LEAST_HEAP_MB = 64;

/** Starts a thread for a function. Its code loads at the first invocation's expense. */
export function startInstance(options: InstanceOptions): Instance {
  const { settings, environment, temporaryFolder } = options;
  mkdirSync(temporaryFolder, { recursive: true });
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: settings,
    env: { ...environment, TMPDIR: temporaryFolder, HOME: temporaryFolder },
    argv: [],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdin: false,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: Math.max(LEAST_HEAP_MB, settings.memoryMb) },
  });
  let isAlive = true;
  let current: { requestId: string; settle: (answer: InstanceAnswer) => void } | null = null;
  let initFault: FunctionFault | null = null;
  let settleInit: () => void = () => undefined;
  const initialized = new Promise<void>((resolve) => (settleInit = resolve));

  function settle(answer: InstanceAnswer): void {
    current?.settle(answer);
    current = null;
  }
  function end(fault: FunctionFault): void {
    isAlive = false;
    initFault ??= fault;
    settleInit();
    settle({ fault });
    void worker.terminate();
  }
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'READY') settleInit();
    else if (message.kind === 'INIT_FAILED') end(message.fault);
    else if (message.requestId !== current?.requestId) return;
    else settle(message.kind === 'RESULT' ? { payload: message.payload } : { fault: message.fault });
  });
  worker.on('error', (error: unknown) => end(describeCrash(error)));
  worker.on('exit', (code) => {
    end({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: exit status ${code}` });
    rmSync(temporaryFolder, { recursive: true, force: true });
  });
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({ input: worker[stream] }).on('line', (line) =>
      options.onLine(line, stream, current?.requestId ?? null),
    );
  }

  return {
    get isAlive() {
      return isAlive;
    },
    idleSinceMs: 0,
    invoke(message, timeoutMs) {
      return new Promise((resolve) => {
        current = { requestId: message.requestId, settle: finish };
        let timer = setTimeout(expire, options.initTimeoutMs, 'Init', options.initTimeoutMs);
        function finish(answer: InstanceAnswer): void {
          clearTimeout(timer);
          resolve(answer);
        }
        function expire(what: 'Init' | 'Task', limitMs: number): void {
          const seconds = (limitMs / 1000).toFixed(2);
          end({ errorType: 'Sandbox.Timedout', errorMessage: `${what} timed out after ${seconds} seconds` });
        }
        void initialized.then(() => {
          if (initFault) return settle({ fault: initFault });
          clearTimeout(timer);
          timer = setTimeout(expire, timeoutMs, 'Task', timeoutMs);
          worker.postMessage({ ...message, deadlineMs: Date.now() + timeoutMs } satisfies InvokeMessage);
        });
      });
    },
    async stop() {
      isAlive = false;
      await worker.terminate();
    },
  };
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
