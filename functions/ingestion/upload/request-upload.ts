import type {
  MutationRequestUploadArgs,
  RequestUploadInput,
  Upload,
} from '../../../schema/generated/types.ts';
import { type DatabaseItem, loadDatabase } from '../../shared/database-item.ts';
import type { FunctionRequest } from '../../shared/handle-operations.ts';
import { RequestError } from '../../shared/request-error.ts';
import { validateFields } from '../../shared/validate-arguments.ts';
import type { FieldTypes } from '../metadata/decide-fields.ts';
import { readFileMetadata } from '../metadata/read-file-metadata.ts';
import { contentTypeOfName } from '../sniff/sniff-format.ts';
import { toFile } from '../state/file-item.ts';
import type { DeclaredUpload } from '../state/ingestion-item.ts';
import { beginFile, beginNextVersion, type NewVersion } from './begin-version.ts';
import type { FilesDeps } from './files-deps.ts';
import { type Permission, presignUpload, uploadSeconds } from './presign-upload.ts';
import { resolveChunking } from './resolve-chunking.ts';

function requireFilesAllowed({ embedding, status }: DatabaseItem): void {
  if (!embedding) {
    const message = 'The database has no embedding: its callers bring vectors, so it cannot take files.';
    throw new RequestError('VALIDATION', message, {
      field: 'input.databaseId',
      hint: 'Create a database with an embedding for files.',
    });
  }
  if (status === 'READY') return;
  const message = `The database is ${status}; uploads need it READY.`;
  throw new RequestError('UNAVAILABLE', message, { field: 'input.databaseId', actual: status });
}

function readMetadata(input: RequestUploadInput, { metadataFields }: DatabaseItem): string | null {
  const registered = Object.fromEntries(metadataFields.map(({ name, type }) => [name, type])) as FieldTypes;
  const metadata = readFileMetadata(input.metadata, registered, 'input.metadata');
  return metadata === null ? null : JSON.stringify(metadata);
}

function declare(
  input: RequestUploadInput,
  database: DatabaseItem,
  nowMs: number,
): Omit<DeclaredUpload, 'objectKey' | 'uploadId'> {
  const { name, sizeBytes, sha256 } = input;
  return {
    name,
    contentType: input.contentType ?? contentTypeOfName(name),
    sizeBytes,
    sha256: sha256?.toLowerCase() ?? null,
    metadata: readMetadata(input, database),
    chunking: resolveChunking(input.chunking, database.chunking),
    uploadExpiresAt: new Date(nowMs + uploadSeconds(sizeBytes) * 1_000).toISOString(),
  };
}

/** Makes a file, or the next version of one, and the permission to upload its bytes. */
export async function requestUpload(
  deps: FilesDeps,
  { arguments: { input }, caller }: FunctionRequest<MutationRequestUploadArgs>,
): Promise<Upload> {
  validateFields('RequestUploadInput', input, 'input.');
  const database = await loadDatabase(deps.databases, input.databaseId, caller, 'input.databaseId');
  requireFilesAllowed(database);
  const nowMs = deps.now();
  const declared = declare(input, database, nowMs);
  let permission: Permission | undefined;
  const begin: NewVersion = {
    database,
    status: 'AWAITING_UPLOAD',
    now: new Date(nowMs).toISOString(),
    describe: async (objectKey) => {
      permission = await presignUpload(deps.presigner, { ...declared, key: objectKey });
      return { ...declared, objectKey, uploadId: permission.uploadId };
    },
  };
  const { replaceFileId } = input;
  const { file } =
    replaceFileId === undefined || replaceFileId === null
      ? await beginFile(deps.databases, begin)
      : await beginNextVersion(
          deps.databases,
          { fileId: replaceFileId, field: 'input.replaceFileId', mayBegin: () => undefined },
          begin,
        );
  if (!permission) throw new Error('A version began without the permission to upload it.');
  return { file: toFile(file), ...permission, expiresAt: declared.uploadExpiresAt };
}
