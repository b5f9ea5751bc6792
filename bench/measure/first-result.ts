import { spawn } from 'node:child_process';
import { benchFolder } from '../datasets/cache-folder.ts';
import { median } from './statistics.ts';
import type { Outcome } from './engine-task.ts';

/** Measures from the start of a process until it says `ready`; the median of some starts after one that fills the caches of the system. */
export async function measureStart(script: string, args: string[], starts: number): Promise<Outcome<number>> {
  const samplesMs: number[] = [];
  for (let n = 0; n <= starts; n++) {
    const outcome = await startOnce(script, args);
    if ('reason' in outcome) return outcome;
    if (n > 0) samplesMs.push(outcome.result);
  }
  return { result: median(samplesMs) };
}

function startOnce(script: string, args: string[]): Promise<Outcome<number>> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, ['--no-warnings', script, ...args], {
      env: { ...process.env, BENCH_FOLDER: benchFolder },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    });
    let readyAfterMs: number | null = null;
    let said = '';
    const listen = (bytes: Buffer): void => {
      said = (said + bytes.toString()).slice(-500);
      if (said === 'ready') readyAfterMs ??= performance.now() - startedAt;
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', (error) => {
      resolve({ reason: error.message });
    });
    child.on('close', (code, signal) => {
      if (readyAfterMs !== null) resolve({ result: readyAfterMs });
      else
        resolve({ reason: `it ended with ${signal ?? `code ${code}`}: ${said.trim().split('\n').at(-1)}` });
    });
  });
}
