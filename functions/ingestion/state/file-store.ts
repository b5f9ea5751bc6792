import { GetCommand, type UpdateCommandInput, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { FileError } from '../../../schema/generated/types.ts';
import type { DatabaseTable } from '../../shared/database-item.ts';
import type { FileVersion } from '../storage/object-keys.ts';
import { type FileItem, fileKey, type Progress } from './file-item.ts';

type Key = { pk: string; sk: string };

/** Returns whether a conditional write was refused by its condition. */
export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

/** Runs a conditional update; returns the new item, or null when the condition did not hold. */
export async function updateIf<Item>(
  { client, table }: DatabaseTable,
  key: Key,
  update: Omit<UpdateCommandInput, 'TableName' | 'Key'>,
): Promise<Item | null> {
  try {
    const answer = await client.send(
      new UpdateCommand({ TableName: table, Key: key, ReturnValues: 'ALL_NEW', ...update }),
    );
    return answer.Attributes as Item;
  } catch (error) {
    if (isConditionFailure(error)) return null;
    throw error;
  }
}

/** Reads an item consistently. */
export async function readItem<Item>({ client, table }: DatabaseTable, key: Key): Promise<Item | null> {
  const answer = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
  return (answer.Item as Item | undefined) ?? null;
}

/** Reads a file; null when there is none. */
export function readFile(table: DatabaseTable, databaseId: string, fileId: string): Promise<FileItem | null> {
  return readItem<FileItem>(table, fileKey(databaseId, fileId));
}

/** At most three reports a second for a file, however many parts run at once. */
const MIN_REPORT_INTERVAL_MS = 333;

/**
 * Stores how far a version has come; null when that would go back, comes too soon after the report before, or concerns a version that
 * is not the newest. `isStep` marks a new status, which is never too soon.
 */
export function storeProgress(
  table: DatabaseTable,
  of: FileVersion,
  progress: Progress,
  { isStep, isStart }: { isStep: boolean; isStart: boolean },
): Promise<FileItem | null> {
  const conditions = [
    'nextVersion = :version',
    '#status <> :deleting',
    '#progress.#percent <= :percent',
    '#status <> :ready',
  ];
  if (!isStart) conditions.push('#status <> :failed');
  if (!isStep) conditions.push('#progress.updatedAt <= :before');
  const before = new Date(Date.parse(progress.updatedAt) - MIN_REPORT_INTERVAL_MS).toISOString();
  return updateIf<FileItem>(table, fileKey(of.databaseId, of.fileId), {
    UpdateExpression: 'SET #status = :status, #progress = :progress, updatedAt = :now, #error = :none',
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: {
      '#status': 'status',
      '#progress': 'progress',
      '#percent': 'percent',
      '#error': 'error',
    },
    ExpressionAttributeValues: {
      ':status': progress.status,
      ':progress': progress,
      ':now': progress.updatedAt,
      ':percent': progress.percent,
      ':version': of.version,
      ':deleting': 'DELETING',
      ':ready': 'READY',
      ':none': null,
      ...(isStart ? {} : { ':failed': 'FAILED' }),
      ...(isStep ? {} : { ':before': before }),
    },
  });
}

/** What a commit changes of its file. */
export interface Committed {
  vectorCount: number;
  sha256: string;
  contentType: string;
  progress: Progress;
}

/** Makes a version the committed one and READY; null when it is not the newest version, or the file is gone. */
export function storeReady(
  table: DatabaseTable,
  of: FileVersion,
  committed: Committed,
): Promise<FileItem | null> {
  const { vectorCount, sha256, contentType, progress } = committed;
  const fields = 'fileVersion = :version, vectorCount = :count, sha256 = :sha256, contentType = :type';
  return updateIf<FileItem>(table, fileKey(of.databaseId, of.fileId), {
    UpdateExpression: `SET ${fields}, #status = :ready, #progress = :progress, #error = :none, updatedAt = :now`,
    ConditionExpression: 'nextVersion = :version AND fileVersion <= :version AND #status <> :deleting',
    ExpressionAttributeNames: { '#status': 'status', '#progress': 'progress', '#error': 'error' },
    ExpressionAttributeValues: {
      ...{ ':version': of.version, ':count': vectorCount, ':sha256': sha256, ':type': contentType },
      ...{
        ':ready': 'READY',
        ':progress': progress,
        ':none': null,
        ':now': progress.updatedAt,
        ':deleting': 'DELETING',
      },
    },
  });
}

/** Makes a version the committed one while a newer upload is on its way, whose progress stays; null when the file is gone or further. */
export function storeCommitted(
  table: DatabaseTable,
  of: FileVersion,
  vectorCount: number,
  now: string,
): Promise<FileItem | null> {
  return updateIf<FileItem>(table, fileKey(of.databaseId, of.fileId), {
    UpdateExpression: 'SET fileVersion = :version, vectorCount = :count, updatedAt = :now',
    ConditionExpression: 'attribute_exists(pk) AND #status <> :deleting AND fileVersion <= :version',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: {
      ':version': of.version,
      ':count': vectorCount,
      ':now': now,
      ':deleting': 'DELETING',
    },
  });
}

/** Shows a version as FAILED, unless it is READY, not the newest, or its file is being deleted; what was searchable stays so. */
export function storeFailed(
  table: DatabaseTable,
  of: FileVersion,
  error: FileError,
  now: string,
): Promise<FileItem | null> {
  return updateIf<FileItem>(table, fileKey(of.databaseId, of.fileId), {
    UpdateExpression:
      'SET #status = :failed, #error = :error, updatedAt = :now, #progress.#status = :failed, #progress.message = :message, #progress.updatedAt = :now',
    ConditionExpression: 'nextVersion = :version AND fileVersion < :version AND #status <> :deleting',
    ExpressionAttributeNames: { '#status': 'status', '#progress': 'progress', '#error': 'error' },
    ExpressionAttributeValues: {
      ':failed': 'FAILED',
      ':error': error,
      ':message': error.message,
      ':now': now,
      ':version': of.version,
      ':deleting': 'DELETING',
    },
  });
}
