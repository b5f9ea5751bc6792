/** Parsed parts of immutable objects under a byte budget: least recently used leave first, and each is made once at a time. */
export interface ObjectCache {
  get(key: string): unknown;
  set(key: string, value: unknown, sizeBytes: number): void;
  /** Returns the cached value, joins the call that is making it, or calls `make`, which may `set` it. */
  once<Value>(key: string, make: () => Promise<Value>): Promise<Value>;
  usedBytes(): number;
}

/** What an entry costs besides its bytes: measured at 150-300 B for a map entry, a view and its buffer. */
const ENTRY_OVERHEAD_BYTES = 256;

/** Makes a cache that holds at most `budgetBytes`. */
export function createObjectCache(budgetBytes: number): ObjectCache {
  const entries = new Map<string, { value: unknown; sizeBytes: number }>();
  const inFlight = new Map<string, Promise<unknown>>();
  let used = 0;

  function get(key: string): unknown {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    entries.delete(key);
    entries.set(key, entry);
    return entry.value;
  }

  function remove(key: string): void {
    used -= entries.get(key)?.sizeBytes ?? 0;
    entries.delete(key);
  }

  function set(key: string, value: unknown, bytes: number): void {
    remove(key);
    const sizeBytes = bytes + key.length * 2 + ENTRY_OVERHEAD_BYTES;
    if (sizeBytes > budgetBytes) return;
    entries.set(key, { value, sizeBytes });
    used += sizeBytes;
    for (const oldest of entries.keys()) {
      if (used <= budgetBytes) return;
      remove(oldest);
    }
  }

  function once<Value>(key: string, make: () => Promise<Value>): Promise<Value> {
    const cached = get(key) ?? inFlight.get(key);
    if (cached !== undefined) return Promise.resolve(cached as Value | Promise<Value>);
    const made = make().finally(() => inFlight.delete(key));
    inFlight.set(key, made);
    return made;
  }

  return { get, set, once, usedBytes: () => used };
}
