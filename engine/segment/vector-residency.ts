import { Bitmap } from '../format/bitmap.ts';
import type { Kernels } from '../kernels/kernels.ts';

/** Room for a part of a segment in the kernels' memory; its units (lists, rows) are filled one by one. */
export interface ResidentArea {
  readonly address: number;
  readonly bytes: number;
  /** Which units are filled. */
  readonly filled: Bitmap;
  /** Whether every unit is known to be filled. */
  isComplete: boolean;
  /** Users that rely on it at the moment: it stays until they are gone. */
  pins: number;
  /** When it was asked for last, in calls. */
  usedAt: number;
}

/** Keeps parts of segments in the kernels' memory under a byte budget, least recently used out first. All calls are synchronous. */
export interface VectorResidency {
  readonly budgetBytes: number;
  /** Returns the area of a part, or null when there is none. */
  find(key: string): ResidentArea | null;
  /** Returns the area of a part, and makes room for it when it has none; null when there cannot be any. */
  reserve(key: string, size: { bytes: number; units: number }): ResidentArea | null;
  usedBytes(): number;
}

/** Makes a residency of at most `budgetBytes` in the memory of `kernels`. */
export function createVectorResidency(kernels: Kernels, budgetBytes: number): VectorResidency {
  const resident = new Map<string, ResidentArea>();
  let used = 0;
  let clock = 0;

  function find(key: string): ResidentArea | null {
    const area = resident.get(key);
    if (area === undefined) return null;
    area.usedAt = ++clock;
    return area;
  }

  function evictOldest(): boolean {
    let oldest: [string, ResidentArea] | null = null;
    for (const entry of resident) {
      if (entry[1].pins === 0 && (oldest === null || entry[1].usedAt < oldest[1].usedAt)) oldest = entry;
    }
    if (oldest === null) return false;
    const [key, { address, bytes }] = oldest;
    resident.delete(key);
    kernels.arena.free(address);
    used -= bytes;
    return true;
  }

  // Work on the arena, and fragmentation, may need the room of what is kept.
  kernels.arena.reclaimWith(evictOldest);

  function reserve(key: string, { bytes, units }: { bytes: number; units: number }): ResidentArea | null {
    const known = find(key);
    if (known !== null) return known;
    if (bytes > budgetBytes) return null;
    while (used + bytes > budgetBytes) if (!evictOldest()) return null;
    const address = kernels.arena.allocate(bytes);
    if (address === null) return null;
    const area = { address, bytes, filled: new Bitmap(units), isComplete: false, pins: 0, usedAt: ++clock };
    resident.set(key, area);
    used += bytes;
    return area;
  }

  return { budgetBytes, find, reserve, usedBytes: () => used };
}
