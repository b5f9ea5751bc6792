import type { ObjectStore, PointerStore } from '../../engine/api.ts';
import { VectorDbError, type Clock } from '../../engine/index.ts';

/** What happens at one step of storage: nothing, a failure before its effect, or a failure after it (the answer is lost). */
export type Fault = 'none' | 'before' | 'after';

/** Decides about each step in turn; `name` is the method. */
export type DecideFault = (name: string) => Fault;

function lost(name: string): VectorDbError {
  return new VectorDbError('Unavailable', `Injected: ${name} did not answer.`);
}

/** Wraps a store and a pointer so that any step can fail, and so that other work can run between any two steps. */
export function faultyStorage(
  store: ObjectStore,
  pointer: PointerStore,
  decide: DecideFault,
): { store: ObjectStore; pointer: PointerStore } {
  async function step<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
    const fault = decide(name);
    await new Promise((resolve) => setImmediate(resolve));
    if (fault === 'before') throw lost(name);
    const result = await run();
    if (fault === 'after') throw lost(name);
    return result;
  }
  return {
    store: {
      get: (key, range) => step('get', () => store.get(key, range)),
      getTail: (key, length) => step('getTail', () => store.getTail(key, length)),
      put: (key, bytes) => step('put', () => store.put(key, bytes)),
      delete: (keys) => step('delete', () => store.delete(keys)),
      list: (prefix) => store.list(prefix),
    },
    pointer: {
      read: () => step('read', () => pointer.read()),
      compareAndSet: (expected, next) => step('compareAndSet', () => pointer.compareAndSet(expected, next)),
    },
  };
}

/** A clock whose time passes only while somebody sleeps. */
export function virtualClock(): Clock & { advance(ms: number): void } {
  let nowMs = 1_000_000;
  return {
    now: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    advance: (ms) => {
      nowMs += ms;
    },
  };
}
