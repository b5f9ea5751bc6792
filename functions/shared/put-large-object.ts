import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CompletedPart,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ObjectParts } from '../../engine/api.ts';

/** Larger objects are uploaded in parts: a part that fails is sent again alone, and the whole is never in memory twice. */
export const MAX_SINGLE_PUT_BYTES = 64 << 20;
/** The service takes at most 10,000 parts of at least 5 MiB. */
const PART_BYTES = 16 << 20;
/** Parts under way at a time, each in memory. */
const CONCURRENCY = 4;

/** Puts a large object that is named by its content; it appears whole when its last part is there. */
export async function putLargeObject(
  { client, bucket }: { client: S3Client; bucket: string },
  key: string,
  object: ObjectParts,
): Promise<void> {
  const target = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  try {
    const Parts = await uploadParts(client, { ...target, UploadId }, object);
    await client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
    );
  } catch (error) {
    // Whether it can be ended or not, what failed is what the caller has to know; the bucket's lifecycle removes what is left.
    await Promise.allSettled([client.send(new AbortMultipartUploadCommand({ ...target, UploadId }))]);
    throw error;
  }
}

async function uploadParts(
  client: S3Client,
  target: { Bucket: string; Key: string; UploadId: string | undefined },
  object: ObjectParts,
): Promise<CompletedPart[]> {
  const done: CompletedPart[] = [];
  const underWay = new Set<Promise<void>>();
  let number = 0;
  try {
    for (const Body of partsOf(object)) {
      const PartNumber = ++number;
      const upload = client.send(new UploadPartCommand({ ...target, PartNumber, Body })).then(({ ETag }) => {
        done.push({ PartNumber, ETag });
        underWay.delete(upload);
      });
      underWay.add(upload);
      if (underWay.size === CONCURRENCY) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  } finally {
    // What is still under way must end before the upload is aborted.
    await Promise.allSettled(underWay);
  }
  return done.sort((a, b) => a.PartNumber! - b.PartNumber!);
}

/** Regroups an object into parts of one size. */
function* partsOf(object: ObjectParts): Generator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let size = 0;
  for (const part of object.parts()) {
    for (let at = 0; at < part.length;) {
      const piece = part.subarray(at, at + PART_BYTES - size);
      pending.push(piece);
      size += piece.length;
      at += piece.length;
      if (size < PART_BYTES) continue;
      yield Buffer.concat(pending);
      pending = [];
      size = 0;
    }
  }
  if (size > 0) yield Buffer.concat(pending);
}
