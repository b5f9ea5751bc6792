import type { Metadata, StoredRow } from '../api.ts';
import { columnValue } from '../index/column.ts';
import { IdSet } from '../manifest/id-summary.ts';
import type { Manifest, SegmentEntry } from '../manifest/manifest.ts';
import { openEntry } from '../manifest/open-entry.ts';
import { findLiveRows, SEGMENT_CONCURRENCY } from '../manifest/segment-index.ts';
import { loadSegment, type LoadedSegment } from '../segment/load-segment.ts';
import { COLUMN_PREFIX, SECTIONS } from '../segment/segment-sections.ts';
import type { VectorIo } from '../segment/vector-io.ts';
import { readRowValues } from '../segment/visit-rows.ts';
import { mapLimited } from '../storage/map-limited.ts';

/** Returns the live rows with one of `ids`, in the order of `ids`. */
export async function readStoredRows(
  io: VectorIo,
  manifest: Manifest,
  ids: readonly string[],
): Promise<StoredRow[]> {
  const wanted = new IdSet(ids);
  const found = new Map<string, StoredRow>();
  await mapLimited(manifest.segments, SEGMENT_CONCURRENCY, async (entry) => {
    for (const row of await readFromSegment(io, entry, wanted)) found.set(row.id, row);
  });
  return [...new Set(ids)].flatMap((id) => found.get(id) ?? []);
}

async function readFromSegment(io: VectorIo, entry: SegmentEntry, wanted: IdSet): Promise<StoredRow[]> {
  const rows = await findLiveRows(io, entry, wanted);
  if (rows.length === 0) return [];
  const file = await openEntry(io, entry);
  const columns = file.statistics.fields.map(({ name }) => COLUMN_PREFIX + name);
  const names = [SECTIONS.ids, SECTIONS.addresses, SECTIONS.files, SECTIONS.fileCodes, ...columns];
  const segment = await loadSegment(io, file, names);
  const values = await readRowValues(io, file, rows);
  return rows.map((row, i) => ({
    id: segment.ids.get(row),
    address: segment.addresses.get(row),
    ...segment.fileOf(row),
    values: values[i]!,
    metadata: metadataOf(segment, row),
  }));
}

function metadataOf(segment: LoadedSegment, row: number): Metadata {
  const metadata: Metadata = {};
  for (const { name } of segment.file.statistics.fields) {
    const column = segment.column(name);
    const value = column === null ? undefined : columnValue(column, row);
    if (value !== undefined) metadata[name] = value;
  }
  return metadata;
}
