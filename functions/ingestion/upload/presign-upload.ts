import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Upload } from '../../../schema/generated/types.ts';
import { log } from '../../shared/log.ts';
import type { FileBucket } from '../storage/file-objects.ts';

/** The permission to upload, in the shape of the API. */
export type Permission = Pick<Upload, 'url' | 'fields' | 'uploadId' | 'partSizeBytes' | 'parts'>;

export interface UploadTarget {
  key: string;
  contentType: string;
  sizeBytes: number;
  /** In hexadecimal. */
  sha256: string | null;
}

const MIB = 1024 * 1024;
/** One request up to here; more is worth sending in parts that can be repeated one by one. */
export const SINGLE_UPLOAD_BYTES = 100 * MIB;
/** 5 GiB make 80 parts: their URLs stay far below the 5 MB that an answer may have. */
const PART_BYTES = 64 * MIB;
const SINGLE_EXPIRY_SECONDS = 15 * 60;
/** 5 GiB take 43 minutes at 16 Mbit/s. */
const MULTIPART_EXPIRY_SECONDS = 60 * 60;

/** Returns whether an upload of this size is sent in parts. */
export function isInParts({ sizeBytes }: Pick<UploadTarget, 'sizeBytes'>): boolean {
  return sizeBytes > SINGLE_UPLOAD_BYTES;
}

/** Returns how long the permission for an upload of this size lasts. */
export function uploadSeconds(sizeBytes: number): number {
  return isInParts({ sizeBytes }) ? MULTIPART_EXPIRY_SECONDS : SINGLE_EXPIRY_SECONDS;
}

async function presignPost({ client, bucket }: FileBucket, target: UploadTarget): Promise<Permission> {
  const { key, contentType, sizeBytes, sha256 } = target;
  const checksum: Record<string, string> =
    sha256 === null ? {} : { 'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64') };
  const fields = { 'Content-Type': contentType, ...checksum };

  const { url, fields: signed } = await createPresignedPost(client, {
    Bucket: bucket,
    Key: key,
    Fields: fields,
    Conditions: [
      ['content-length-range', sizeBytes, sizeBytes],
      ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
    ],
    Expires: SINGLE_EXPIRY_SECONDS,
  });
  return { url, fields: JSON.stringify(signed), uploadId: null, partSizeBytes: null, parts: null };
}

async function presignParts({ client, bucket }: FileBucket, target: UploadTarget): Promise<Permission> {
  const { key, contentType, sizeBytes } = target;
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ContentType: contentType }),
  );
  if (UploadId === undefined) throw new Error(`The store began no upload of "${key}".`);
  const count = Math.ceil(sizeBytes / PART_BYTES);
  const parts = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const command = new UploadPartCommand({ Bucket: bucket, Key: key, UploadId, PartNumber: index + 1 });
      return {
        number: index + 1,
        url: await getSignedUrl(client, command, { expiresIn: MULTIPART_EXPIRY_SECONDS }),
      };
    }),
  );
  return { url: null, fields: null, uploadId: UploadId, partSizeBytes: PART_BYTES, parts };
}

/** Makes the permission to upload exactly one object of one size and type: a form to post, or parts to put for a large one. */
export function presignUpload(bucket: FileBucket, target: UploadTarget): Promise<Permission> {
  return isInParts(target) ? presignParts(bucket, target) : presignPost(bucket, target);
}

/** What `requestUpload` answers where nothing needs to be sent: an upload in parts without any, because every begun one has to be ended. */
export const NO_PARTS: Permission = {
  url: null,
  fields: null,
  uploadId: null,
  partSizeBytes: PART_BYTES,
  parts: [],
};

/** Gives up an upload in parts, so that its parts cost nothing; what fails is left to the bucket's own rule, which ends it after two days. */
export async function abortUpload(
  { client, bucket }: FileBucket,
  { objectKey, uploadId }: { objectKey: string; uploadId: string | null | undefined },
): Promise<void> {
  if (uploadId === null || uploadId === undefined) return;
  try {
    await client.send(
      new AbortMultipartUploadCommand({ Bucket: bucket, Key: objectKey, UploadId: uploadId }),
    );
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchUpload') return;
    log.warn('an upload in parts could not be given up', { key: objectKey, reason: String(error) });
  }
}
