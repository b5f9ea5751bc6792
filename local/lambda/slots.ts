/** No more invocations than this wait for a slot. */
const WAITING_LIMIT = 1000;

/** The caller must slow down: AWS's TooManyRequestsException. */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequestsException';
}

/** A bounded number of things at once, and a bounded queue of those that wait, first come first served. */
export interface Slots {
  readonly free: number;
  acquire(): Promise<void>;
  release(): void;
}

/** Creates `size` slots. */
export function createSlots(size: number): Slots {
  let used = 0;
  const waiting: (() => void)[] = [];
  return {
    get free() {
      return Math.max(0, size - used);
    },
    acquire() {
      if (used < size) {
        used += 1;
        return Promise.resolve();
      }
      if (size === 0 || waiting.length >= WAITING_LIMIT) {
        return Promise.reject(
          new TooManyRequests(`Rate Exceeded: ${size} run and ${waiting.length} wait already`),
        );
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    release() {
      const next = waiting.shift();
      if (next) next();
      else used -= 1;
    },
  };
}
