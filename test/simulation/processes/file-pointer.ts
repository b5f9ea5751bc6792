import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pointer, PointerStore } from '../../../engine/api.ts';

const LOCK_MS = 2;

/** Makes a pointer in a file that processes share: a file that only one of them can create locks it. */
export function filePointer(path: string): PointerStore {
  const lock = `${path}.lock`;
  const read = async (): Promise<Pointer> => {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return null;
    });
    return text === null ? { manifest: null, version: '0'.repeat(12) } : (JSON.parse(text) as Pointer);
  };
  return {
    read,
    compareAndSet: async (expected, { manifest, version }) => {
      await take(lock);
      try {
        if ((await read()).manifest !== expected) return false;
        await writeFile(`${path}.new`, JSON.stringify({ manifest, version }));
        await rename(`${path}.new`, path);
        return true;
      } finally {
        await rm(lock);
      }
    },
  };
}

async function take(lock: string): Promise<void> {
  for (;;) {
    try {
      await (await open(lock, 'wx')).close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      await sleep(LOCK_MS);
    }
  }
}
