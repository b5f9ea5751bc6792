import { inflateRawSync } from 'node:zlib';
import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';

export interface ZipEntry {
  name: string;
  /** Reads the entry; never more bytes than the directory declares. */
  read(): Uint8Array;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
const MAX_COMMENT_BYTES = 65_535;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;

function damaged(problem: string, cause?: unknown): IngestionFailure {
  return new IngestionFailure('CORRUPT_DATA', `The document's ZIP archive is damaged: ${problem}.`, {
    cause,
  });
}

function tooLarge(problem: string): IngestionFailure {
  return new IngestionFailure('PAYLOAD_TOO_LARGE', `The document's ZIP archive is refused: ${problem}.`);
}

function findEnd(view: DataView): number {
  const earliest = Math.max(0, view.byteLength - END_BYTES - MAX_COMMENT_BYTES);
  for (let at = view.byteLength - END_BYTES; at >= earliest; at--) {
    if (view.getUint32(at, true) === END_SIGNATURE) return at;
  }
  throw damaged('it has no directory; the upload may be cut off');
}

interface DirectoryEntry {
  name: string;
  flags: number;
  method: number;
  packedBytes: number;
  unpackedBytes: number;
  headerOffset: number;
  nextOffset: number;
}

function readDirectoryEntry(bytes: Buffer, view: DataView, at: number): DirectoryEntry {
  if (at + ENTRY_BYTES > view.byteLength || view.getUint32(at, true) !== ENTRY_SIGNATURE)
    throw damaged('its directory is broken');
  const nameBytes = view.getUint16(at + 28, true);
  const restBytes = view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  return {
    name: bytes.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes),
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    packedBytes: view.getUint32(at + 20, true),
    unpackedBytes: view.getUint32(at + 24, true),
    headerOffset: view.getUint32(at + 42, true),
    nextOffset: at + ENTRY_BYTES + nameBytes + restBytes,
  };
}

function checkSizes(entries: readonly DirectoryEntry[]): void {
  const { zipUnpackedBytes, zipRatio, zipRatioFromBytes } = INGESTION_LIMITS;
  let total = 0;
  for (const { name, packedBytes, unpackedBytes } of entries) {
    total += unpackedBytes;
    if (unpackedBytes > zipRatioFromBytes && unpackedBytes > packedBytes * zipRatio) {
      throw tooLarge(`"${name.slice(0, 100)}" unpacks to more than ${zipRatio} times its size`);
    }
  }
  if (total > zipUnpackedBytes)
    throw tooLarge(`it unpacks to ${total} bytes; at most ${zipUnpackedBytes} are allowed`);
}

function readEntry(bytes: Buffer, view: DataView, entry: DirectoryEntry): Uint8Array {
  if (entry.flags & ENCRYPTED_FLAG)
    throw new IngestionFailure(
      'UNSUPPORTED_FILE',
      'The document is encrypted; remove its password and upload it again.',
    );
  if (entry.headerOffset + LOCAL_HEADER_BYTES > view.byteLength)
    throw damaged(`"${entry.name}" lies outside of it`);
  const names = view.getUint16(entry.headerOffset + 26, true) + view.getUint16(entry.headerOffset + 28, true);
  const start = entry.headerOffset + LOCAL_HEADER_BYTES + names;
  const packed = bytes.subarray(start, start + entry.packedBytes);
  if (packed.length < entry.packedBytes) throw damaged(`"${entry.name}" is cut off`);
  if (entry.method === STORED) return packed;
  if (entry.method !== DEFLATED)
    throw damaged(`"${entry.name}" is packed by the unknown method ${entry.method}`);
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.unpackedBytes) });
  } catch (error) {
    throw damaged(`"${entry.name}" does not unpack to the size that it declares`, error);
  }
}

/** Opens a ZIP archive in memory; bombs are refused by what the directory declares, and no entry can unpack beyond that. */
export function openZip(given: Uint8Array): ZipEntry[] {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.length);
  const view = new DataView(given.buffer, given.byteOffset, given.length);
  if (given.length < END_BYTES) throw damaged('it is too short');
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  if (count > INGESTION_LIMITS.zipEntries)
    throw tooLarge(`it has ${count} entries; at most ${INGESTION_LIMITS.zipEntries} are allowed`);
  const entries: DirectoryEntry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let index = 0; index < count; index++) {
    const entry = readDirectoryEntry(bytes, view, at);
    entries.push(entry);
    at = entry.nextOffset;
  }
  checkSizes(entries);
  return entries.map((entry) => ({ name: entry.name, read: () => readEntry(bytes, view, entry) }));
}
