import { loadSegment } from './load-segment.ts';
import { visitRecords } from './read-records.ts';
import { readLabel, type RowLabel } from './row-records.ts';
import { guardFormat, type SegmentFile } from './segment-file.ts';
import { isIndexed, readIndexHeader } from './segment-index.ts';
import { SECTIONS } from './segment-sections.ts';
import type { VectorIo } from './vector-io.ts';

/** Above this share of rows, reading all labels at once costs less than one record for each. */
const MAX_RECORD_SHARE = 0.02;

/** Reads what a search answers about rows: from their records where the segment has an index, else from its sections. */
export async function readLabels(
  io: VectorIo,
  file: SegmentFile,
  rows: readonly number[],
): Promise<Map<number, RowLabel>> {
  if (rows.length === 0) return new Map();
  const isFew = rows.length <= Math.max(16, file.statistics.rows * MAX_RECORD_SHARE);
  if (!isIndexed(file) || !isFew) return readFromSections(io, file, rows);
  const labels = new Map<number, RowLabel>();
  const { recordBytes } = await readIndexHeader(io, file);
  await visitRecords(io, { file, recordBytes, rows }, (row, record) => {
    const label = guardFormat(file.key, () => readLabel(record, file.statistics.dimension));
    if (label !== null) labels.set(row, label);
  });
  const unlabelled = rows.filter((row) => !labels.has(row));
  for (const [row, label] of await readFromSections(io, file, unlabelled)) labels.set(row, label);
  return labels;
}

async function readFromSections(
  io: VectorIo,
  file: SegmentFile,
  rows: readonly number[],
): Promise<Map<number, RowLabel>> {
  if (rows.length === 0) return new Map();
  const { ids, addresses, files, fileCodes } = SECTIONS;
  const segment = await loadSegment(io, file, [ids, addresses, files, fileCodes]);
  return new Map(
    rows.map((row) => {
      const { fileId } = segment.fileOf(row);
      return [row, { id: segment.ids.get(row), address: segment.addresses.get(row), fileId }];
    }),
  );
}
