import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Endpoints {
  graphqlUrl: string;
  realtimeUrl: string;
  consoleUrl: string;
  region: string;
  admin: { username: string; password: string };
  adminToken: string;
}

/** The whole product in a process of its own, on a data folder of its own. */
export interface LocalRuntime {
  endpoints: Endpoints;
  dataFolder: string;
  /** Of its process. */
  readonly pid: number | undefined;
  /** Ends it in order and removes its data. */
  stop(): Promise<void>;
  /** Ends it at once with SIGKILL, as a power cut would; the data stays. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, after `kill`. */
  restart(): Promise<void>;
}

/** As `scripts/start.mjs` has them. */
const memorySettings = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' };

/** Starts the built product as `npm start` does; needs `node scripts/build.ts` to have run. */
export async function startLocalRuntime(): Promise<LocalRuntime> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'vdb-test-'));
  const port = await findFreePort();
  let current = await startProcess(dataFolder, port);
  const runtime: LocalRuntime = {
    endpoints: current.endpoints,
    dataFolder,
    get pid() {
      return current.child.pid;
    },
    async stop() {
      await endProcess(current.child, 'SIGTERM');
      await rm(dataFolder, { recursive: true, force: true });
    },
    async kill() {
      await endProcess(current.child, 'SIGKILL');
    },
    async restart() {
      current = await startProcess(dataFolder, port);
      runtime.endpoints = current.endpoints;
    },
  };
  return runtime;
}

async function startProcess(
  dataFolder: string,
  port: number,
): Promise<{ child: ChildProcess; endpoints: Endpoints }> {
  const file = join(dataFolder, 'endpoints.json');
  await rm(file, { force: true });
  const child = spawn(
    process.execPath,
    [
      join(root, 'local/main.ts'),
      ...['--assembly', join(root, 'build/cdk.out'), '--console', join(root, 'build/console')],
      ...['--data', dataFolder, '--port', String(port)],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...memorySettings, ...process.env } },
  );
  const output: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const deadline = Date.now() + 60_000;
  while (!existsSync(file)) {
    if (child.exitCode !== null)
      throw new Error(`the local runtime ended with ${child.exitCode}:\n${output.join('')}`);
    if (Date.now() > deadline)
      throw new Error(`the local runtime was not ready after 60 s:\n${output.join('')}`);
    await delay(50);
  }
  return { child, endpoints: JSON.parse(await readFile(file, 'utf8')) as Endpoints };
}

async function endProcess(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
