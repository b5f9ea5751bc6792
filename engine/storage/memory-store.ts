import type { ObjectStore } from '../api.ts';
import { checkObjectKey, missingObject, readRange } from './object-key.ts';
import { joinParts } from './object-parts.ts';

interface StoredObject {
  bytes: Uint8Array;
  modifiedAtMs: number;
}

/** Makes an object store that lives in memory. `now` dates the objects. */
export function memoryStore(now: () => number = Date.now): ObjectStore {
  const objects = new Map<string, StoredObject>();

  function read(key: string): Uint8Array {
    const found = objects.get(key);
    if (found === undefined) throw missingObject(key);
    return found.bytes;
  }

  async function* list(prefix: string): ReturnType<ObjectStore['list']> {
    for (const key of [...objects.keys()].filter((one) => one.startsWith(prefix)).sort()) {
      // A consumer may delete while it lists.
      const object = await Promise.resolve(objects.get(key));
      if (object === undefined) continue;
      yield { key, sizeBytes: object.bytes.length, modifiedAtMs: object.modifiedAtMs };
    }
  }

  /* eslint @typescript-eslint/require-await: 'off' -- a store's promises reject; none of its methods throws. */
  return {
    list,
    get: async (key, range) => {
      const { start, end } = readRange(range);
      return read(key).slice(start, end);
    },
    getTail: async (key, length) => {
      const bytes = read(key);
      return { bytes: bytes.slice(Math.max(0, bytes.length - length)), sizeBytes: bytes.length };
    },
    put: async (key, bytes) => {
      checkObjectKey(key);
      objects.set(key, { bytes: joinParts(bytes), modifiedAtMs: now() });
    },
    delete: async (keys) => {
      for (const key of keys) objects.delete(key);
    },
  };
}
