import type { Pointer, PointerStore, PointerUpdate } from '../api.ts';

/** Makes a pointer that lives in memory; `current` shows what the last commit set. */
export function memoryPointer(): PointerStore & { current(): PointerUpdate | null } {
  let pointer: Pointer = { manifest: null, version: '0'.repeat(12) };
  let last: PointerUpdate | null = null;
  return {
    read: () => Promise.resolve({ ...pointer }),
    compareAndSet: (expected, next) => {
      if (pointer.manifest !== expected) return Promise.resolve(false);
      pointer = { manifest: next.manifest, version: next.version };
      last = structuredClone(next);
      return Promise.resolve(true);
    },
    current: () => last,
  };
}
