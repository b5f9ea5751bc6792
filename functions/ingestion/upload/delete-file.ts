import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { File, MutationDeleteFileArgs } from '../../../schema/generated/types.ts';
import { loadDatabase } from '../../shared/database-item.ts';
import type { FunctionRequest } from '../../shared/handle-operations.ts';
import { RECORD_GRACE_SECONDS } from '../../shared/maintenance-message.ts';
import { validateFields } from '../../shared/validate-arguments.ts';
import { timestamp } from '../ingestion-deps.ts';
import { type FileItem, fileKey, toFile } from '../state/file-item.ts';
import { readFile, updateIf } from '../state/file-store.ts';
import { sendMessage } from '../storage/send-message.ts';
import { fileNotFound } from './begin-version.ts';
import type { FilesDeps } from './files-deps.ts';

function markDeleting(deps: FilesDeps, databaseId: string, fileId: string): Promise<FileItem | null> {
  return updateIf<FileItem>(deps.databases, fileKey(databaseId, fileId), {
    UpdateExpression:
      'SET #status = :deleting, #progress.#status = :deleting, #progress.updatedAt = :now, updatedAt = :now',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeNames: { '#status': 'status', '#progress': 'progress' },
    ExpressionAttributeValues: { ':deleting': 'DELETING', ':now': timestamp(deps) },
  });
}

/** A request lasts half a minute at most; the records stay for their grace time after its commit. */
const CLEAN_UP_SECONDS = 30 + RECORD_GRACE_SECONDS;

/**
 * Deletes a file and all its chunks in one commit; its bytes and records follow in the background. That is asked for first, so that a
 * deletion that dies half-way is completed there.
 */
export async function deleteFile(
  deps: FilesDeps,
  { arguments: args, caller }: FunctionRequest<MutationDeleteFileArgs>,
): Promise<File> {
  validateFields('Mutation.deleteFile', args);
  const { databaseId, id: fileId } = args;
  const database = await loadDatabase(deps.databases, databaseId, caller);
  if (!(await readFile(deps.databases, databaseId, fileId))) throw fileNotFound(fileId, 'id');
  const { generation } = database;
  const cleanUp = { operation: 'deleteFile' as const, databaseId, generation, fileId, beforeVersion: null };
  await sendMessage(deps.maintenanceQueue, cleanUp, CLEAN_UP_SECONDS);
  const file = await markDeleting(deps, databaseId, fileId);
  if (!file) throw fileNotFound(fileId, 'id');
  const engine = await deps.openEngine(database);
  await engine.commit({
    add: [],
    removeIds: [],
    removeFiles: [{ fileId, beforeVersion: Infinity }],
    finishedWrites: [],
  });
  await deps.databases.client.send(
    new DeleteCommand({ TableName: deps.databases.table, Key: fileKey(databaseId, fileId) }),
  );
  await deps.publish(file.progress);
  return toFile(file);
}
