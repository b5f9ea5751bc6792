import { INGESTION_LIMITS } from '../limits.ts';
import { damagedZip, refusedZip } from './zip-failure.ts';

/** What the directory of an archive says of one entry. */
export interface DirectoryEntry {
  name: string;
  flags: number;
  method: number;
  packedBytes: number;
  unpackedBytes: number;
  headerOffset: number;
  nextOffset: number;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const MAX_COMMENT_BYTES = 65_535;
const ZIP64_FIELD = 1;
const IN_ZIP64 = 0xffffffff;
const MANY_ENTRIES = 0xffff;

function findEnd(view: DataView): number {
  const earliest = Math.max(0, view.byteLength - END_BYTES - MAX_COMMENT_BYTES);
  for (let at = view.byteLength - END_BYTES; at >= earliest; at--) {
    if (view.getUint32(at, true) === END_SIGNATURE) return at;
  }
  throw damagedZip('it has no directory; the upload may be cut off');
}

/** Writers that do not know sizes beforehand keep them in an extra field of 64-bit numbers, in this order, those alone that do not fit. */
function readZip64(view: DataView, start: number, end: number, fields: number[]): number[] {
  for (let at = start; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== ZIP64_FIELD) continue;
    let from = at + 4;
    const to = Math.min(end, from + view.getUint16(at + 2, true));
    return fields.map((value) => {
      if (value !== IN_ZIP64 || from + 8 > to) return value;
      from += 8;
      return Number(view.getBigUint64(from - 8, true));
    });
  }
  return fields;
}

/** Names are UTF-8 today; older writers used the code page of their machine. */
function decodeName(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

function readDirectoryEntry(bytes: Buffer, view: DataView, at: number): DirectoryEntry {
  if (at + ENTRY_BYTES > view.byteLength || view.getUint32(at, true) !== ENTRY_SIGNATURE)
    throw damagedZip('its directory is broken');
  const nameEnd = at + ENTRY_BYTES + view.getUint16(at + 28, true);
  const extraEnd = nameEnd + view.getUint16(at + 30, true);
  const nextOffset = extraEnd + view.getUint16(at + 32, true);
  if (nextOffset > view.byteLength) throw damagedZip('its directory is cut off');
  const sizes = [24, 20, 42].map((offset) => view.getUint32(at + offset, true));
  const [unpackedBytes = 0, packedBytes = 0, headerOffset = 0] = readZip64(view, nameEnd, extraEnd, sizes);
  return {
    name: decodeName(bytes.subarray(at + ENTRY_BYTES, nameEnd)),
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    packedBytes,
    unpackedBytes,
    headerOffset,
    nextOffset,
  };
}

/** Reads the directory of an archive in memory. */
export function readZipDirectory(bytes: Buffer, view: DataView): DirectoryEntry[] {
  if (bytes.length < END_BYTES) throw damagedZip('it is too short');
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  if (count > INGESTION_LIMITS.zipEntries) {
    const shown = count === MANY_ENTRIES ? `${count} or more` : String(count);
    throw refusedZip(`it has ${shown} entries; at most ${INGESTION_LIMITS.zipEntries} are allowed`);
  }
  const entries: DirectoryEntry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let index = 0; index < count; index++) {
    const entry = readDirectoryEntry(bytes, view, at);
    entries.push(entry);
    at = entry.nextOffset;
  }
  return entries;
}
