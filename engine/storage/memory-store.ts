import type { ObjectStore } from '../api.ts';
import { VectorDbError } from '../errors/vector-db-error.ts';

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

  return {
    async get(key, range) {
      const bytes = read(key);
      return range === undefined ? bytes.slice() : bytes.slice(range.offset, range.offset + range.length);
    },
    async getTail(key, length) {
      const bytes = read(key);
      return { bytes: bytes.slice(Math.max(0, bytes.length - length)), sizeBytes: bytes.length };
    },
    async put(key, bytes) {
      objects.set(key, { bytes: bytes.slice(), modifiedAtMs: now() });
    },
    async delete(keys) {
      for (const key of keys) objects.delete(key);
    },
    async *list(prefix) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      for (const key of keys) {
        const object = objects.get(key);
        if (object !== undefined) {
          yield { key, sizeBytes: object.bytes.length, modifiedAtMs: object.modifiedAtMs };
        }
      }
    },
  };
}

/** Makes the error of a store that does not hold an object. */
export function missingObject(key: string, cause?: unknown): VectorDbError {
  return new VectorDbError('NotFound', `There is no object ${key} in the store.`, { field: key }, cause);
}
