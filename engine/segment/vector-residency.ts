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
  /** Whether searches can do without it. */
  readonly isSpare: boolean;
  /** When it was asked for last, in calls. */
  usedAt: number;
}

interface AreaSize {
  bytes: number;
  units: number;
  /** Searches can do without it: it takes no room from what they need. */
  isSpare?: boolean;
}

/** Calls after which a spare area that was not asked for gives its room to another. */
const STALE_CALLS = 10_000;

/** Keeps parts of segments in the kernels' memory under a byte budget, least recently used out first. All calls are synchronous. */
export interface VectorResidency {
  readonly budgetBytes: number;
  /** Returns the area of a part, or null when there is none. */
  find(key: string): ResidentArea | null;
  /** Returns the area of a part, and makes room for it when it has none; null when there cannot be any. */
  reserve(key: string, size: AreaSize): ResidentArea | null;
  /** Whether some search is reading more than it needs. */
  isWarming: boolean;
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

  /** Unpinned areas that may go, least recently used first. */
  function candidates(isOpen: (area: ResidentArea) => boolean): [string, ResidentArea][] {
    return [...resident]
      .filter(([, area]) => area.pins === 0 && isOpen(area))
      .sort(([, a], [, b]) => a.usedAt - b.usedAt);
  }

  function evict([key, { address, bytes }]: [string, ResidentArea]): void {
    resident.delete(key);
    kernels.arena.free(address);
    used -= bytes;
  }

  kernels.arena.reclaimWith(() => {
    const [oldest] = candidates(() => true);
    if (oldest === undefined) return false;
    evict(oldest);
    return true;
  });

  function reserve(key: string, { bytes, units, isSpare = false }: AreaSize): ResidentArea | null {
    const known = find(key);
    if (known !== null) return known;
    // What is spare makes room for what is needed; among equals only what was not used for long.
    const open = candidates((area) => (isSpare ? area.isSpare && clock - area.usedAt > STALE_CALLS : true));
    const evictable = open.reduce((sum, [, area]) => sum + area.bytes, 0);
    if (used - evictable + bytes > budgetBytes) return null;
    const order = [...open.filter(([, area]) => area.isSpare), ...open.filter(([, area]) => !area.isSpare)];
    let address = used + bytes > budgetBytes ? null : kernels.arena.allocate(bytes);
    while (address === null) {
      const oldest = order.shift();
      if (oldest === undefined) return null;
      evict(oldest);
      if (used + bytes <= budgetBytes) address = kernels.arena.allocate(bytes);
    }
    const area = {
      address,
      bytes,
      filled: new Bitmap(units),
      isComplete: false,
      isSpare,
      pins: 0,
      usedAt: ++clock,
    };
    resident.set(key, area);
    used += bytes;
    return area;
  }

  return { isWarming: false, budgetBytes, find, reserve, usedBytes: () => used };
}
