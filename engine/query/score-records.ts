import { fillRecords, visitRecords } from '../segment/read-records.ts';
import type { SegmentFile } from '../segment/segment-file.ts';
import type { ResidentArea } from '../segment/vector-residency.ts';
import type { VectorIo } from '../segment/vector-io.ts';
import { SCRATCH, WINDOW_BYTES } from '../kernels/kernels.ts';
import type { ProbeScratch } from './probe-scratch.ts';

/** A row with the kernels' value for it: the dot product, or the negative squared distance. Higher is better. */
export interface ScoredRow {
  row: number;
  raw: number;
}

/** Where the records of a segment are. */
interface RecordSource {
  file: SegmentFile;
  recordBytes: number;
  /** Null when the budget has no room for them. */
  area: ResidentArea | null;
}

/** Scores rows exactly by their f32 values; those that are not resident are read. The caller has pinned the area. */
export async function scoreRecords(
  io: VectorIo,
  { file, recordBytes, area }: RecordSource,
  { rows, scratch }: { rows: Uint32Array; scratch: ProbeScratch },
): Promise<{ rows: ScoredRow[]; hasRead: boolean }> {
  const wanted = Array.from(rows);
  if (area !== null) {
    const hasRead = !wanted.every((row) => area.filled.has(row));
    if (hasRead) await fillRecords(io, { file, recordBytes, rows: wanted }, area);
    const scores = scratch.scoreRows(area.address, { rows, stride: recordBytes });
    return { rows: wanted.map((row, i) => ({ row, raw: scores[i]! })), hasRead };
  }
  const values = new Map<number, Uint8Array>();
  const valueBytes = file.statistics.dimension * 4;
  const hasRead = await visitRecords(io, { file, recordBytes, rows: wanted }, (row, record) => {
    values.set(row, record.slice(0, valueBytes));
  });
  return { rows: scoreThroughWindow(values, { scratch, valueBytes }), hasRead };
}

function scoreThroughWindow(
  values: ReadonlyMap<number, Uint8Array>,
  { scratch, valueBytes }: { scratch: ProbeScratch; valueBytes: number },
): ScoredRow[] {
  const atOnce = Math.floor(WINDOW_BYTES / valueBytes);
  const entries = [...values];
  const scored: ScoredRow[] = [];
  for (let start = 0; start < entries.length; start += atOnce) {
    const part = entries.slice(start, start + atOnce);
    part.forEach(([, bytes], i) => scratch.placeInWindow(bytes, i * valueBytes));
    const numbers = Uint32Array.from(part.keys());
    const scores = scratch.scoreRows(SCRATCH.window, { rows: numbers, stride: valueBytes });
    part.forEach(([row], i) => scored.push({ row, raw: scores[i]! }));
  }
  return scored;
}
