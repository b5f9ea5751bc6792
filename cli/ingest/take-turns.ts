/** Lets a bounded number of callers work at once; the others wait in their order. */
export function createTurns(places: number): { take<Result>(work: () => Promise<Result>): Promise<Result> } {
  let free = places;
  const waiting: (() => void)[] = [];
  return {
    async take(work) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free++;
      }
    },
  };
}
