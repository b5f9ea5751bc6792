import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { FileStatus } from '../../../schema/generated/types.ts';
import type { DatabaseItem, DatabaseTable } from '../../shared/database-item.ts';
import { RequestError } from '../../shared/request-error.ts';
import { waitBeforeRetry } from '../../shared/retry-delay.ts';
import { BUSY_STATUSES, type FileItem, fileKey, initialProgress } from '../state/file-item.ts';
import { isConditionFailure, readFile, updateIf } from '../state/file-store.ts';
import type { DeclaredUpload, IngestionItem } from '../state/ingestion-item.ts';
import { createIngestion } from '../state/ingestion-store.ts';
import { type FileVersion, uploadKey } from '../storage/object-keys.ts';

/** Two callers that replace one file at the same moment take turns. */
const MAX_TRIES = 8;

export function fileNotFound(fileId: string, field: string): RequestError {
  return new RequestError('NOT_FOUND', `There is no file "${fileId.slice(0, 64)}" in this database.`, {
    field,
  });
}

/** Reads a file that a caller named; NOT_FOUND when it does not exist or is being deleted. */
export async function loadFile(
  table: DatabaseTable,
  databaseId: string,
  fileId: string,
  field: string,
): Promise<FileItem> {
  const file = await readFile(table, databaseId, fileId);
  if (!file || file.status === 'DELETING') throw fileNotFound(fileId, field);
  return file;
}

/** What begins with a new version of a file. */
export interface NewVersion {
  database: DatabaseItem;
  /** Receives the object key that the version's own upload has. */
  describe: (ownKey: string) => Promise<DeclaredUpload> | DeclaredUpload;
  status: Extract<FileStatus, 'AWAITING_UPLOAD' | 'QUEUED'>;
  replans?: number;
  now: string;
}

export interface BegunVersion {
  file: FileItem;
  of: FileVersion;
  upload: DeclaredUpload;
}

function phaseOf(status: NewVersion['status']): IngestionItem['phase'] {
  return status === 'QUEUED' ? 'PLANNING' : 'AWAITING_UPLOAD';
}

/** Makes a new file that waits for its first bytes. */
export async function beginFile({ client, table }: DatabaseTable, begin: NewVersion): Promise<BegunVersion> {
  const { database, status, now } = begin;
  const { id: databaseId, generation } = database;
  const of = { databaseId, generation, fileId: randomUUID(), version: 1 };
  const upload = await begin.describe(uploadKey(of));
  await createIngestion({ client, table }, of, { upload, phase: phaseOf(status), now });
  const { name, contentType, sizeBytes, sha256, metadata, chunking, objectKey, uploadExpiresAt } = upload;
  const file: FileItem = {
    ...fileKey(databaseId, of.fileId),
    ...{
      id: of.fileId,
      databaseId,
      name,
      contentType,
      sizeBytes,
      sha256,
      status,
      metadata,
      chunking,
      objectKey,
      uploadExpiresAt,
    },
    ...{ progress: initialProgress({ databaseId, id: of.fileId, sizeBytes }, status, now), error: null },
    ...{ vectorCount: 0, fileVersion: 0, nextVersion: 1, createdAt: now, updatedAt: now },
  };
  await client.send(
    new PutCommand({ TableName: table, Item: file, ConditionExpression: 'attribute_not_exists(pk)' }),
  );
  return { file, of, upload };
}

function pointAt(
  table: DatabaseTable,
  file: FileItem,
  { of, upload }: Omit<BegunVersion, 'file'>,
  { status, now }: NewVersion,
) {
  const { name, contentType, sizeBytes, sha256, metadata, chunking, objectKey, uploadExpiresAt } = upload;
  return updateIf<FileItem>(table, fileKey(of.databaseId, of.fileId), {
    UpdateExpression:
      'SET #name = :name, contentType = :type, sizeBytes = :size, sha256 = :sha256, #metadata = :metadata, chunking = :chunking, objectKey = :key, ' +
      'uploadExpiresAt = :expires, #status = :status, progress = :progress, #error = :none, nextVersion = :version, updatedAt = :now',
    ConditionExpression: 'nextVersion = :seen AND #status <> :deleting',
    ExpressionAttributeNames: {
      '#name': 'name',
      '#metadata': 'metadata',
      '#status': 'status',
      '#error': 'error',
    },
    ExpressionAttributeValues: {
      ...{
        ':name': name,
        ':type': contentType,
        ':size': sizeBytes,
        ':sha256': sha256,
        ':metadata': metadata,
        ':chunking': chunking,
      },
      ...{
        ':key': objectKey,
        ':expires': uploadExpiresAt,
        ':status': status,
        ':none': null,
        ':version': of.version,
        ':now': now,
      },
      ...{
        ':progress': initialProgress({ ...file, sizeBytes }, status, now),
        ':seen': file.nextVersion,
        ':deleting': 'DELETING',
      },
    },
  });
}

/** Returns null when another caller took the version first. */
async function tryBegin(
  table: DatabaseTable,
  file: FileItem,
  begin: NewVersion,
): Promise<BegunVersion | null> {
  const { id: databaseId, generation } = begin.database;
  const of = { databaseId, generation, fileId: file.id, version: file.nextVersion + 1 };
  const upload = await begin.describe(uploadKey(of));
  try {
    await createIngestion(table, of, {
      upload,
      phase: phaseOf(begin.status),
      now: begin.now,
      replans: begin.replans,
    });
  } catch (error) {
    // A caller that died between its two writes leaves a state behind that nothing points at; the file then takes the number after.
    if (!isConditionFailure(error)) throw error;
    await updateIf(table, fileKey(databaseId, file.id), {
      UpdateExpression: 'SET nextVersion = :next',
      ConditionExpression: 'nextVersion = :seen AND updatedAt = :moment',
      ExpressionAttributeValues: {
        ':next': of.version,
        ':seen': file.nextVersion,
        ':moment': file.updatedAt,
      },
    });
    return null;
  }
  const updated = await pointAt(table, file, { of, upload }, begin);
  return updated && { file: updated, of, upload };
}

/** Makes the next version of a file; what is searchable stays so until the new version replaces it. `mayBegin` may refuse the file. */
export async function beginNextVersion(
  table: DatabaseTable,
  { fileId, field, mayBegin }: { fileId: string; field: string; mayBegin: (file: FileItem) => void },
  begin: NewVersion,
): Promise<BegunVersion> {
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const file = await loadFile(table, begin.database.id, fileId, field);
    mayBegin(file);
    const begun = await tryBegin(table, file, begin);
    if (begun) return begun;
    await waitBeforeRetry(attempt);
  }
  throw new RequestError('CONFLICT', `The file "${fileId}" is being changed by others; try again.`, {
    field,
  });
}

/** Returns whether something works on a file. */
export function isBusy({ status }: FileItem): boolean {
  return BUSY_STATUSES.has(status);
}
