import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { File, MutationDeleteFileArgs } from '../../../schema/generated/types.ts';
import { loadDatabase } from '../../shared/database-item.ts';
import type { FunctionRequest } from '../../shared/handle-operations.ts';
import { RECORD_GRACE_SECONDS } from '../../shared/maintenance-message.ts';
import { validateFields } from '../../shared/validate-arguments.ts';
import { timestamp } from '../ingestion-deps.ts';
import { type FileItem, fileKey, toFile } from '../state/file-item.ts';
import { updateIf } from '../state/file-store.ts';
import { sendMessage } from '../storage/send-message.ts';
import { fileNotFound } from './begin-version.ts';
import type { FilesDeps } from './files-deps.ts';

function markDeleting(deps: FilesDeps, databaseId: string, fileId: string): Promise<FileItem | null> {
  return updateIf<FileItem>(deps.databases, fileKey(databaseId, fileId), {
    UpdateExpression: 'SET #status = :deleting, #progress.#status = :deleting, updatedAt = :now',
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeNames: { '#status': 'status', '#progress': 'progress' },
    ExpressionAttributeValues: { ':deleting': 'DELETING', ':now': timestamp(deps) },
  });
}

/**
 * Deletes a file and all its chunks in one commit; its bytes and records follow in the background. A deletion that died half-way is
 * completed by the next one.
 */
export async function deleteFile(
  deps: FilesDeps,
  { arguments: args, caller }: FunctionRequest<MutationDeleteFileArgs>,
): Promise<File> {
  validateFields('Mutation.deleteFile', args);
  const { databaseId, id: fileId } = args;
  const database = await loadDatabase(deps.databases, databaseId, caller);
  const file = await markDeleting(deps, databaseId, fileId);
  if (!file) throw fileNotFound(fileId, 'id');
  const engine = await deps.openEngine(database);
  await engine.commit({
    add: [],
    removeIds: [],
    removeFiles: [{ fileId, beforeVersion: Infinity }],
    finishedWrites: [],
  });
  const { generation } = database;
  const cleanUp = { operation: 'deleteFile' as const, databaseId, generation, fileId, beforeVersion: null };
  await sendMessage(deps.maintenanceQueue, cleanUp, RECORD_GRACE_SECONDS);
  await deps.databases.client.send(
    new DeleteCommand({ TableName: deps.databases.table, Key: fileKey(databaseId, fileId) }),
  );
  await deps.publish(file.progress);
  return toFile(file);
}
