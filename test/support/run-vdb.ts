import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface VdbRun {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command-line client from its sources, in a process of its own, without a terminal. */
export async function runVdb(
  args: string[],
  {
    environment = {},
    onStart,
  }: { environment?: Record<string, string>; onStart?: (pid: number) => void } = {},
): Promise<VdbRun> {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [`${root}cli/main.ts`, ...args], {
    cwd: root,
    env: { PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  if (child.pid !== undefined) onStart?.(child.pid);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { exitCode, stdout, stderr };
}
