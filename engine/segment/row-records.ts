import { FormatProblem } from '../format/byte-reader.ts';
import { checksumOf } from '../format/checksum.ts';
import type { SegmentContent } from './segment-content.ts';

/** What a search answers about a row besides its score. */
export interface RowLabel {
  id: string;
  address: string;
  fileId: string | null;
}

/** Longer labels are left out of the records: they stand in the sections of ids, addresses and files only. */
const MAX_LABEL_BYTES = 256;
const LABEL_HEADER_BYTES = 6;
/** In place of a length: there is none, or the label was left out. */
const NONE = 0xffff;
const CHECKSUM_BYTES = 4;
/** Records of one checksum block and one part: about this many bytes. */
const PART_BYTES = 1 << 20;

/**
 * The `records` section: for each row its f32 values, its label (three u16 lengths, then the UTF-8 of id, address and file id) and
 * the CRC-32 of what stands before. So a search that reads a row has verified it and can answer it.
 */
export interface RecordSection {
  recordBytes: number;
  blockBytes: number;
  length: number;
  parts: () => Generator<Uint8Array>;
}

/** Returns the least number of bytes that a record can have. */
export function minRecordBytes(dimension: number): number {
  return dimension * 4 + LABEL_HEADER_BYTES + CHECKSUM_BYTES;
}

/** Lays out the records of a segment; the bytes are made part by part. */
export function layOutRecords(content: SegmentContent): RecordSection {
  const rows = content.ids.length;
  const { dimension } = content;
  let longest = 0;
  for (let row = 0; row < rows; row++) longest = Math.max(longest, labelBytes(content, row));
  const room = Math.ceil((LABEL_HEADER_BYTES + Math.min(longest, MAX_LABEL_BYTES)) / 4) * 4;
  const recordBytes = dimension * 4 + room + CHECKSUM_BYTES;
  const perPart = Math.max(1, Math.floor(PART_BYTES / recordBytes));
  return {
    recordBytes,
    blockBytes: perPart * recordBytes,
    length: rows * recordBytes,
    *parts() {
      for (let first = 0; first < rows; first += perPart) {
        const part = new Uint8Array(Math.min(perPart, rows - first) * recordBytes);
        for (let at = 0; at < part.length; at += recordBytes) {
          writeRecord(content, first + at / recordBytes, part.subarray(at, at + recordBytes));
        }
        yield part;
      }
    },
  };
}

function labelBytes({ ids, addresses, fileIds }: SegmentContent, row: number): number {
  return (
    Buffer.byteLength(ids[row]!) + Buffer.byteLength(addresses[row]!) + Buffer.byteLength(fileIds[row] ?? '')
  );
}

function writeRecord(content: SegmentContent, row: number, record: Uint8Array): void {
  const { dimension, values } = content;
  const end = record.length - CHECKSUM_BYTES;
  const vector = values.subarray(row * dimension, (row + 1) * dimension);
  record.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
  const label = Buffer.from(record.buffer, record.byteOffset + dimension * 4, end - dimension * 4);
  const fileId = content.fileIds[row] ?? null;
  if (LABEL_HEADER_BYTES + labelBytes(content, row) > label.length) {
    label.writeUInt16LE(NONE, 0);
  } else {
    let at = LABEL_HEADER_BYTES;
    [content.ids[row]!, content.addresses[row]!, fileId].forEach((text, i) => {
      const length = text === null ? 0 : label.write(text, at);
      label.writeUInt16LE(text === null ? NONE : length, i * 2);
      at += length;
    });
  }
  new DataView(record.buffer, record.byteOffset).setUint32(end, checksumOf(record.subarray(0, end)), true);
}

/** Returns whether a record is as it was written. */
export function isIntact(record: Uint8Array): boolean {
  const end = record.length - CHECKSUM_BYTES;
  const stored = new DataView(record.buffer, record.byteOffset).getUint32(end, true);
  return checksumOf(record.subarray(0, end)) === stored;
}

/** Reads the label of a record; null when it was too long for records. */
export function readLabel(record: Uint8Array, dimension: number): RowLabel | null {
  const start = record.byteOffset + dimension * 4;
  const label = Buffer.from(record.buffer, start, record.length - dimension * 4 - CHECKSUM_BYTES);
  const [id, address, file] = [0, 2, 4].map((at) => label.readUInt16LE(at)) as [number, number, number];
  if (id === NONE) return null;
  const fileBytes = file === NONE ? 0 : file;
  if (LABEL_HEADER_BYTES + id + address + fileBytes > label.length) {
    throw new FormatProblem('the label of a record is longer than the record');
  }
  const text = (at: number, length: number): string => label.toString('utf8', at, at + length);
  const addressAt = LABEL_HEADER_BYTES + id;
  return {
    id: text(LABEL_HEADER_BYTES, id),
    address: text(addressAt, address),
    fileId: file === NONE ? null : text(addressAt + address, file),
  };
}
