import type { Callback, ItemDb, Store } from 'dynalite/db/index.js';

type Change = { type: 'put'; key: string; value: object } | { type: 'del'; key: string };

/**
 * Returns the store for one call that writes: an item and its entries in indexes reach the disk as one write, so that no kill comes between
 * them. Dynalite names the entries before the item and in the same turn of the event loop, so that a batch of items does not mix them.
 */
export function withAtomicWrites(store: Store): Store {
  let entries: Change[] = [];
  const collect = (change: Change, callback: Callback): void => {
    entries.push(change);
    callback();
  };
  const writeAll = (item: Change, callback: Callback): void => {
    const changes = [...entries, item];
    entries = [];
    store.db.batch(changes, callback);
  };
  return {
    ...store,
    getItemDb: (table) => redirect(store.getItemDb(table), `item-${table}~`, writeAll),
    getIndexDb: (type, table, index) =>
      redirect(
        store.getIndexDb(type, table, index),
        `index-${type.toLowerCase()}~${table}~${index}~`,
        collect,
      ),
  };
}

/** Dynalite keeps every table in one LevelDB, under keys with a prefix. */
function redirect(part: ItemDb, prefix: string, write: (change: Change, callback: Callback) => void): ItemDb {
  return {
    ...part,
    put(key, value, callback) {
      write({ type: 'put', key: prefix + key, value }, callback);
    },
    del(key, callback) {
      write({ type: 'del', key: prefix + key }, callback);
    },
  };
}
