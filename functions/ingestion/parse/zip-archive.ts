import { inflateRawSync } from 'node:zlib';
import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { type DirectoryEntry, readZipDirectory } from './zip-directory.ts';
import { damagedZip, refusedZip } from './zip-failure.ts';

export interface ZipEntry {
  /** A name within the archive, never a path on a machine: nothing is ever written under it. */
  name: string;
  sizeBytes: number;
  /** Reads the entry; never more bytes than the directory declares. */
  read(): Uint8Array;
}

/** What an archive and the archives within it may still unpack to. */
export interface UnpackBudget {
  bytes: number;
}

/** Returns the whole budget of one upload. */
export function newUnpackBudget(): UnpackBudget {
  return { bytes: INGESTION_LIMITS.zipUnpackedBytes };
}

const LOCAL_HEADER_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;

function checkSizes(entries: readonly DirectoryEntry[], budget: UnpackBudget): void {
  const { zipUnpackedBytes, zipRatio, zipRatioFromBytes } = INGESTION_LIMITS;
  let total = 0;
  for (const { name, packedBytes, unpackedBytes } of entries) {
    total += unpackedBytes;
    if (unpackedBytes > zipRatioFromBytes && unpackedBytes > packedBytes * zipRatio) {
      throw refusedZip(`"${name.slice(0, 100)}" unpacks to more than ${zipRatio} times its size`);
    }
  }
  if (total > budget.bytes) {
    throw refusedZip(`it unpacks to ${total} bytes; at most ${zipUnpackedBytes} are allowed in one file`);
  }
  budget.bytes -= total;
}

/** Programs disagree on which of two entries with one name they open: what one shows would not be what another finds. */
function checkNames(entries: readonly DirectoryEntry[]): void {
  const names = new Set<string>();
  for (const { name } of entries) {
    // Folders have no content that could differ.
    if (name.endsWith('/')) continue;
    if (names.has(name)) throw damagedZip(`it has two entries named "${name.slice(0, 100)}"`);
    names.add(name);
  }
}

function readEntry(bytes: Buffer, view: DataView, entry: DirectoryEntry): Uint8Array {
  if (entry.flags & ENCRYPTED_FLAG)
    throw new IngestionFailure(
      'UNSUPPORTED_FILE',
      'The document is encrypted; remove its password and upload it again.',
    );
  if (entry.headerOffset + LOCAL_HEADER_BYTES > view.byteLength)
    throw damagedZip(`"${entry.name}" lies outside of it`);
  const names = view.getUint16(entry.headerOffset + 26, true) + view.getUint16(entry.headerOffset + 28, true);
  const start = entry.headerOffset + LOCAL_HEADER_BYTES + names;
  const packed = bytes.subarray(start, start + entry.packedBytes);
  if (packed.length < entry.packedBytes) throw damagedZip(`"${entry.name}" is cut off`);
  if (entry.method === STORED) return packed;
  if (entry.method !== DEFLATED)
    throw new IngestionFailure(
      'UNSUPPORTED_FILE',
      `"${entry.name.slice(0, 100)}" is packed by the method ${entry.method} of ZIP; only stored and deflated files can be read.`,
    );
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.unpackedBytes) });
  } catch (error) {
    throw damagedZip(`"${entry.name}" does not unpack to the size that it declares`, error);
  }
}

/** Opens a ZIP archive in memory; bombs are refused by what the directory declares, and no entry can unpack beyond that. */
export function openZip(given: Uint8Array, budget: UnpackBudget = newUnpackBudget()): ZipEntry[] {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.length);
  const view = new DataView(given.buffer, given.byteOffset, given.length);
  const entries = readZipDirectory(bytes, view);
  checkNames(entries);
  checkSizes(entries, budget);
  return entries.map((entry) => ({
    name: entry.name,
    sizeBytes: entry.unpackedBytes,
    read: () => readEntry(bytes, view, entry),
  }));
}
