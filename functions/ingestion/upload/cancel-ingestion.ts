import type { File, MutationCancelIngestionArgs } from '../../../schema/generated/types.ts';
import { loadDatabase } from '../../shared/database-item.ts';
import type { FunctionRequest } from '../../shared/handle-operations.ts';
import { RequestError } from '../../shared/request-error.ts';
import { validateFields } from '../../shared/validate-arguments.ts';
import { endCancelled } from '../end-cancelled.ts';
import { type FileItem, toFile } from '../state/file-item.ts';
import { markCancelled } from '../state/file-store.ts';
import { readIngestion } from '../state/ingestion-store.ts';
import { loadFile } from './begin-version.ts';
import type { FilesDeps } from './files-deps.ts';

function nothingToCancel({ status }: FileItem): RequestError {
  const message = `The file is ${status}; only what waits for its bytes or is being processed can be cancelled.`;
  return new RequestError('CONFLICT', message, { field: 'fileId', actual: status });
}

/** Stops the processing of a file's newest version; what was searchable before stays so. */
export async function cancelIngestion(
  deps: FilesDeps,
  { arguments: args, caller }: FunctionRequest<MutationCancelIngestionArgs>,
): Promise<File> {
  validateFields('Mutation.cancelIngestion', args);
  const { databaseId, fileId } = args;
  const database = await loadDatabase(deps.databases, databaseId, caller);
  const file = await loadFile(deps.databases, databaseId, fileId, 'fileId');
  const of = { databaseId, generation: database.generation, fileId, version: file.nextVersion };
  const isMarked = file.cancelledVersion === of.version;
  if (isMarked && (await readIngestion(deps.databases, of))?.phase === 'FAILED') return toFile(file);
  if (!isMarked && !(await markCancelled(deps.databases, of))) {
    throw nothingToCancel(await loadFile(deps.databases, databaseId, fileId, 'fileId'));
  }
  if (!(await endCancelled(deps, of, database))) {
    const message = 'The chunks of the file became searchable before it could be cancelled.';
    throw new RequestError('CONFLICT', message, { field: 'fileId' });
  }
  const cancelled = await loadFile(deps.databases, databaseId, fileId, 'fileId');
  if (cancelled.nextVersion === of.version) return toFile(cancelled);
  const message = `A newer version of the file began meanwhile, and is ${cancelled.status}; cancel again to stop it, too.`;
  throw new RequestError('CONFLICT', message, { field: 'fileId', actual: cancelled.status });
}
