import type { DatabaseItem, FileItem, RecordItem } from './items.ts';

/** U+001F, the unit separator: it ends the name in a record's sort key, before the write id. */
export const UNIT_SEPARATOR = '\u001f';

/** Returns the partition of a file's chunks, or of the vectors that belong to no file. */
export function recordPartition(database: DatabaseItem, fileId: string | null): string {
  return `${database.id}#g${database.generation}#${fileId ?? '-'}`;
}

/** Returns what every sort key of this version's chunks begins with. */
export function chunkPrefix(fileVersion: number): string {
  return `v${`000000${fileVersion}`.slice(-6)}#`;
}

/** Returns a chunk's number as sort keys spell it. */
export function chunkDigits(chunkIndex: number): string {
  return `00000000${chunkIndex}`.slice(-8);
}

/** Returns whether the write of a record has been committed. */
export function isCommitted(database: DatabaseItem, record: RecordItem): boolean {
  return (database.pendingWrites ?? []).indexOf(record.writeId) < 0;
}

/** Returns the newest committed record of one id from its records, newest first; null when there is none or it was deleted. */
export function newestRecord(database: DatabaseItem, records: RecordItem[]): RecordItem | null {
  const newest = records.find((record) => isCommitted(database, record));
  return newest && !newest.isDeleted ? newest : null;
}

/** Returns whether a file has chunks that can be read: not before its first version, and not while it is being deleted. */
export function holdsChunks(file: FileItem | null): boolean {
  return file !== null && file.fileVersion > 0 && file.status !== 'DELETING';
}
