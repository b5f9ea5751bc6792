import { SCRATCH, WINDOW_BYTES } from '../kernels/kernels.ts';
import { readRecordValues, visitRecordValues } from './read-records.ts';
import { isIndexed } from './segment-index.ts';
import { loadSegment } from './load-segment.ts';
import {
  guardFormat,
  readSectionPart,
  readSections,
  sectionEntry,
  type SegmentFile,
} from './segment-file.ts';
import { SECTIONS } from './segment-sections.ts';
import type { VectorIo } from './vector-io.ts';
import { FormatProblem } from '../format/byte-reader.ts';

/** Rows that stand at `address` of the kernels' memory during the call. */
export interface RowBlock {
  address: number;
  firstRow: number;
  rowCount: number;
}

/** Below this, rows live in the object cache and are copied to the kernels when they are scored. */
const SMALL_BYTES = 65_536;
/** Rows of a segment that does not fit into the kernels' memory are fetched in pieces of this size. */
const PIECE_BYTES = 16 << 20;

/**
 * Calls `visit` for consecutive blocks of all rows of a segment. `visit` must not keep anything in the scratch areas between
 * calls: another search may run in between.
 */
export async function visitRows(
  io: VectorIo,
  file: SegmentFile,
  visit: (block: RowBlock) => void,
): Promise<void> {
  const { rows, dimension } = file.statistics;
  if (isIndexed(file)) {
    await visitRecords(io, file, visit);
    return;
  }
  const bytes = rows * dimension * 4;
  if (sectionEntry(file, SECTIONS.vectors).length !== bytes) {
    guardFormat(file.key, () => {
      throw new FormatProblem(`its vectors do not fit ${rows} rows of ${dimension} values`);
    });
  }
  if (bytes <= SMALL_BYTES) {
    visitThroughWindow(
      io,
      { rows: (await loadSegment(io, file, [SECTIONS.vectors])).vectors, firstRow: 0, dimension },
      visit,
    );
    return;
  }
  const read = io.vectors.find(file.key) === null ? await readResidents(io, file) : null;
  // Nothing may be awaited between this and `visit`: another search could then place its rows where these are.
  const address = read === null ? findRows(io, file) : placeRows(io, file, read);
  if (address !== null) visit({ address, firstRow: 0, rowCount: rows });
  else await visitInPieces(io, file, visit);
}

/** Visits the rows of an indexed segment, which stand in its records: piece by piece, through the window. */
async function visitRecords(
  io: VectorIo,
  file: SegmentFile,
  visit: (block: RowBlock) => void,
): Promise<void> {
  const { dimension } = file.statistics;
  await visitRecordValues(io, file, (firstRow, rows) => {
    visitThroughWindow(io, { rows, firstRow, dimension }, visit);
  });
}

function findRows(io: VectorIo, file: SegmentFile): number | null {
  return io.vectors.find(file.key)?.address ?? null;
}

function placeRows(io: VectorIo, file: SegmentFile, rows: Float32Array): number | null {
  const area = io.vectors.reserve(file.key, { bytes: rows.byteLength, units: 1 });
  if (area === null) return null;
  if (!area.filled.has(0)) {
    new Float32Array(io.kernels.arena.memory.buffer(), area.address, rows.length).set(rows);
    area.filled.add(0);
  }
  return area.address;
}

/** Reads all rows of a segment that fits into the kernels' memory; null when it does not. */
async function readResidents(io: VectorIo, file: SegmentFile): Promise<Float32Array | null> {
  if (sectionEntry(file, SECTIONS.vectors).length > io.vectors.budgetBytes) return null;
  const bytes = await io.cache.once(`${file.key}#${SECTIONS.vectors}`, async () => {
    const [read] = await readSections(io, file, [SECTIONS.vectors]);
    return read!;
  });
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

async function visitInPieces(
  io: VectorIo,
  file: SegmentFile,
  visit: (block: RowBlock) => void,
): Promise<void> {
  const { dimension } = file.statistics;
  await visitValues(io, file, (firstRow, rows) => {
    visitThroughWindow(io, { rows, firstRow, dimension }, visit);
  });
}

/** Calls `visit` with the values of all rows, some consecutive rows at a time, in order. They are read past the caches. */
export async function visitValues(
  io: VectorIo,
  file: SegmentFile,
  visit: (firstRow: number, values: Float32Array) => void,
): Promise<void> {
  if (isIndexed(file)) {
    await visitRecordValues(io, file, visit);
    return;
  }
  const { rows, dimension } = file.statistics;
  const rowsPerPiece = Math.max(1, Math.floor(PIECE_BYTES / (dimension * 4)));
  for (let firstRow = 0; firstRow < rows; firstRow += rowsPerPiece) {
    const count = Math.min(rowsPerPiece, rows - firstRow);
    const part = { offset: firstRow * dimension * 4, length: count * dimension * 4 };
    const bytes = await readSectionPart(io, file, SECTIONS.vectors, part);
    visit(firstRow, new Float32Array(bytes.buffer, bytes.byteOffset, count * dimension));
  }
}

function visitThroughWindow(
  { kernels }: VectorIo,
  { rows, firstRow, dimension }: { rows: Float32Array; firstRow: number; dimension: number },
  visit: (block: RowBlock) => void,
): void {
  const rowCount = rows.length / dimension;
  const step = Math.floor(WINDOW_BYTES / (dimension * 4));
  for (let start = 0; start < rowCount; start += step) {
    const part = rows.subarray(start * dimension, Math.min(rowCount, start + step) * dimension);
    new Float32Array(kernels.arena.memory.buffer(), SCRATCH.window, part.length).set(part);
    visit({ address: SCRATCH.window, firstRow: firstRow + start, rowCount: part.length / dimension });
  }
}

/** Reads the values of single rows, as copies. */
export async function readRowValues(
  io: VectorIo,
  file: SegmentFile,
  rows: readonly number[],
): Promise<Float32Array[]> {
  const { dimension } = file.statistics;
  if (isIndexed(file)) return readRecordValues(io, file, rows);
  const address = findRows(io, file);
  if (address !== null) {
    const memory = io.kernels.arena.memory.buffer();
    return rows.map((row) => new Float32Array(memory, address + row * dimension * 4, dimension).slice());
  }
  if (sectionEntry(file, SECTIONS.vectors).length <= SMALL_BYTES) {
    const { vectors } = await loadSegment(io, file, [SECTIONS.vectors]);
    return rows.map((row) => vectors.slice(row * dimension, (row + 1) * dimension));
  }
  return readRowParts(io, file, rows);
}

/** Groups rows that lie within one piece of the section, so that each piece is read once. */
async function readRowParts(
  io: VectorIo,
  file: SegmentFile,
  rows: readonly number[],
): Promise<Float32Array[]> {
  const rowBytes = file.statistics.dimension * 4;
  const found = new Map<number, Float32Array>();
  const pending = [...new Set(rows)].sort((a, b) => a - b);
  while (pending.length > 0) {
    const first = pending[0]!;
    const beyond = pending.findIndex((row) => (row - first) * rowBytes > SMALL_BYTES);
    const group = pending.splice(0, beyond === -1 ? pending.length : beyond);
    const length = (group.at(-1)! - first + 1) * rowBytes;
    const bytes = await readSectionPart(io, file, SECTIONS.vectors, { offset: first * rowBytes, length });
    for (const row of group)
      found.set(
        row,
        new Float32Array(bytes.buffer, bytes.byteOffset + (row - first) * rowBytes, rowBytes / 4).slice(),
      );
  }
  return rows.map((row) => found.get(row)!);
}
