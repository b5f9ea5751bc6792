import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** The bucket of uploads and staged parts. */
export interface FileBucket {
  client: S3Client;
  bucket: string;
}

/** Returns whether an object was not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NotFound' || error.name === 'NoSuchKey');
}

/** Returns the size of an object, or null when there is none. */
export async function findObjectSize({ client, bucket }: FileBucket, key: string): Promise<number | null> {
  try {
    const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return ContentLength ?? 0;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Streams an object, or a range of it; `end` is the first byte that is left out. */
export async function* streamObject(
  { client, bucket }: FileBucket,
  key: string,
  { start = 0, end }: { start?: number; end?: number } = {},
): AsyncGenerator<Uint8Array> {
  const isWhole = start === 0 && end === undefined;
  const range = isWhole ? undefined : `bytes=${start}-${end === undefined ? '' : end - 1}`;
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range: range }));
  if (!Body) throw new Error(`The store answered "${key}" without a body.`);
  for await (const block of Body as AsyncIterable<Uint8Array>) yield block;
}

/** Reads a staged part as text; null when it is gone. */
export async function readTextObject({ client, bucket }: FileBucket, key: string): Promise<string | null> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body ? await Body.transformToString('utf-8') : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Writes a staged part; parsing the same bytes again writes it again. */
export async function putTextObject(
  { client, bucket }: FileBucket,
  key: string,
  text: string,
): Promise<void> {
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: Buffer.from(text),
    ContentType: 'application/x-ndjson',
  });
  await client.send(command);
}
