/** What must be closed again, the latest opened first. */
export interface Closers {
  add(close: () => Promise<void> | void): void;
  /** Closes everything, whatever fails on the way; the faults are reported. */
  closeAll(onError: (line: string) => void): Promise<void>;
}

/** Creates an empty stack of closers. */
export function createClosers(): Closers {
  const stack: (() => Promise<void> | void)[] = [];
  return {
    add: (close) => stack.push(close),
    async closeAll(onError) {
      for (let close = stack.pop(); close; close = stack.pop()) {
        try {
          await close();
        } catch (error) {
          onError(`while stopping: ${(error as Error).message}`);
        }
      }
    },
  };
}
