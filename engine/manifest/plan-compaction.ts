import type { SegmentEntry } from './manifest.ts';

/** Segments of one tier that make a merge worth it; also the ratio between tiers. Each row is then rewritten about log8(n) times. */
const TIER_RATIO = 8;
/** Bounds of one merge: it holds its sources in memory, and a Lambda has to finish it. */
const MERGE_LIMITS = { segments: 64, bytes: 256 << 20 } as const;

/** Returns the segments that should be merged next, or null. The smallest tier goes first: it is the cheapest and the most crowded. */
export function planCompaction(segments: readonly SegmentEntry[]): SegmentEntry[] | null {
  const tiers = new Map<number, SegmentEntry[]>();
  for (const entry of segments) {
    const tier = tierOf(entry);
    tiers.set(tier, [...(tiers.get(tier) ?? []), entry]);
  }
  for (const tier of [...tiers.keys()].sort((a, b) => a - b)) {
    const group = withinLimits(tiers.get(tier)!);
    if (group.length >= TIER_RATIO) return group;
  }
  const wasteful = segments.find(isWasteful);
  return wasteful === undefined ? null : [wasteful];
}

function tierOf({ live }: SegmentEntry): number {
  return Math.floor(Math.log(Math.max(1, live)) / Math.log(TIER_RATIO) + 1e-9);
}

function withinLimits(entries: SegmentEntry[]): SegmentEntry[] {
  const group: SegmentEntry[] = [];
  let bytes = 0;
  for (const entry of entries.slice(0, MERGE_LIMITS.segments)) {
    bytes += entry.sizeBytes;
    if (bytes > MERGE_LIMITS.bytes) break;
    group.push(entry);
  }
  return group;
}

/** More dead rows than live ones, and enough of them to matter. */
function isWasteful({ rows, live, sizeBytes }: SegmentEntry): boolean {
  return rows >= 64 && live * 2 < rows && sizeBytes <= MERGE_LIMITS.bytes;
}
