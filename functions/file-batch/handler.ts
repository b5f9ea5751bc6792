import { getDocumentClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { type FunctionRequest, handleOperations } from '../shared/handle-operations.ts';
import { type FileReference, readFiles } from './read-files.ts';

const table = { client: getDocumentClient(), table: readEnvironment('DATABASES_TABLE') };

/** A file of a database that is not the caller's reads like one that does not exist. */
function toReference({ arguments: reference, caller }: FunctionRequest<FileReference>): FileReference {
  const isAllowed = caller.databaseIds === null || caller.databaseIds.includes(reference.databaseId ?? '');
  return isAllowed ? reference : {};
}

export const handler = handleOperations({
  batch: {
    file: (requests: FunctionRequest<FileReference>[]) =>
      readFiles(table, requests.map(toReference), new Date().toISOString()),
  },
});
