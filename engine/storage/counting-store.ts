import type { ObjectStore } from '../api.ts';

/** Calls of a store by method, and the bytes that they read. */
export interface StoreCounts {
  get: number;
  getTail: number;
  put: number;
  delete: number;
  list: number;
  bytesRead: number;
}

/** Wraps a store so that its calls are counted. */
export function countingStore(store: ObjectStore): ObjectStore & { counts: StoreCounts } {
  const counts: StoreCounts = { get: 0, getTail: 0, put: 0, delete: 0, list: 0, bytesRead: 0 };
  return {
    counts,
    get: async (key, range) => {
      counts.get += 1;
      const bytes = await store.get(key, range);
      counts.bytesRead += bytes.length;
      return bytes;
    },
    getTail: async (key, length) => {
      counts.getTail += 1;
      const tail = await store.getTail(key, length);
      counts.bytesRead += tail.bytes.length;
      return tail;
    },
    put: (key, bytes) => {
      counts.put += 1;
      return store.put(key, bytes);
    },
    delete: (keys) => {
      counts.delete += 1;
      return store.delete(keys);
    },
    list: (prefix) => {
      counts.list += 1;
      return store.list(prefix);
    },
  };
}
