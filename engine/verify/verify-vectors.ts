import { blockBytes, BLOCK_SLOTS } from '../index/encode-list.ts';
import { Bitmap } from '../format/bitmap.ts';
import { loadSegment, type LoadedSegment } from '../segment/load-segment.ts';
import { readLists } from '../segment/read-lists.ts';
import { isIntact, readLabel } from '../segment/row-records.ts';
import type { SegmentFile } from '../segment/segment-file.ts';
import { readIndexHeader } from '../segment/segment-index.ts';
import { SECTIONS } from '../segment/segment-sections.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { readPieces } from './read-pieces.ts';

/** Vectors under COSINE are scaled in f32. */
const LENGTH_TOLERANCE = 1e-3;
/** Lists that are asked for at a time. */
const LISTS_AT_ONCE = 64;

/** Verifies the plain rows of a segment; returns what is wrong with the first wrong one. */
export async function verifyRows(io: StoreIo, file: SegmentFile): Promise<string[]> {
  const { rows, dimension } = file.statistics;
  const { length } = file.entries.get(SECTIONS.vectors)!;
  if (length !== rows * dimension * 4) return [`its vectors do not fit ${rows} rows of ${dimension} values`];
  const problems: string[] = [];
  let row = 0;
  // A row may lie in two pieces.
  let rest: Uint8Array = new Uint8Array(0);
  await readPieces(io, file, SECTIONS.vectors, (piece) => {
    const bytes = Uint8Array.from(Buffer.concat([rest, piece]));
    const whole = Math.floor(bytes.length / (dimension * 4));
    const values = new Float32Array(bytes.buffer, 0, whole * dimension);
    for (let i = 0; i < whole; i++, row++) {
      problems.push(...lengthProblem(file, row, values.subarray(i * dimension, (i + 1) * dimension)));
    }
    rest = bytes.subarray(whole * dimension * 4);
  });
  return problems.slice(0, 1);
}

/** Verifies the records of an indexed segment: their own checksums, their values, and their labels against the other sections. */
export async function verifyRecords(io: StoreIo, file: SegmentFile): Promise<string[]> {
  const { dimension } = file.statistics;
  const { recordBytes } = await readIndexHeader(io, file);
  const { ids, addresses, files, fileCodes } = SECTIONS;
  const segment = await loadSegment(io, file, [ids, addresses, files, fileCodes]);
  if (file.entries.get(SECTIONS.records)!.blockBytes % recordBytes !== 0) {
    return [`its records of ${recordBytes} bytes do not fit their checksum blocks`];
  }
  const problems: string[] = [];
  let row = 0;
  await readPieces(io, file, SECTIONS.records, (piece) => {
    for (let at = 0; at < piece.length && problems.length === 0; at += recordBytes, row++) {
      const record = piece.slice(at, at + recordBytes);
      if (!isIntact(record)) problems.push(`the record of row ${row} has a wrong checksum`);
      else
        problems.push(
          ...lengthProblem(file, row, new Float32Array(record.buffer, 0, dimension)),
          ...labelProblem(segment, row, record),
        );
    }
  });
  return problems;
}

/** Verifies the lists of an index: their own checksums, and that a search can find every row in one of them. */
export async function verifyLists(io: StoreIo, file: SegmentFile): Promise<string[]> {
  await readPieces(io, file, SECTIONS.codes, () => undefined);
  const header = await readIndexHeader(io, file);
  const { dimension } = header.rotation;
  const { rows } = file.statistics;
  const found = new Bitmap(rows);
  const size = blockBytes(dimension);
  const all = Array.from(header.listBlocks, (_, list) => list);
  for (let start = 0; start < all.length; start += LISTS_AT_ONCE) {
    const lists = all.slice(start, start + LISTS_AT_ONCE);
    await readLists(io, { file, header, lists }, (_, bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let block = dimension * 4 + size; block <= bytes.length; block += size) {
        for (let at = block - BLOCK_SLOTS * 4; at < block; at += 4) {
          const row = view.getUint32(at, true);
          if (row < rows) found.add(row);
        }
      }
    });
  }
  const missing = rows - found.count();
  return missing === 0 ? [] : [`${missing} rows are in none of the lists of its index`];
}

function lengthProblem(file: SegmentFile, row: number, values: Float32Array): string[] {
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  const isUnit = file.statistics.metric !== 'COSINE' || Math.abs(squares - 1) < LENGTH_TOLERANCE;
  return Number.isFinite(squares) && isUnit
    ? []
    : [`the vector of row ${row} has the squared length ${squares}`];
}

function labelProblem(segment: LoadedSegment, row: number, record: Uint8Array): string[] {
  const label = readLabel(record, segment.file.statistics.dimension);
  if (label === null) return [];
  const { id, address, fileId } = label;
  const isRight =
    id === segment.ids.get(row) &&
    address === segment.addresses.get(row) &&
    fileId === segment.fileOf(row).fileId;
  return isRight ? [] : [`the record of row ${row} has another label than the row`];
}
