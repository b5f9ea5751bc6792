import type { ObjectStore } from '../api.ts';
import type { ObjectCache } from './object-cache.ts';

/** What reading needs: a store, and the cache before it. */
export interface StoreIo {
  store: ObjectStore;
  cache: ObjectCache;
}
