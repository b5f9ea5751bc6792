/** Lets calls run side by side, and a transaction alone: nobody sees the half of one. */
export interface Gate {
  shared<T>(run: () => Promise<T>): Promise<T>;
  exclusive<T>(run: () => Promise<T>): Promise<T>;
}

/** Creates a gate; what comes while a transaction waits or runs goes behind it, in order. */
export function createGate(): Gate {
  const running = new Set<Promise<unknown>>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    async shared(run) {
      // A transaction may have come in while this one waited for an earlier.
      for (let before; before !== last;) {
        before = last;
        await before;
      }
      const call = run();
      const settled = call.then(
        () => undefined,
        () => undefined,
      );
      running.add(settled);
      try {
        return await call;
      } finally {
        running.delete(settled);
      }
    },
    exclusive(run) {
      const result = last.then(async () => {
        await Promise.all(running);
        return run();
      });
      last = result.catch(() => undefined);
      return result;
    },
  };
}
