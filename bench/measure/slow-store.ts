import { setTimeout as delay } from 'node:timers/promises';
import type { ObjectStore } from '../../engine/index.ts';

/** What reads cost since `reset`. */
export interface ReadCosts {
  calls: number;
  bytes: number;
  /** Length of the longest chain of calls that had to wait for each other. */
  rounds: number;
}

/** Wraps a store so that each read takes as long as one from S3, and counts chains of reads. */
export function slowStore(store: ObjectStore, latencyMs: number): ObjectStore & { costs: ReadCosts } {
  const costs: ReadCosts = { calls: 0, bytes: 0, rounds: 0 };

  /** A call may depend on every call that has answered before it started, so it is one round later than the latest of those. */
  async function read<Result>(
    call: () => Promise<Result>,
    sizeOf: (result: Result) => number,
  ): Promise<Result> {
    const round = costs.rounds + 1;
    costs.calls += 1;
    await delay(latencyMs);
    const result = await call();
    costs.bytes += sizeOf(result);
    costs.rounds = Math.max(costs.rounds, round);
    return result;
  }

  return {
    ...store,
    costs,
    get: (key, range) =>
      read(
        () => store.get(key, range),
        (bytes) => bytes.length,
      ),
    getTail: (key, length) =>
      read(
        () => store.getTail(key, length),
        (tail) => tail.bytes.length,
      ),
  };
}
