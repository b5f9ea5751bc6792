/** U+001F, the unit separator: it ends the name in a record's sort key, before the write id. */
export const UNIT_SEPARATOR = '\u001f';

/** Returns the partition of a file's chunks, or of the vectors that belong to no file. */
export function recordPartition(database: any, fileId: string | null): string {
  return `${database.id}#g${database.generation}#${fileId ?? '-'}`;
}

/** Returns what every sort key of this version's chunks begins with. */
export function chunkPrefix(fileVersion: number): string {
  return `v${`000000${fileVersion}`.slice(-6)}#`;
}

/** Returns whether the write of a record has been committed. */
export function isCommitted(database: any, record: any): boolean {
  return (database.pendingWrites ?? []).indexOf(record.writeId) < 0;
}

/** Returns the newest committed record of one id from its records, newest first; null when there is none or it was deleted. */
export function newestRecord(database: any, records: any[]): any {
  const newest = records.find((record) => isCommitted(database, record));
  return newest && !newest.isDeleted ? newest : null;
}
