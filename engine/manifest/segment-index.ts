import { Bitmap } from '../format/bitmap.ts';
import { VectorDbError } from '../errors/vector-db-error.ts';
import { loadSegment, type LoadedSegment } from '../segment/load-segment.ts';
import { SECTIONS } from '../segment/segment-sections.ts';
import type { StoreIo } from '../storage/store-io.ts';
import type { IdSet } from './id-summary.ts';
import type { SegmentEntry } from './manifest.ts';
import { openEntry } from './open-entry.ts';
import { deadRows } from './tombstones.ts';

/** Segments that are read at a time: enough to hide the latency of S3, and bounded in memory. */
export const SEGMENT_CONCURRENCY = 16;

/** Returns the live rows of a segment whose id is in `ids`. */
export async function findLiveRows(io: StoreIo, entry: SegmentEntry, ids: IdSet): Promise<number[]> {
  if (!ids.mayMeet(entry.ids)) return [];
  const file = await openEntry(io, entry);
  const { idHashes } = await loadSegment(io, file, [SECTIONS.idHashes]);
  const candidates = ids.candidates(idHashes);
  if (candidates.length === 0) return [];
  const segment = await loadSegment(io, file, [SECTIONS.ids]);
  const dead = deadRows(entry);
  return candidates
    .map((id) => segment.ids.indexOf(id))
    .filter((row) => row !== -1 && dead?.has(row) !== true);
}

/** Removes rows of a file below a version. */
interface FileRemoval {
  fileId: string;
  beforeVersion: number;
}

/** Returns the live rows that the removals name; Conflict when a newer version of such a file is live. */
export async function findFileRows(
  io: StoreIo,
  entry: SegmentEntry,
  removals: FileRemoval[],
): Promise<number[]> {
  if (removals.length === 0) return [];
  const file = await openEntry(io, entry);
  const { files } = await loadSegment(io, file, [SECTIONS.files]);
  const before = new Map(removals.map(({ fileId, beforeVersion }) => [fileId, beforeVersion]));
  const isNamed = files.map(({ fileId }) => fileId !== null && before.has(fileId));
  if (!isNamed.includes(true)) return [];
  const segment = await loadSegment(io, file, [SECTIONS.files, SECTIONS.fileCodes]);
  const dead = deadRows(entry);
  const found: number[] = [];
  segment.fileCodes.forEach((code, row) => {
    if (isNamed[code] !== true || dead?.has(row) === true) return;
    const { fileId, fileVersion } = segment.fileOf(row);
    const limit = before.get(fileId!)!;
    if (fileVersion > limit) throw newerVersion(fileId!, fileVersion, limit);
    if (fileVersion < limit) found.push(row);
  });
  return found;
}

function newerVersion(fileId: string, live: number, wanted: number): VectorDbError {
  const message = `File ${fileId} has rows of version ${live}, which is newer than version ${wanted}: the change came too late.`;
  return new VectorDbError('Conflict', message, { field: 'removeFiles', actual: wanted, limit: live });
}

/** Returns which of `fileIds` have a live row in any of the segments. */
export async function filesWithLiveRows(
  io: StoreIo,
  entries: readonly SegmentEntry[],
  fileIds: ReadonlySet<string>,
): Promise<Set<string>> {
  const found = new Set<string>();
  if (fileIds.size === 0) return found;
  for (const entry of entries) {
    const file = await openEntry(io, entry);
    const { files } = await loadSegment(io, file, [SECTIONS.files]);
    if (!files.some(({ fileId }) => fileId !== null && fileIds.has(fileId) && !found.has(fileId))) continue;
    const segment = await loadSegment(io, file, [SECTIONS.files, SECTIONS.fileCodes]);
    for (const code of liveCodes(segment, entry)) {
      const fileId = files[code]?.fileId ?? null;
      if (fileId !== null && fileIds.has(fileId)) found.add(fileId);
    }
  }
  return found;
}

function liveCodes(segment: LoadedSegment, entry: SegmentEntry): Set<number> {
  const dead = deadRows(entry);
  if (dead === null) return new Set(segment.fileCodes);
  return new Set(segment.fileCodes.filter((_, row) => !dead.has(row)));
}

/** Returns the tombstones of a segment with more rows added. */
export function deadWith(entry: SegmentEntry, rows: readonly number[]): Bitmap {
  const dead = deadRows(entry)?.copy() ?? new Bitmap(entry.rows);
  for (const row of rows) dead.add(row);
  return dead;
}
