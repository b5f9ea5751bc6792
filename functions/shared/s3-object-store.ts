import {
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectStore } from '../../engine/api.ts';
import { joinParts, VectorDbError } from '../../engine/index.ts';
import { isPassingFailure } from './function-error.ts';
import { MAX_SINGLE_PUT_BYTES, putLargeObject } from './put-large-object.ts';
import { waitBeforeRetry } from './retry-delay.ts';

interface Bucket {
  client: S3Client;
  bucket: string;
}

/** The service's own ceiling for one DeleteObjects. */
const DELETES_PER_REQUEST = 1_000;
/** The SDK retries until the headers are there; a body that breaks off after that is ours to ask for again. */
const MAX_BODY_ATTEMPTS = 3;
/** Two writers of the same name at the same moment: one gets 409 and is to try again. */
const MAX_PUT_ATTEMPTS = 5;

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

function toEngineError(error: unknown, key: string): unknown {
  if (error instanceof VectorDbError) return error;
  if (isNamed(error, 'NoSuchKey', 'NotFound')) {
    return new VectorDbError('NotFound', `There is no object "${key}".`, { field: key }, error);
  }
  if (isPassingFailure(error)) {
    return new VectorDbError('Unavailable', `The store did not answer for "${key}" in time.`, {}, error);
  }
  return error;
}

async function mapErrors<Result>(key: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw toEngineError(error, key);
  }
}

interface Part {
  bytes: Uint8Array;
  sizeBytes: number;
}

function readObjectSize({ ContentRange, ContentLength }: GetObjectCommandOutput, key: string): number {
  const total = ContentRange === undefined ? ContentLength : Number(ContentRange.split('/')[1]);
  if (total === undefined || !Number.isSafeInteger(total)) {
    throw new Error(`The store answered "${key}" without a usable size (Content-Range "${ContentRange}").`);
  }
  return total;
}

async function fetchOnce({ client, bucket }: Bucket, key: string, range: string | undefined): Promise<Part> {
  const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: range }));
  if (!answer.Body) throw new Error(`The store answered "${key}" without a body.`);
  const bytes = await answer.Body.transformToByteArray();
  if (answer.ContentLength !== undefined && bytes.length !== answer.ContentLength) {
    const message = `"${key}" broke off after ${bytes.length} of ${answer.ContentLength} bytes.`;
    throw new VectorDbError('Unavailable', message);
  }
  return { bytes, sizeBytes: readObjectSize(answer, key) };
}

function isBrokenBody(error: unknown): boolean {
  if (error instanceof VectorDbError) return error.kind === 'Unavailable';
  return isPassingFailure(error) && statusOf(error) === undefined;
}

async function fetchPart(bucket: Bucket, key: string, range?: string): Promise<Part> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchOnce(bucket, key, range);
    } catch (error) {
      if (attempt === MAX_BODY_ATTEMPTS || !isBrokenBody(error)) throw error;
      await waitBeforeRetry(attempt);
    }
  }
}

async function getRange(bucket: Bucket, key: string, offset: number, length: number): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array(0);
  try {
    const { bytes } = await fetchPart(bucket, key, `bytes=${offset}-${offset + length - 1}`);
    return bytes;
  } catch (error) {
    if (isNamed(error, 'InvalidRange') || statusOf(error) === 416) return new Uint8Array(0);
    throw error;
  }
}

async function getTail(bucket: Bucket, key: string, length: number): Promise<Part> {
  try {
    return await fetchPart(bucket, key, `bytes=-${length}`);
  } catch (error) {
    // A suffix of an object without bytes is not satisfiable; every other suffix is.
    if (isNamed(error, 'InvalidRange') || statusOf(error) === 416)
      return { bytes: new Uint8Array(0), sizeBytes: 0 };
    throw error;
  }
}

async function requireSameBytes(bucket: Bucket, key: string, bytes: Uint8Array): Promise<void> {
  const existing = await fetchPart(bucket, key);
  if (Buffer.compare(existing.bytes, bytes) === 0) return;
  throw new VectorDbError('Conflict', `The object "${key}" exists with other bytes; objects never change.`);
}

/**
 * Puts an object that must not exist with other bytes. An equal one is put again, so that its age starts anew:
 * a sweep that looks at ages must not take an old orphan away from the commit that is about to name it.
 */
async function putObject(bucket: Bucket, key: string, bytes: Uint8Array): Promise<void> {
  const input = { Bucket: bucket.bucket, Key: key, Body: bytes, ContentLength: bytes.length };
  for (let attempt = 1; ; attempt++) {
    try {
      await bucket.client.send(new PutObjectCommand({ ...input, IfNoneMatch: '*' }));
      return;
    } catch (error) {
      if (isNamed(error, 'PreconditionFailed') || statusOf(error) === 412) break;
      const isConcurrent = isNamed(error, 'ConditionalRequestConflict') || statusOf(error) === 409;
      if (!isConcurrent || attempt === MAX_PUT_ATTEMPTS) throw error;
      await waitBeforeRetry(attempt);
    }
  }
  await requireSameBytes(bucket, key, bytes);
  await bucket.client.send(new PutObjectCommand(input));
}

async function deleteObjects({ client, bucket }: Bucket, keys: string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += DELETES_PER_REQUEST) {
    const Objects = keys.slice(start, start + DELETES_PER_REQUEST).map((Key) => ({ Key }));
    const answer = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const failed = (answer.Errors ?? []).filter(({ Code }) => Code !== 'NoSuchKey');
    const first = failed[0];
    if (first) {
      const message = `${failed.length} objects were not deleted; the first is "${first.Key}": ${first.Code}.`;
      throw new VectorDbError('Unavailable', message);
    }
  }
}

async function* listObjects({ client, bucket }: Bucket, prefix: string) {
  let token: string | undefined;
  do {
    const request = new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token });
    const page = await mapErrors(prefix, client.send(request));
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      if (Key === undefined) continue;
      yield { key: Key, sizeBytes: Size ?? 0, modifiedAtMs: LastModified?.getTime() ?? 0 };
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

/** Keeps the engine's immutable objects in a bucket. */
export function createS3ObjectStore(bucket: Bucket): ObjectStore {
  return {
    async get(key, range) {
      if (range) return await mapErrors(key, getRange(bucket, key, range.offset, range.length));
      return (await mapErrors(key, fetchPart(bucket, key))).bytes;
    },
    getTail: (key, length) => mapErrors(key, getTail(bucket, key, length)),
    put: (key, object) =>
      mapErrors(
        key,
        object instanceof Uint8Array || object.sizeBytes <= MAX_SINGLE_PUT_BYTES
          ? putObject(bucket, key, joinParts(object))
          : putLargeObject(bucket, key, object),
      ),
    delete: (keys) => mapErrors(keys[0] ?? '', deleteObjects(bucket, keys)),
    list: (prefix) => listObjects(bucket, prefix),
  };
}
