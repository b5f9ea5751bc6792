import { Worker } from 'node:worker_threads';
import { invariant } from '../errors/invariant.ts';
import { ASSIGN_SCRATCH_BYTES, type KernelFunctions, type Kernels } from './kernels.ts';

/** What a thread shows of itself in the first place of its control area. */
const STATE = { starting: 0, idle: 1, running: 2, failed: 3, ended: 4 } as const;
/** Places of the control area: the state, the kernel's number, and its arguments. */
const CONTROL_PLACES = 16;
/** Longer than any call takes: a thread that does not answer is gone. */
const MAX_CALL_MS = 120_000;

/** What a thread gets: the compiled kernels, the memory that it shares, and the area through which it is called. */
export interface ThreadMemory {
  module: object;
  memory: object;
}

/** A thread that runs one kernel at a time on the memory of its owner, who does not wait meanwhile. */
interface SecondThread {
  /** Starts a kernel and returns what waits for its end; null while the thread is not ready. */
  start: (kernel: ThreadKernel, args: readonly number[]) => (() => void) | null;
  end: () => void;
}

/** Kernels that treat each row for itself, so that two threads may share the rows. */
const THREAD_KERNELS = ['assignRows', 'rotateRows', 'quantizeRows8'] as const;
type ThreadKernel = (typeof THREAD_KERNELS)[number];

/**
 * The whole program of the thread. It is started from its own text, which bundlers and type stripping leave whole, so it may use
 * nothing from around it.
 */
function serveKernels(require: (name: string) => unknown): void {
  interface Given {
    control: Int32Array;
    names: string[];
    module: object;
    memory: object;
  }
  interface WebAssemblyLike {
    Instance: new (
      module: object,
      imports: object,
    ) => { exports: Record<string, (...args: number[]) => void> };
  }
  const { workerData } = require('node:worker_threads') as { workerData: Given };
  const { control, names, module, memory } = workerData;
  const { Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyLike }).WebAssembly;
  const kernels = new Instance(module, { env: { memory } }).exports;
  Atomics.compareExchange(control, 0, 0, 1);
  for (;;) {
    Atomics.wait(control, 0, 1);
    if (Atomics.load(control, 0) !== 2) return;
    let outcome = 1;
    try {
      kernels[names[control[1]!]!]!(...control.subarray(2));
    } catch {
      outcome = 3;
    }
    Atomics.store(control, 0, outcome);
    Atomics.notify(control, 0);
  }
}

function startThread(shared: ThreadMemory): SecondThread {
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_PLACES * 4));
  const workerData = { ...shared, control, names: THREAD_KERNELS };
  const worker = new Worker(`(${serveKernels.toString()})(require)`, { eval: true, workerData });
  worker.unref();
  // Without the thread its owner does all of the work: slower, and the same.
  worker.on('error', () => Atomics.store(control, 0, STATE.failed));
  const join = (): void => {
    const answered = Atomics.wait(control, 0, STATE.running, MAX_CALL_MS);
    invariant(answered !== 'timed-out', 'the second thread answers');
    invariant(Atomics.load(control, 0) === STATE.idle, 'a kernel does not fail on the second thread');
  };
  return {
    start: (kernel, args) => {
      if (Atomics.load(control, 0) !== STATE.idle) return null;
      control[1] = THREAD_KERNELS.indexOf(kernel);
      control.set(args, 2);
      Atomics.store(control, 0, STATE.running);
      Atomics.notify(control, 0);
      return join;
    },
    end: () => {
      Atomics.store(control, 0, STATE.ended);
      Atomics.notify(control, 0);
    },
  };
}

/** Fewer rows are done before another thread has begun. */
const MIN_SHARED_ROWS = 64;

/**
 * Calls `use` with kernels of which a second thread does half of the rows, where there is one; what they write is the same. Without
 * a second thread `use` gets the kernels as they are.
 */
export function withSecondThread<Result>(kernels: Kernels, use: (kernels: Kernels) => Result): Result {
  if (kernels.shared === null) return use(kernels);
  const scratch = kernels.arena.allocateForWork(ASSIGN_SCRATCH_BYTES);
  if (scratch === null) return use(kernels);
  const thread = startThread(kernels.shared);
  try {
    return use({ ...kernels, functions: shareRows(kernels.functions, { thread, scratch }) });
  } finally {
    thread.end();
    kernels.arena.free(scratch);
  }
}

/** Arguments of kernels; the second is the number of rows. */
type Arguments = number[];

/** Returns the arguments for the rows from `half` on. */
const LATER_ROWS: Record<ThreadKernel, (args: Arguments, half: number, scratch: number) => number[]> = {
  rotateRows: ([rows, count, D, signs], half) => [rows! + half * D! * 4, count! - half, D!, signs!],
  quantizeRows8: ([rows, count, D, out, stride], half) => {
    return [rows! + half * D! * 4, count! - half, D!, out! + half * stride!, stride!];
  },
  assignRows: ([rows, count, D, ...others], half, scratch) => {
    const [wanted, , out] = others.splice(-3) as [number, number, number];
    return [rows! + half * D! * 4, count! - half, D!, ...others, wanted, scratch, out + half * wanted * 8];
  },
};

function shareRows(
  functions: KernelFunctions,
  { thread, scratch }: { thread: SecondThread; scratch: number },
): KernelFunctions {
  /** Makes a kernel that does the first half of the rows here while the second thread does the others, where it is ready. */
  const share = (kernel: ThreadKernel): ((...args: Arguments) => void) => {
    const run: (...args: number[]) => void = functions[kernel];
    return (...args) => {
      const [rows, count, ...others] = args as [number, number, ...number[]];
      const half = count >>> 1;
      const later = count < MIN_SHARED_ROWS ? null : LATER_ROWS[kernel](args, half, scratch);
      const join = later === null ? null : thread.start(kernel, later);
      if (join === null) {
        run(...args);
        return;
      }
      try {
        run(rows, half, ...others);
      } finally {
        join();
      }
    };
  };
  return { ...functions, ...Object.fromEntries(THREAD_KERNELS.map((kernel) => [kernel, share(kernel)])) };
}
