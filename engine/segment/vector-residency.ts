import type { Kernels } from '../kernels/kernels.ts';

/** Keeps the f32 rows of segments in the kernels' memory, least recently used out first. All calls are synchronous. */
export interface VectorResidency {
  readonly budgetBytes: number;
  /** Returns the address of a segment's rows, or null when they are not resident. */
  find(key: string): number | null;
  /** Copies rows into the kernels' memory; null when they are larger than its budget. */
  place(key: string, rows: Float32Array): number | null;
}

/** Makes a residency of at most `budgetBytes` in the memory of `kernels`. */
export function createVectorResidency(kernels: Kernels, budgetBytes: number): VectorResidency {
  const resident = new Map<string, { address: number; bytes: number }>();
  let used = 0;

  function find(key: string): number | null {
    const entry = resident.get(key);
    if (entry === undefined) return null;
    resident.delete(key);
    resident.set(key, entry);
    return entry.address;
  }

  function evictOldest(): boolean {
    for (const [key, { address, bytes }] of resident) {
      resident.delete(key);
      kernels.arena.free(address);
      used -= bytes;
      return true;
    }
    return false;
  }

  function place(key: string, rows: Float32Array): number | null {
    const placed = find(key);
    if (placed !== null) return placed;
    if (rows.byteLength > budgetBytes) return null;
    while (used + rows.byteLength > budgetBytes) evictOldest();
    let address = kernels.arena.allocate(rows.byteLength);
    // Other users of the arena or fragmentation may be in the way: make room until nothing of ours is left.
    while (address === null && evictOldest()) address = kernels.arena.allocate(rows.byteLength);
    if (address === null) return null;
    new Float32Array(kernels.arena.memory.buffer(), address, rows.length).set(rows);
    resident.set(key, { address, bytes: rows.byteLength });
    used += rows.byteLength;
    return address;
  }

  return { budgetBytes, find, place };
}
