import { CompleteMultipartUploadCommand } from '@aws-sdk/client-s3';
import type { File, MutationCompleteUploadArgs } from '../../../schema/generated/types.ts';
import { loadDatabase } from '../../shared/database-item.ts';
import type { FunctionRequest } from '../../shared/handle-operations.ts';
import { RequestError } from '../../shared/request-error.ts';
import { validateFields } from '../../shared/validate-arguments.ts';
import { timestamp } from '../ingestion-deps.ts';
import { reportProgress } from '../report-progress.ts';
import { type FileItem, toFile } from '../state/file-item.ts';
import { readFile } from '../state/file-store.ts';
import type { IngestionItem } from '../state/ingestion-item.ts';
import { readIngestion } from '../state/ingestion-store.ts';
import { findObjectSize } from '../storage/file-objects.ts';
import type { FileVersion } from '../storage/object-keys.ts';
import { loadFile } from './begin-version.ts';
import type { FilesDeps } from './files-deps.ts';

const REFUSALS = new Set([
  'InvalidPart',
  'InvalidPartOrder',
  'EntityTooSmall',
  'InvalidRequest',
  'MalformedXML',
]);

function conflict(message: string, field: string): RequestError {
  return new RequestError('CONFLICT', message, { field });
}

function requireOpen({ uploadExpiresAt, status }: FileItem, now: string): void {
  if (status !== 'AWAITING_UPLOAD' || uploadExpiresAt > now) return;
  throw conflict(`The permission to upload ended at ${uploadExpiresAt}; request a new upload.`, 'fileId');
}

async function joinParts(
  deps: FilesDeps,
  { upload }: IngestionItem,
  { uploadId, etags }: MutationCompleteUploadArgs,
): Promise<void> {
  if (uploadId !== upload.uploadId)
    throw conflict("The uploadId is not that of the file's newest upload.", 'uploadId');
  if (!etags)
    throw new RequestError(
      'VALIDATION',
      'etags is missing; an upload in parts needs the ETag of every part.',
      { field: 'etags' },
    );
  const { client, bucket } = deps.files;
  const Parts = etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
  const target = { Bucket: bucket, Key: upload.objectKey, UploadId: upload.uploadId ?? '' };
  try {
    await client.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } }));
  } catch (error) {
    // The upload may have been completed before: then its object is there, and the caller learns the same.
    if (error instanceof Error && error.name === 'NoSuchUpload') return;
    if (!(error instanceof Error) || !REFUSALS.has(error.name)) throw error;
    const message = `The parts do not make up the file (${error.name}): give the ETags of all parts in their order.`;
    throw new RequestError('CONFLICT', message, { field: 'etags' }, { cause: error });
  }
}

async function requireBytes(deps: FilesDeps, { upload }: IngestionItem): Promise<void> {
  const size = await findObjectSize(deps.files, upload.objectKey);
  if (size === upload.sizeBytes) return;
  if (size === null) throw conflict('The bytes of the file have not arrived; upload them first.', 'fileId');
  throw new RequestError('CONFLICT', `The upload has ${size} bytes; declared were ${upload.sizeBytes}.`, {
    field: 'fileId',
    actual: size,
    limit: upload.sizeBytes,
  });
}

/** Says that all bytes are sent: joins the parts of an upload in parts, and makes sure that the bytes are there. */
export async function completeUpload(
  deps: FilesDeps,
  { arguments: args, caller }: FunctionRequest<MutationCompleteUploadArgs>,
): Promise<File> {
  validateFields('Mutation.completeUpload', args);
  const { generation } = await loadDatabase(deps.databases, args.databaseId, caller);
  const file = await loadFile(deps.databases, args.databaseId, args.fileId, 'fileId');
  const of: FileVersion = {
    databaseId: args.databaseId,
    generation,
    fileId: file.id,
    version: file.nextVersion,
  };
  const item = await readIngestion(deps.databases, of);
  if (!item) throw conflict('The file has no upload to complete; request one.', 'fileId');
  const isInParts = item.upload.uploadId !== null;
  if (!isInParts && args.uploadId !== undefined && args.uploadId !== null) {
    throw new RequestError('VALIDATION', 'uploadId was given, but the file was not uploaded in parts.', {
      field: 'uploadId',
    });
  }
  requireOpen(file, timestamp(deps));
  if (isInParts && item.phase === 'AWAITING_UPLOAD') await joinParts(deps, item, args);
  await requireBytes(deps, item);
  if (file.status === 'AWAITING_UPLOAD') {
    const counts = { bytesDone: 0, bytesTotal: file.sizeBytes, chunksDone: 0, chunksTotal: null };
    await reportProgress(deps, of, { status: 'QUEUED', ...counts }, { isStep: true });
  }
  return toFile((await readFile(deps.databases, args.databaseId, file.id)) ?? file);
}
