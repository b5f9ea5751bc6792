import { fork, type ChildProcess } from 'node:child_process';
import { benchFolder } from '../datasets/cache-folder.ts';
import type { EngineTask, Outcome, TaskResults } from './engine-task.ts';

/** Longer than the slowest build that is expected (hnswlib on a million rows, one thread). */
const timeoutMs = 3 * 3600_000;

/** Holds native libraries to one thread. */
const oneThread = {
  RAYON_NUM_THREADS: '1',
  OMP_NUM_THREADS: '1',
  LANCE_CPU_THREADS: '1',
  TOKIO_WORKER_THREADS: '1',
};

/** Runs a task in a child process; an engine that fails or crashes becomes a reason. */
export async function runChild<Kind extends keyof TaskResults>(
  bundle: string,
  task: EngineTask & { kind: Kind },
): Promise<Outcome<TaskResults[Kind]>> {
  const limits = task.kind === 'build' && task.threads !== 'one' ? {} : oneThread;
  const child = fork(bundle, [], {
    env: { ...process.env, ...limits, BENCH_FOLDER: benchFolder },
    execArgv: ['--expose-gc', '--no-warnings'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  child.send(task);
  return outcomeOf(child);
}

function outcomeOf<Result>(child: ChildProcess): Promise<Outcome<Result>> {
  return new Promise((resolve) => {
    // The first that is known: what the child sent, or why it could not.
    const outcomes: Outcome<Result>[] = [];
    let errors = '';
    const timer = setTimeout(() => {
      outcomes.push({ reason: `no result after ${timeoutMs / 1000} s` });
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stderr?.on('data', (bytes: Buffer) => (errors = (errors + bytes.toString()).slice(-2000)));
    child.on('message', (message) => outcomes.push(message as Outcome<Result>));
    child.on('error', (error) => outcomes.push({ reason: error.message }));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const ending = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const lastLine = errors.trim().split('\n').pop() ?? '';
      resolve(outcomes[0] ?? { reason: `the process ended with ${ending}: ${lastLine}` });
    });
  });
}
