import { GetCommand, type UpdateCommandInput, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { FileError } from '../../../schema/generated/types.ts';
import type { DatabaseTable } from '../../shared/database-item.ts';
import { type FileVersion, padVersion } from '../storage/object-keys.ts';
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
    '(attribute_not_exists(cancelledVersion) OR cancelledVersion < :version)',
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

/** Marks a version as cancelled: no commit of it begins any more. Null when it is not the newest, or nothing is under way. */
export function markCancelled(table: DatabaseTable, of: FileVersion): Promise<FileItem | null> {
  return updateIf<FileItem>(table, fileKey(of.databaseId, of.fileId), {
    UpdateExpression: 'SET cancelledVersion = :version',
    ConditionExpression:
      'nextVersion = :version AND fileVersion < :version AND NOT (#status IN (:ready, :failed, :deleting))',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: {
      ':version': of.version,
      ':ready': 'READY',
      ':failed': 'FAILED',
      ':deleting': 'DELETING',
    },
  });
}

/** Takes back the mark of a version that had become searchable before it. */
export async function unmarkCancelled(table: DatabaseTable, of: FileVersion): Promise<void> {
  await updateIf(table, fileKey(of.databaseId, of.fileId), {
    UpdateExpression: 'REMOVE cancelledVersion',
    ConditionExpression: 'cancelledVersion = :version',
    ExpressionAttributeValues: { ':version': of.version },
  });
}

/** Notes that a file's state is about to be told again; null when that was done since `before`, or the file is gone. */
export function claimRepeat(
  table: DatabaseTable,
  { databaseId, fileId }: Pick<FileVersion, 'databaseId' | 'fileId'>,
  { now, before }: { now: string; before: string },
): Promise<FileItem | null> {
  return updateIf<FileItem>(table, fileKey(databaseId, fileId), {
    UpdateExpression: 'SET repeatedAt = :now',
    ConditionExpression:
      'attribute_exists(pk) AND (attribute_not_exists(repeatedAt) OR repeatedAt <= :before)',
    ExpressionAttributeValues: { ':now': now, ':before': before },
  });
}

/** The attribute that counts the chunks of a version that are deleted between its commit and the moment its file says so. */
export function lostChunksAttribute(version: number): string {
  return `lostChunks#${padVersion(version)}`;
}

/** Begins to count the chunks that a version loses before its file is READY; counting goes on when it was begun before. */
export async function countLostChunks(table: DatabaseTable, of: FileVersion): Promise<void> {
  await updateIf(table, fileKey(of.databaseId, of.fileId), {
    UpdateExpression: 'SET #lost = if_not_exists(#lost, :zero)',
    ConditionExpression: 'attribute_exists(pk) AND fileVersion < :version',
    ExpressionAttributeNames: { '#lost': lostChunksAttribute(of.version) },
    ExpressionAttributeValues: { ':zero': 0, ':version': of.version },
  });
}

/** What a commit changes of its file. */
export interface Committed {
  vectorCount: number;
  sha256: string;
  contentType: string;
  progress: Progress;
  /** What the file is searchable without. */
  error: FileError | null;
}

const COUNT_LESS_LOST = 'vectorCount = :count - if_not_exists(#lost, :zero)';

/** Makes a version the committed one and READY; null when it is not the newest version, or the file is gone. */
export function storeReady(
  table: DatabaseTable,
  of: FileVersion,
  committed: Committed,
): Promise<FileItem | null> {
  const { vectorCount, sha256, contentType, progress, error } = committed;
  const fields = `fileVersion = :version, ${COUNT_LESS_LOST}, sha256 = :sha256, contentType = :type`;
  return updateIf<FileItem>(table, fileKey(of.databaseId, of.fileId), {
    UpdateExpression: `SET ${fields}, #status = :ready, #progress = :progress, #error = :error, updatedAt = :now REMOVE #lost`,
    ConditionExpression: 'nextVersion = :version AND fileVersion < :version AND #status <> :deleting',
    ExpressionAttributeNames: {
      ...{ '#status': 'status', '#progress': 'progress', '#error': 'error' },
      '#lost': lostChunksAttribute(of.version),
    },
    ExpressionAttributeValues: {
      ':zero': 0,
      ...{ ':version': of.version, ':count': vectorCount, ':sha256': sha256, ':type': contentType },
      ...{
        ':ready': 'READY',
        ':progress': progress,
        ':error': error,
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
    UpdateExpression: `SET fileVersion = :version, ${COUNT_LESS_LOST}, updatedAt = :now REMOVE #lost`,
    ConditionExpression: 'attribute_exists(pk) AND #status <> :deleting AND fileVersion < :version',
    ExpressionAttributeNames: { '#status': 'status', '#lost': lostChunksAttribute(of.version) },
    ExpressionAttributeValues: {
      ':zero': 0,
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
      'SET #status = :failed, #error = :error, updatedAt = :now, #progress.#status = :failed, #progress.message = :message, #progress.updatedAt = :now REMOVE #lost',
    ConditionExpression: 'nextVersion = :version AND fileVersion < :version AND #status <> :deleting',
    ExpressionAttributeNames: {
      ...{ '#status': 'status', '#progress': 'progress', '#error': 'error' },
      '#lost': lostChunksAttribute(of.version),
    },
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
