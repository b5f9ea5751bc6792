import { createHash } from 'node:crypto';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { DatabaseTable } from '../../shared/database-item.ts';
import type { FileVersion } from '../storage/object-keys.ts';
import type { FileItem } from './file-item.ts';
import { isConditionFailure, readFile, readItem } from './file-store.ts';
import type { DeclaredUpload } from './ingestion-item.ts';

/** What decides what becomes of an upload: two that agree in all of it end as the same chunks. */
type UploadIdentity = Pick<DeclaredUpload, 'name' | 'contentType' | 'sizeBytes' | 'metadata' | 'chunking'> & {
  sha256: string;
};

/** Points from what was uploaded to the file that it became; a hint, which is checked against the file. */
interface SameUploadItem {
  pk: string;
  sk: string;
  fileId: string;
  fileVersion: number;
  chunks: number;
}

function sameUploadKey(databaseId: string, upload: UploadIdentity): { pk: string; sk: string } {
  const { sha256, name, contentType, sizeBytes, metadata, chunking } = upload;
  const { strategy, maxTokens, overlapTokens } = chunking;
  const rules = [strategy, maxTokens, overlapTokens];
  const identity = JSON.stringify([sha256, name, contentType, sizeBytes, metadata, rules]);
  return { pk: databaseId, sk: `SAME#${createHash('sha256').update(identity).digest('hex')}` };
}

/** Notes that an upload became a READY file of so many chunks. */
export async function noteReadyUpload(
  { client, table }: DatabaseTable,
  { databaseId, fileId, version: fileVersion }: FileVersion,
  upload: UploadIdentity,
  chunks: number,
): Promise<void> {
  const Item: SameUploadItem = { ...sameUploadKey(databaseId, upload), fileId, fileVersion, chunks };
  await client.send(new PutCommand({ TableName: table, Item }));
}

/** Forgets what an upload became, unless the same upload became another file since. */
export async function forgetReadyUpload(
  { client, table }: DatabaseTable,
  { databaseId, fileId, version }: FileVersion,
  upload: UploadIdentity,
): Promise<void> {
  try {
    await client.send(
      new DeleteCommand({
        TableName: table,
        Key: sameUploadKey(databaseId, upload),
        ConditionExpression: 'fileId = :file AND fileVersion = :version',
        ExpressionAttributeValues: { ':file': fileId, ':version': version },
      }),
    );
  } catch (error) {
    if (!isConditionFailure(error)) throw error;
  }
}

/** Finds the READY file that the same upload became, with all its chunks; null when there is none. */
export async function findSameUpload(
  table: DatabaseTable,
  databaseId: string,
  upload: UploadIdentity,
): Promise<FileItem | null> {
  const hint = await readItem<SameUploadItem>(table, sameUploadKey(databaseId, upload));
  if (!hint) return null;
  const file = await readFile(table, databaseId, hint.fileId);
  const isSame =
    file?.status === 'READY' &&
    file.fileVersion === hint.fileVersion &&
    file.nextVersion === hint.fileVersion &&
    // Chunks may have been deleted by hand: then the upload is to bring them back.
    file.vectorCount === hint.chunks;
  return isSame ? file : null;
}
