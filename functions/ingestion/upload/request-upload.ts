import type {
  MutationRequestUploadArgs,
  RequestUploadInput,
  Upload,
} from '../../../schema/generated/types.ts';
import { type DatabaseItem, loadDatabase } from '../../shared/database-item.ts';
import type { FunctionRequest } from '../../shared/handle-operations.ts';
import { validateFields } from '../../shared/validate-arguments.ts';
import { readFileMetadata } from '../metadata/read-file-metadata.ts';
import { registeredTypes } from '../metadata/registered-types.ts';
import { contentTypeOfName } from '../sniff/known-formats.ts';
import { type FileItem, toFile } from '../state/file-item.ts';
import type { DeclaredUpload } from '../state/ingestion-item.ts';
import { readIngestion } from '../state/ingestion-store.ts';
import { findSameUpload } from '../state/same-upload.ts';
import type { FileVersion } from '../storage/object-keys.ts';
import { beginFile, beginNextVersion, type BegunVersion, type NewVersion } from './begin-version.ts';
import type { FilesDeps } from './files-deps.ts';
import {
  abortUpload,
  isInParts,
  NO_PARTS,
  type Permission,
  presignUpload,
  uploadSeconds,
} from './presign-upload.ts';
import { requireFilesAllowed } from './require-files-allowed.ts';
import { resolveChunking } from './resolve-chunking.ts';

function readMetadata(input: RequestUploadInput, database: DatabaseItem): string | null {
  const metadata = readFileMetadata(input.metadata, registeredTypes(database), 'input.metadata');
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

const NOTHING_TO_DO = 'These bytes are searchable already: nothing needs to be uploaded.';

/**
 * Returns the READY file that this very upload has become before; null when there is none, or another file is to be replaced. Whoever
 * sends the bytes all the same writes the same object again, which starts nothing.
 */
async function answerSame(
  deps: FilesDeps,
  { databaseId, replaceFileId }: RequestUploadInput,
  declared: ReturnType<typeof declare>,
): Promise<Upload | null> {
  const { sha256 } = declared;
  if (sha256 === null) return null;
  const file = await findSameUpload(deps.databases, databaseId, { ...declared, sha256 });
  if (!file || (replaceFileId ?? file.id) !== file.id) return null;
  const permission = isInParts(declared)
    ? NO_PARTS
    : await presignUpload(deps.presigner, { ...declared, key: file.objectKey });
  const said: FileItem = { ...file, progress: { ...file.progress, message: NOTHING_TO_DO } };
  return { file: toFile(said), ...permission, expiresAt: declared.uploadExpiresAt };
}

/** Each request ends the upload before it; more than one is there when a request died before it could. */
const MAX_ABORTED = 8;

/** The uploads in parts of older versions cost nothing any more: nobody may complete them. */
async function abortOlder(deps: FilesDeps, of: FileVersion): Promise<void> {
  const oldest = Math.max(1, of.version - MAX_ABORTED);
  for (let version = of.version - 1; version >= oldest; version--) {
    const item = await readIngestion(deps.databases, { ...of, version });
    if (item?.phase !== 'AWAITING_UPLOAD') return;
    await abortUpload(deps.files, item.upload);
  }
}

/** Begins a version with the permission to upload it; permissions that were made for attempts which failed are given up. */
async function begin(
  deps: FilesDeps,
  input: RequestUploadInput,
  { database, declared, now }: { database: DatabaseItem; declared: ReturnType<typeof declare>; now: string },
): Promise<BegunVersion & { permission: Permission }> {
  const made: { objectKey: string; permission: Permission }[] = [];
  const version: NewVersion = {
    ...{ database, status: 'AWAITING_UPLOAD', now },
    describe: async (objectKey) => {
      const permission = await presignUpload(deps.presigner, { ...declared, key: objectKey });
      made.push({ objectKey, permission });
      return { ...declared, objectKey, uploadId: permission.uploadId ?? null };
    },
  };
  const { replaceFileId } = input;
  try {
    const begun = await (replaceFileId === undefined || replaceFileId === null
      ? beginFile(deps.databases, version)
      : beginNextVersion(
          deps.databases,
          { fileId: replaceFileId, field: 'input.replaceFileId', mayBegin: () => undefined },
          version,
        ));
    const used = made.pop();
    if (!used) throw new Error('A version began without the permission to upload it.');
    return { ...begun, permission: used.permission };
  } finally {
    for (const { objectKey, permission } of made)
      await abortUpload(deps.files, { objectKey, uploadId: permission.uploadId });
  }
}

/** Makes a file, or the next version of one, and the permission to upload its bytes; a READY file of the same upload is answered as it is. */
export async function requestUpload(
  deps: FilesDeps,
  { arguments: { input }, caller }: FunctionRequest<MutationRequestUploadArgs>,
): Promise<Upload> {
  validateFields('RequestUploadInput', input, 'input.');
  const database = await loadDatabase(deps.databases, input.databaseId, caller, 'input.databaseId');
  requireFilesAllowed(database, input.name);
  const nowMs = deps.now();
  const declared = declare(input, database, nowMs);
  const same = await answerSame(deps, input, declared);
  if (same) return same;
  const now = new Date(nowMs).toISOString();
  const { file, of, permission } = await begin(deps, input, { database, declared, now });
  if (of.version > 1) await abortOlder(deps, of);
  return { file: toFile(file), ...permission, expiresAt: declared.uploadExpiresAt };
}
