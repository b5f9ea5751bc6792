import { Bitmap } from '../format/bitmap.ts';
import type { SegmentEntry } from '../manifest/manifest.ts';
import { liveRows } from '../manifest/tombstones.ts';
import type { LoadedSegment } from '../segment/load-segment.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { matchingRows } from './evaluate-filter.ts';
import type { SearchPlan } from './plan-search.ts';

/** The rows of a segment that a search may answer with. */
export interface AllowedRows {
  /** Not to be changed. */
  rows: Bitmap;
  /** How many there are. */
  count: number;
  /** Live rows that match the filter and the files, the excluded ids among them. */
  matched: number;
}

/** Returns the rows that are live, match the filter, belong to the files and are not excluded. */
export function allowedRows(
  { cache }: StoreIo,
  plan: Pick<SearchPlan, 'filter' | 'fileIds' | 'excludeIds'>,
  entry: SegmentEntry,
  segment: LoadedSegment,
): AllowedRows {
  if (plan.filter === null && plan.fileIds === null && plan.excludeIds.length === 0) {
    return { rows: liveRows(entry), matched: entry.live, count: entry.live };
  }
  const rows = liveRows(entry).copy();
  if (plan.filter !== null) rows.and(matchingRows(cache, plan.filter, segment));
  if (plan.fileIds !== null) rows.and(rowsOfFiles(segment, plan.fileIds));
  const matched = rows.count();
  for (const id of plan.excludeIds) {
    const row = segment.ids.indexOf(id);
    if (row !== -1) rows.remove(row);
  }
  return { rows, matched, count: plan.excludeIds.length === 0 ? matched : rows.count() };
}

function rowsOfFiles(segment: LoadedSegment, fileIds: string[]): Bitmap {
  const wanted = new Set(fileIds);
  const isWanted = segment.files.map(({ fileId }) => fileId !== null && wanted.has(fileId));
  const rows = new Bitmap(segment.rows);
  if (isWanted.includes(true)) {
    segment.fileCodes.forEach((code, row) => {
      if (isWanted[code] === true) rows.add(row);
    });
  }
  return rows;
}
