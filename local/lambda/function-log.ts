import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A log file keeps at most this much, and one older file of the same size. */
const FILE_LIMIT_BYTES = 5_000_000;
/** Lines that wait for the disk; what exceeds it is counted and dropped. */
const PENDING_LIMIT = 10_000;

/** The log of one function: one JSON object a line. */
export interface FunctionLog {
  write(entry: Record<string, unknown>): void;
  /** Resolves when everything written so far is in the file. */
  flush(): Promise<void>;
}

/** Creates a size-bounded log; `onFault` hears once when the disk refuses. */
export function createFunctionLog(path: string, onFault: (error: Error) => void): FunctionLog {
  let pending: string[] = [];
  let dropped = 0;
  let writing: Promise<void> | null = null;
  let hasFailed = false;

  async function drain(): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    while (pending.length > 0) {
      const lines = pending;
      pending = [];
      if (dropped > 0) lines.push(JSON.stringify({ time: new Date().toISOString(), dropped }));
      dropped = 0;
      const sizeBytes = await stat(path).then(
        (file) => file.size,
        () => 0,
      );
      if (sizeBytes > FILE_LIMIT_BYTES) await rename(path, `${path}.1`);
      await appendFile(path, `${lines.join('\n')}\n`);
    }
  }

  function start(): void {
    writing ??= drain()
      .catch((error: unknown) => {
        pending = [];
        if (!hasFailed) onFault(error as Error);
        hasFailed = true;
      })
      .finally(() => {
        writing = null;
      });
  }

  return {
    write(entry) {
      if (pending.length >= PENDING_LIMIT) {
        dropped += 1;
        return;
      }
      pending.push(JSON.stringify({ time: new Date().toISOString(), ...entry }));
      start();
    },
    async flush() {
      while (writing) await writing;
    },
  };
}
