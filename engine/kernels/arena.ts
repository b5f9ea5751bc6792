import { invariant } from '../errors/invariant.ts';

/** A memory that grows: a shared `WebAssembly.Memory`, or a resizable buffer for the scalar kernels. */
export interface GrowableMemory {
  buffer(): ArrayBufferLike;
  /** Returns false when the memory cannot become that large. */
  growTo(bytes: number): boolean;
}

interface Span {
  start: number;
  length: number;
}

/** Hands out areas of one linear memory, first fit, and takes them back. Cost: linear in the number of free areas. */
export interface Arena {
  readonly memory: GrowableMemory;
  /** Returns the address of an area (aligned to 64 bytes), or null when there is no room within the budget. */
  allocate(bytes: number): number | null;
  free(address: number): void;
  /** As `allocate`, but takes room from what is only kept for later. */
  allocateForWork(bytes: number): number | null;
  /** Sets what gives areas back for work; it returns false when it has none to give. */
  reclaimWith(reclaim: () => boolean): void;
  readonly budgetBytes: number;
  /** Bytes handed out at the moment. */
  usedBytes(): number;
}

const ALIGNMENT = 64;

/** Makes an arena over the memory between `start` and `start + budgetBytes`. */
export function createArena(memory: GrowableMemory, start: number, budgetBytes: number): Arena {
  let free: Span[] = [{ start, length: budgetBytes - (budgetBytes % ALIGNMENT) }];
  const taken = new Map<number, number>();
  let used = 0;
  let reclaim = (): boolean => false;

  function allocateForWork(bytes: number): number | null {
    for (;;) {
      const address = allocate(bytes);
      if (address !== null || !reclaim()) return address;
    }
  }

  function allocate(bytes: number): number | null {
    const length = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const span = free.find((candidate) => candidate.length >= length);
    if (span === undefined || !memory.growTo(span.start + length)) return null;
    const address = span.start;
    span.start += length;
    span.length -= length;
    taken.set(address, length);
    used += length;
    return address;
  }

  function release(address: number): void {
    const length = taken.get(address);
    invariant(length !== undefined, `address ${address} is not allocated`);
    taken.delete(address);
    used -= length;
    free = mergeSpans([...free, { start: address, length }]);
  }

  return {
    memory,
    budgetBytes,
    allocate,
    allocateForWork,
    free: release,
    reclaimWith: (give) => {
      reclaim = give;
    },
    usedBytes: () => used,
  };
}

function mergeSpans(spans: Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.filter((one) => one.length > 0).sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && last.start + last.length === span.start) last.length += span.length;
    else merged.push({ ...span });
  }
  return merged;
}
