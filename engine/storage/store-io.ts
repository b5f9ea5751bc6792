import type { ObjectStore } from '../api.ts';
import type { ObjectCache } from './object-cache.ts';

/** What reading needs: a store, and the cache before it. */
export interface StoreIo {
  store: ObjectStore;
  cache: ObjectCache;
}

/** What was read from the store on behalf of one request. */
export interface ReadMeter {
  reads: number;
  bytes: number;
}

/** Counts the reads and bytes that pass through a store. */
export function meterStore(store: ObjectStore, meter: ReadMeter): ObjectStore {
  const count = (bytes: Uint8Array): void => {
    meter.reads += 1;
    meter.bytes += bytes.length;
  };
  return {
    ...store,
    get: async (key, range) => {
      const bytes = await store.get(key, range);
      count(bytes);
      return bytes;
    },
    getTail: async (key, length) => {
      const tail = await store.getTail(key, length);
      count(tail.bytes);
      return tail;
    },
    put: (key, bytes) => store.put(key, bytes),
    delete: (keys) => store.delete(keys),
    list: (prefix) => store.list(prefix),
  };
}
