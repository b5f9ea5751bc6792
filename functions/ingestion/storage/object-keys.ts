import type { RecordScope } from '../../shared/record-key.ts';

const VERSION_DIGITS = 6;
const UPLOAD_KEY = /^databases\/([0-9A-Za-z._-]+)\/g([0-9]+)\/files\/([0-9a-f-]{36})\/([0-9]{6})$/;

/** One version of one file. */
export interface FileVersion extends RecordScope {
  fileId: string;
  version: number;
}

/** Returns a version as keys have it. */
export function padVersion(version: number): string {
  return String(version).padStart(VERSION_DIGITS, '0');
}

/** Returns what the keys of all uploads, or of all staged parts, of a file begin with. */
export function filePrefix(
  { databaseId, generation }: RecordScope,
  kind: 'files' | 'staging',
  fileId: string,
): string {
  return `databases/${databaseId}/g${generation}/${kind}/${fileId}/`;
}

/** Returns the key of an upload. */
export function uploadKey({ fileId, version, ...scope }: FileVersion): string {
  return `${filePrefix(scope, 'files', fileId)}${padVersion(version)}`;
}

/** Returns the key of a staged part. */
export function stagingKey({ fileId, version, ...scope }: FileVersion, part: number): string {
  return `${filePrefix(scope, 'staging', fileId)}${padVersion(version)}/${padVersion(part)}.jsonl`;
}

/** Returns the key of a plan that stopped at a place in the file, among the staged parts. */
export function checkpointKey({ fileId, version, ...scope }: FileVersion, byteOffset: number): string {
  return `${filePrefix(scope, 'staging', fileId)}${padVersion(version)}/plan-${byteOffset}.json`;
}

/** Returns what the key of an upload names, or null for any other key. */
export function parseUploadKey(key: string): FileVersion | null {
  const match = UPLOAD_KEY.exec(key);
  if (!match) return null;
  const [, databaseId = '', generation, fileId = '', version] = match;
  return { databaseId, generation: Number(generation), fileId, version: Number(version) };
}
