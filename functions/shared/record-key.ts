import { randomBytes } from 'node:crypto';

/** U+001F, the unit separator: ids hold no control characters, so that it cannot occur in them. */
const SEPARATOR = '\u001f';
const OWN_VECTORS = '-';
const VERSION_DIGITS = 6;
const CHUNK_DIGITS = 8;
const CHUNK_ID = /^([0-9a-f-]{36}):([0-9]+):([0-9]+)$/;

/** The write id of everything that ingestion writes: its names are deterministic. */
export const INGESTION_WRITE_ID = '0';

/** A sort key holds 1,024 bytes: the id in UTF-8, the separator and the write id. */
export const MAX_ID_BYTES = 1_000;

/** The database and generation that a record belongs to. */
export interface RecordScope {
  databaseId: string;
  generation: number;
}

/** The key of one item of the VectorData table. */
export interface RecordKey {
  pk: string;
  sk: string;
}

interface ChunkId {
  fileId: string;
  fileVersion: number;
  chunkIndex: number;
}

/** Returns the id of a chunk: `<fileId>:<version>:<chunk>`. */
export function formatChunkId({ fileId, fileVersion, chunkIndex }: ChunkId): string {
  return `${fileId}:${fileVersion}:${chunkIndex}`;
}

/** Returns the parts of a chunk's id, or null when the id is not of that form (and so a vector of its own). */
export function parseChunkId(id: string): ChunkId | null {
  const match = CHUNK_ID.exec(id);
  if (!match) return null;
  return { fileId: match[1] as string, fileVersion: Number(match[2]), chunkIndex: Number(match[3]) };
}

/** Returns the partition key of a file's chunks, or of the vectors that belong to no file. */
export function recordPartition({ databaseId, generation }: RecordScope, fileId: string | null): string {
  return `${databaseId}#g${generation}#${fileId ?? OWN_VECTORS}`;
}

/** Returns what every sort key of a chunk of this file version starts with. */
export function chunkSortPrefix(fileVersion: number): string {
  return `v${String(fileVersion).padStart(VERSION_DIGITS, '0')}#`;
}

/**
 * Returns the key of the record of `id` that the write `writeId` made. The engine's `address` of a row is
 * that `writeId`: with the id it names the record exactly.
 */
export function recordKey(scope: RecordScope, id: string, writeId: string): RecordKey {
  const chunk = parseChunkId(id);
  if (!chunk) return { pk: recordPartition(scope, null), sk: `${id}${SEPARATOR}${writeId}` };
  const chunkIndex = String(chunk.chunkIndex).padStart(CHUNK_DIGITS, '0');
  const sk = `${chunkSortPrefix(chunk.fileVersion)}${chunkIndex}${SEPARATOR}${writeId}`;
  return { pk: recordPartition(scope, chunk.fileId), sk };
}

/** Returns the id and write of a record's key. */
export function parseRecordKey({ pk, sk }: RecordKey): { id: string; writeId: string } {
  const partition = /^[^#]+#g[0-9]+#(.+)$/.exec(pk)?.[1];
  const separatorAt = sk.lastIndexOf(SEPARATOR);
  if (partition === undefined || separatorAt < 1) {
    throw new Error(`"${pk}" and "${sk}" are not the key of a record.`);
  }
  const name = sk.slice(0, separatorAt);
  const writeId = sk.slice(separatorAt + 1);
  if (partition === OWN_VECTORS) return { id: name, writeId };
  const [fileVersion, chunkIndex] = name.slice(1).split('#').map(Number);
  if (!Number.isInteger(fileVersion) || !Number.isInteger(chunkIndex)) {
    throw new Error(`"${sk}" is not the sort key of a chunk.`);
  }
  const chunk = { fileId: partition, fileVersion: fileVersion as number, chunkIndex: chunkIndex as number };
  return { id: formatChunkId(chunk), writeId };
}

/** Returns a new write id: millisecond time in 12 hex digits, so that ids sort by time, and 8 random hex digits. */
export function createWriteId(nowMs: number): string {
  return `${nowMs.toString(16).padStart(12, '0')}-${randomBytes(4).toString('hex')}`;
}

/** Returns whether a record can be kept under an id: its sort key must not be too long, nor be the one of another id. */
export function isStorableId(id: string): boolean {
  const chunk = parseChunkId(id);
  const isItsOnlySpelling = id.isWellFormed() && (chunk === null || formatChunkId(chunk) === id);
  return isItsOnlySpelling && Buffer.byteLength(id) <= MAX_ID_BYTES;
}
