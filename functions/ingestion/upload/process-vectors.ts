import type { File, MutationProcessVectorsArgs } from '../../../schema/generated/types.ts';
import { type DatabaseItem, loadDatabase } from '../../shared/database-item.ts';
import type { FunctionRequest } from '../../shared/handle-operations.ts';
import { RequestError } from '../../shared/request-error.ts';
import { validateFields } from '../../shared/validate-arguments.ts';
import { type IngestionDeps, timestamp } from '../ingestion-deps.ts';
import { type FileItem, toFile } from '../state/file-item.ts';
import type { DeclaredUpload } from '../state/ingestion-item.ts';
import { findObjectSize } from '../storage/file-objects.ts';
import { type MessageQueue, sendMessage } from '../storage/send-message.ts';
import { beginNextVersion, type BegunVersion, isBusy, loadFile } from './begin-version.ts';
import type { FilesDeps } from './files-deps.ts';

/** What is busy but has not moved for this long may be begun again. */
const STUCK_MS = 15 * 60_000;

export interface ReprocessDeps extends IngestionDeps {
  planQueue: MessageQueue;
}

function describeAgain(file: FileItem): DeclaredUpload {
  const { name, contentType, sizeBytes, metadata, chunking, objectKey, uploadExpiresAt } = file;
  // A digest that was found to be wrong would fail the file again; what is stored is compared no more.
  return {
    name,
    contentType,
    sizeBytes,
    sha256: null,
    metadata,
    chunking,
    objectKey,
    uploadExpiresAt,
    uploadId: null,
  };
}

/** Begins a new version of the bytes that a file has, and asks for its plan. */
export async function processAgain(
  deps: ReprocessDeps,
  database: DatabaseItem,
  file: FileItem,
  { mayBegin, replans = 0 }: { mayBegin: (file: FileItem) => void; replans?: number },
): Promise<BegunVersion> {
  const begun = await beginNextVersion(
    deps.databases,
    { fileId: file.id, field: 'fileId', mayBegin },
    { database, describe: () => describeAgain(file), status: 'QUEUED', replans, now: timestamp(deps) },
  );
  await sendMessage(deps.planQueue, { operation: 'plan', ...begun.of });
  await deps.publish(begun.file.progress);
  return begun;
}

/** Processes an uploaded file again; its present chunks stay searchable until the new ones replace them. */
export async function processVectors(
  deps: FilesDeps,
  { arguments: args, caller }: FunctionRequest<MutationProcessVectorsArgs>,
): Promise<File> {
  validateFields('Mutation.processVectors', args);
  const database = await loadDatabase(deps.databases, args.databaseId, caller);
  const file = await loadFile(deps.databases, args.databaseId, args.fileId, 'fileId');
  if ((await findObjectSize(deps.files, file.objectKey)) === null) {
    const message = 'The newest upload of the file never arrived; request a new upload.';
    throw new RequestError('CONFLICT', message, { field: 'fileId', actual: file.status });
  }
  const mayBegin = (current: FileItem): void => {
    const isMoving = deps.now() - Date.parse(current.updatedAt) < STUCK_MS;
    if (!isBusy(current) || !isMoving) return;
    const message = `The file is ${current.status}; wait until it is READY or FAILED.`;
    throw new RequestError('CONFLICT', message, { field: 'fileId', actual: current.status });
  };
  return toFile((await processAgain(deps, database, file, { mayBegin })).file);
}
