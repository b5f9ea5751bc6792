import { corruptData } from '../errors/vector-db-error.ts';
import { mapLimited } from '../storage/map-limited.ts';
import { isIntact } from './row-records.ts';
import { readRange, sectionEntry, type SegmentFile } from './segment-file.ts';
import { readIndexHeader } from './segment-index.ts';
import { SECTIONS } from './segment-sections.ts';
import type { ResidentArea } from './vector-residency.ts';
import type { VectorIo } from './vector-io.ts';

/** Reads of one segment under way at a time: one round for a usual search. */
const CONCURRENCY = 128;
/** Records whose gap is below this are read together, and so are the ones between. */
const GAP_BYTES = 8192;
/** The longest single read. */
const MAX_RANGE_BYTES = 8 << 20;

/** Records of a segment, by row. */
export interface RecordRead {
  file: SegmentFile;
  recordBytes: number;
  rows: readonly number[];
}

/** Fills the records that an area lacks. */
export async function fillRecords(io: VectorIo, read: RecordRead, area: ResidentArea): Promise<void> {
  const rows = read.rows.filter((row) => !area.filled.has(row));
  if (rows.length === 0) return;
  await readRecords(io, { ...read, rows }, (row, record) => {
    const at = area.address + row * read.recordBytes;
    new Uint8Array(io.kernels.arena.memory.buffer(), at, record.length).set(record);
    area.filled.add(row);
  });
}

/**
 * Calls `visit` with some records, in any order: those that are resident or were read lately, then those that are read now. What has
 * no room among the resident ones stays in the cache for a while, so that an answer is made of what was scored. Returns whether any
 * had to be read. `visit` must copy what it keeps.
 */
export async function visitRecords(
  io: VectorIo,
  read: RecordRead,
  visit: (row: number, record: Uint8Array) => void,
): Promise<boolean> {
  const { file, recordBytes } = read;
  const area = io.vectors.find(file.partKeys.records);
  const missing: number[] = [];
  for (const row of read.rows) {
    const known =
      area === null
        ? (io.cache.get(recordKey(file, row)) as Uint8Array | undefined)
        : area.filled.has(row)
          ? residentRecord(io, { area, row, recordBytes })
          : undefined;
    if (known === undefined) missing.push(row);
    else visit(row, known);
  }
  if (missing.length === 0) return false;
  await readRecords(io, { ...read, rows: missing }, (row, record) => {
    if (area === null) io.cache.set(recordKey(file, row), record.slice(), recordBytes);
    visit(row, record);
  });
  return true;
}

function recordKey(file: SegmentFile, row: number): string {
  return `${file.partKeys.records}:${row}`;
}

/** Reads and verifies records; `visit` gets them in any order, and must copy what it keeps. */
export async function readRecords(
  io: VectorIo,
  { file, recordBytes, rows }: RecordRead,
  visit: (row: number, record: Uint8Array) => void,
): Promise<void> {
  const { offset: sectionAt } = sectionEntry(file, SECTIONS.records);
  await mapLimited(spansOf(rows, recordBytes), CONCURRENCY, async (span) => {
    const first = span[0]!;
    const length = (span.at(-1)! - first + 1) * recordBytes;
    const bytes = await readRange(io, file, { offset: sectionAt + first * recordBytes, length });
    for (const row of span) {
      const at = (row - first) * recordBytes;
      const record = bytes.subarray(at, at + recordBytes);
      if (!isIntact(record)) throw corruptData(file.key, `the record of row ${row} has a wrong checksum`);
      visit(row, record);
    }
  });
}

/** Groups rows (ascending, distinct) that are worth one read. */
function spansOf(rows: readonly number[], recordBytes: number): number[][] {
  const spans: number[][] = [];
  for (const row of [...new Set(rows)].sort((a, b) => a - b)) {
    const last = spans.at(-1);
    const isNear = last !== undefined && (row - last.at(-1)! - 1) * recordBytes <= GAP_BYTES;
    if (isNear && (row - last[0]! + 1) * recordBytes <= MAX_RANGE_BYTES) last.push(row);
    else spans.push([row]);
  }
  return spans;
}

/** Bytes of records that are read at a time when all are. */
const PIECE_BYTES = 8 << 20;

/** Calls `visit` with the values of all rows, some consecutive rows at a time, in order. The values are a copy. */
export async function visitRecordValues(
  io: VectorIo,
  file: SegmentFile,
  visit: (firstRow: number, values: Float32Array) => void,
): Promise<void> {
  const { rows, dimension } = file.statistics;
  const { recordBytes } = await readIndexHeader(io, file);
  const area = io.vectors.find(file.partKeys.records);
  const atOnce = Math.max(1, Math.floor(PIECE_BYTES / recordBytes));
  if (area !== null) area.pins += 1;
  try {
    for (let firstRow = 0; firstRow < rows; firstRow += atOnce) {
      const count = Math.min(atOnce, rows - firstRow);
      const values = new Float32Array(count * dimension);
      const take = (row: number, record: Uint8Array): void => {
        copyValues(record, { to: values, at: (row - firstRow) * dimension, dimension });
      };
      const missing: number[] = [];
      for (let row = firstRow; row < firstRow + count; row++) {
        if (area?.filled.has(row) === true) take(row, residentRecord(io, { area, row, recordBytes }));
        else missing.push(row);
      }
      if (missing.length > 0) await readRecords(io, { file, recordBytes, rows: missing }, take);
      visit(firstRow, values);
    }
  } finally {
    if (area !== null) area.pins -= 1;
  }
}

/** Reads the values of single rows, as copies. */
export async function readRecordValues(
  io: VectorIo,
  file: SegmentFile,
  rows: readonly number[],
): Promise<Float32Array[]> {
  const { dimension } = file.statistics;
  const { recordBytes } = await readIndexHeader(io, file);
  const found = new Map<number, Float32Array>();
  await visitRecords(io, { file, recordBytes, rows }, (row, record) => {
    const values = new Float32Array(dimension);
    copyValues(record, { to: values, at: 0, dimension });
    found.set(row, values);
  });
  return rows.map((row) => found.get(row)!);
}

/** Returns the record of a row that is resident; it is valid until something is awaited. */
function residentRecord(
  io: VectorIo,
  { area, row, recordBytes }: { area: ResidentArea; row: number; recordBytes: number },
): Uint8Array {
  return new Uint8Array(io.kernels.arena.memory.buffer(), area.address + row * recordBytes, recordBytes);
}

/** Copies the values of a record, which need not be aligned. */
function copyValues(
  record: Uint8Array,
  { to, at, dimension }: { to: Float32Array; at: number; dimension: number },
): void {
  const bytes = new Uint8Array(to.buffer, to.byteOffset + at * 4, dimension * 4);
  bytes.set(record.subarray(0, dimension * 4));
}
