import { Bitmap } from '../format/bitmap.ts';
import { mergeSegments, type RowOrigin } from '../segment/merge-segments.ts';
import { putSegment, type SegmentIo } from '../segment/put-segment.ts';
import type { VectorIo } from '../segment/vector-io.ts';
import { isVectorDbError } from '../errors/vector-db-error.ts';
import { confirmStored } from './confirm-segments.ts';
import { summarizeIds } from './id-summary.ts';
import type { Manifest, SegmentEntry } from './manifest.ts';
import { openEntry } from './open-entry.ts';
import { planCompaction, type CompactionLimits } from './plan-compaction.ts';
import { deadRows, withDeadRows } from './tombstones.ts';
import { updateManifest, withCurrent, type ManifestIo } from './update-manifest.ts';

/** Merges in one call; what is left waits for the next, so that a call ends. */
const MAX_MERGES = 64;

/** What merging needs besides the manifest: the merged rows are indexed. */
type CompactIo = ManifestIo & VectorIo & SegmentIo;

/** Merges what the tiers ask for; returns the number of segments that were merged away. */
export async function compactDatabase(io: CompactIo, limits: CompactionLimits): Promise<number> {
  let mergedAway = 0;
  for (let merge = 0; merge < MAX_MERGES; merge++) {
    const prepared = await withCurrent(io, async ({ manifest }) => {
      const group = planCompaction(manifest.segments, limits);
      return group === null ? null : prepareMerge(io, group);
    });
    if (prepared === null) return mergedAway;
    // Another compaction took one of the segments, or a row came back: plan again on the newer manifest.
    if (await makeSwap(io, prepared)) mergedAway += prepared.sources.length;
  }
  return mergedAway;
}

async function makeSwap(io: ManifestIo, prepared: PreparedMerge): Promise<boolean> {
  const confirmed = new Map<string, number>();
  try {
    const swapped = await updateManifest(io, async (manifest) => {
      await confirmStored(io, manifest, [prepared.merged.key], confirmed);
      return swapSegments(manifest, prepared);
    });
    return swapped !== null;
  } catch (error) {
    // A sweep took the merged segment for the orphan of an older merge.
    if (isVectorDbError(error, 'NotFound')) return false;
    throw error;
  }
}

interface PreparedMerge {
  sources: SegmentEntry[];
  merged: SegmentEntry;
  origins: RowOrigin[];
}

async function prepareMerge(io: CompactIo, sources: SegmentEntry[]): Promise<PreparedMerge> {
  for (const entry of sources) await openEntry(io, entry);
  const { content, origins } = await mergeSegments(
    io,
    sources.map((entry) => ({ key: entry.key, dead: deadRows(entry) })),
  );
  const put = await putSegment(io, content);
  const rows = origins.length;
  const ids = summarizeIds({ length: rows, get: (row) => content.ids[row]! });
  return { sources, origins, merged: { ...put, rows, live: rows, tombstones: null, ids } };
}

/**
 * Replaces the sources by the merged segment and carries over the tombstones that came meanwhile. Returns null when a source
 * has left the manifest, or has a row back that the merge dropped: the merge would then double or lose rows.
 */
function swapSegments(
  manifest: Manifest,
  { sources, merged, origins }: PreparedMerge,
): { manifest: Manifest; finishedWrites: string[]; result: true } | null {
  const current = sources.map(({ key }) => manifest.segments.find((entry) => entry.key === key));
  const deadNow: (Bitmap | null)[] = [];
  for (const [i, entry] of current.entries()) {
    if (entry === undefined) return null;
    const before = deadRows(sources[i]!);
    const now = deadRows(entry);
    if (before !== null && (now === null || !now.contains(before))) return null;
    deadNow.push(now);
  }
  const dead = new Bitmap(merged.rows);
  origins.forEach(({ source, row }, target) => {
    if (deadNow[source]?.has(row) === true) dead.add(target);
  });
  const entry = withDeadRows(merged, dead);
  const isSource = new Set(sources.map(({ key }) => key));
  const kept = manifest.segments.filter(({ key }) => !isSource.has(key) && key !== merged.key);
  const segments = entry.live > 0 ? [...kept, entry] : kept;
  const storageBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { manifest: { ...manifest, segments, storageBytes }, finishedWrites: [], result: true };
}
