import { MIN_INDEX_ROWS } from '../index/build-index.ts';
import { invalidInput, showValue } from '../errors/vector-db-error.ts';
import type { SegmentEntry } from './manifest.ts';

/** Bounds of one merge: it holds its sources in memory, and whoever runs it has to finish. */
export interface CompactionLimits {
  maxBytes: number;
  maxSegments: number;
}

/** The ratio between tiers, and how many small segments of one make a merge worth it. Each row is then rewritten about log8(n) times. */
const TIER_RATIO = 8;
const LARGE_TIER_SEGMENTS = 4;
/** What a Lambda of 3 GB holds, indexes and merges within a minute or two. */
const DEFAULT_LIMITS: CompactionLimits = { maxBytes: 512 << 20, maxSegments: 64 };

/** Completes and checks the limits of merges. */
export function compactionLimits(given: Partial<CompactionLimits> = {}): CompactionLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  checkLimit('maxBytes', limits.maxBytes, 1);
  checkLimit('maxSegments', limits.maxSegments, TIER_RATIO);
  return limits;
}

function checkLimit(name: keyof CompactionLimits, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  const message = `compaction.${name} is ${showValue(value)}; it must be an integer of at least ${least}.`;
  throw invalidInput(message, { field: `compaction.${name}`, limit: least });
}

/** Returns the segments that should be merged next, or null. The smallest tier goes first: it is the cheapest and the most crowded. */
export function planCompaction(
  segments: readonly SegmentEntry[],
  limits: CompactionLimits,
): SegmentEntry[] | null {
  const tiers = new Map<number, SegmentEntry[]>();
  for (const entry of segments) {
    const tier = tierOf(entry);
    const same = tiers.get(tier);
    if (same === undefined) tiers.set(tier, [entry]);
    else same.push(entry);
  }
  for (const tier of [...tiers.keys()].sort((a, b) => a - b)) {
    const group = withinLimits(tiers.get(tier)!, limits);
    if (group.length >= segmentsFor(tier)) return group;
  }
  const wasteful = segments.find((entry) => isWasteful(entry, limits));
  return wasteful === undefined ? null : [wasteful];
}

/** Segments of a tier that make a merge worth it. A search pays for each large one with a look at its index, so fewer are kept. */
function segmentsFor(tier: number): number {
  return TIER_RATIO ** tier >= MIN_INDEX_ROWS ? LARGE_TIER_SEGMENTS : TIER_RATIO;
}

function tierOf({ live }: SegmentEntry): number {
  return Math.floor(Math.log(Math.max(1, live)) / Math.log(TIER_RATIO) + 1e-9);
}

/** The small ones first: one segment near the limit must not keep those of its tier from a merge. */
function withinLimits(entries: SegmentEntry[], { maxBytes, maxSegments }: CompactionLimits): SegmentEntry[] {
  const group: SegmentEntry[] = [];
  let bytes = 0;
  for (const entry of entries.toSorted((a, b) => a.sizeBytes - b.sizeBytes).slice(0, maxSegments)) {
    bytes += entry.sizeBytes;
    if (bytes > maxBytes) break;
    group.push(entry);
  }
  return group;
}

/** More dead rows than live ones, and enough of them to matter. */
function isWasteful({ rows, live, sizeBytes }: SegmentEntry, { maxBytes }: CompactionLimits): boolean {
  return rows >= 64 && live * 2 < rows && sizeBytes <= maxBytes;
}
