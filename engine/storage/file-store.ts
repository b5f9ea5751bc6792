import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ObjectParts, ObjectStore } from '../api.ts';
import { checkObjectKey, missingObject, readRange } from './object-key.ts';
import { partsOfObject } from './object-parts.ts';

/** Marks files that are being written; keys cannot contain it. */
const PARTIAL_MARK = '~';

/** Makes an object store in a folder. An object appears whole or not at all, also when the process or the machine stops. */
export function fileStore(folder: string): ObjectStore {
  const pathOf = (key: string): string => {
    checkObjectKey(key);
    return join(folder, key);
  };

  const openFiles = new Map<string, SharedFile>();

  /** Reads that overlap share one open file: a search reads a hundred small ranges of a segment at once. */
  async function withFile<Result>(
    key: string,
    use: (file: FileHandle, sizeBytes: number) => Promise<Result>,
  ): Promise<Result> {
    const shared = openFiles.get(key) ?? { opened: openFile(pathOf(key), key), users: 0 };
    openFiles.set(key, shared);
    shared.users += 1;
    try {
      const { file, sizeBytes } = await shared.opened;
      return await use(file, sizeBytes);
    } finally {
      shared.users -= 1;
      if (shared.users === 0) {
        openFiles.delete(key);
        const opened = await shared.opened.catch(() => null);
        await opened?.file.close();
      }
    }
  }

  async function put(key: string, object: Uint8Array | ObjectParts): Promise<void> {
    const path = pathOf(key);
    const partial = `${path}${PARTIAL_MARK}${randomUUID()}`;
    await makeFolder(dirname(path));
    try {
      await writeDurably(partial, partsOfObject(object));
      await rename(partial, path);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    await syncFolder(dirname(path));
  }

  async function* list(prefix: string): ReturnType<ObjectStore['list']> {
    const keys: string[] = [];
    await collectKeys(folder, prefix, keys);
    for (const key of keys.sort()) {
      const found = await stat(join(folder, key)).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
        return null;
      });
      if (found !== null) yield { key, sizeBytes: found.size, modifiedAtMs: found.mtimeMs };
    }
  }

  return {
    put,
    list,
    get: (key, range) =>
      withFile(key, (file, sizeBytes) => {
        const { start, end } = readRange(range);
        return readBytes(file, start, Math.min(end, sizeBytes));
      }),
    getTail: (key, length) =>
      withFile(key, async (file, sizeBytes) => ({
        bytes: await readBytes(file, Math.max(0, sizeBytes - length), sizeBytes),
        sizeBytes,
      })),
    delete: async (keys) => {
      for (const key of keys) await rm(pathOf(key), { force: true });
    },
  };
}

/** A file that is open while somebody reads it. */
interface SharedFile {
  opened: Promise<{ file: FileHandle; sizeBytes: number }>;
  users: number;
}

async function openFile(path: string, key: string): Promise<{ file: FileHandle; sizeBytes: number }> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw isMissing(error) ? missingObject(key, error) : error;
  });
  try {
    return { file, sizeBytes: (await file.stat()).size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function writeDurably(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a folder and its parents, so that they survive a power cut as well: each entry of a folder is in the folder above. */
async function makeFolder(path: string): Promise<void> {
  const topmost = await mkdir(path, { recursive: true });
  if (topmost === undefined) return;
  for (let made = resolve(path); made.length >= resolve(topmost).length; made = dirname(made))
    await syncFolder(dirname(made));
}

/** Makes a rename survive a power cut. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readBytes(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) return bytes.slice(0, filled);
    filled += bytesRead;
  }
  return bytes;
}

/** Walks only the folders that may hold keys of the prefix. */
async function collectKeys(folder: string, prefix: string, keys: string[], at = ''): Promise<void> {
  const entries = await readdir(join(folder, at), { withFileTypes: true }).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    return [];
  });
  for (const entry of entries) {
    const key = at + entry.name;
    if (entry.isDirectory()) {
      const path = `${key}/`;
      if (path.startsWith(prefix) || prefix.startsWith(path)) await collectKeys(folder, prefix, keys, path);
    } else if (key.startsWith(prefix) && !key.includes(PARTIAL_MARK)) {
      keys.push(key);
    }
  }
}
