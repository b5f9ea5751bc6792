import type { File, FileStatus, IngestionProgress } from '../../../schema/generated/types.ts';
import type { ChunkingRules } from '../chunk/chunk.ts';

export const FILE_SORT_PREFIX = 'FILE#';

/** The item of a file in the Databases table: its GraphQL fields and what only the backend sees. */
export interface FileItem extends Omit<File, '__typename' | 'metadata' | 'progress'> {
  pk: string;
  sk: string;
  progress: Omit<IngestionProgress, '__typename'>;
  /** A JSON string. */
  metadata: string | null;
  /** The committed version; 0 before the first. */
  fileVersion: number;
  /** The number that the newest upload or repetition has. */
  nextVersion: number;
  /** The newest version that a caller has cancelled, or is about to: it is not committed any more. */
  cancelledVersion?: number;
  uploadExpiresAt: string;
  /** Where the bytes of the newest upload are, or will be. */
  objectKey: string;
  chunking: ChunkingRules;
}

export type Progress = FileItem['progress'];

/** The statuses of a file that something is working on. */
export const BUSY_STATUSES: ReadonlySet<FileStatus> = new Set(['QUEUED', 'PARSING', 'EMBEDDING', 'INDEXING']);

/** Returns the key of a file's item. */
export function fileKey(databaseId: string, fileId: string): { pk: string; sk: string } {
  return { pk: databaseId, sk: `${FILE_SORT_PREFIX}${fileId}` };
}

/** Returns the GraphQL fields of a file, without what only the backend sees. */
export function toFile(item: FileItem): File {
  const {
    id,
    databaseId,
    name,
    contentType,
    sizeBytes,
    sha256,
    status,
    progress,
    vectorCount,
    metadata,
    error,
    createdAt,
    updatedAt,
  } = item;
  return {
    id,
    databaseId,
    name,
    contentType,
    sizeBytes,
    sha256,
    status,
    progress,
    vectorCount,
    metadata,
    error,
    createdAt,
    updatedAt,
  };
}

/** Returns the progress of a version that has not begun. */
export function initialProgress(
  { databaseId, id, sizeBytes }: { databaseId: string; id: string; sizeBytes: number },
  status: FileStatus,
  now: string,
): Progress {
  return {
    databaseId,
    fileId: id,
    status,
    percent: 0,
    chunksDone: 0,
    chunksTotal: null,
    bytesDone: 0,
    bytesTotal: sizeBytes,
    message: null,
    version: null,
    updatedAt: now,
  };
}
