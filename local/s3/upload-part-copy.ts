import { findSource, parseSource } from './copy-object.ts';
import type { CopySource } from './copy-object.ts';
import { authorize, objectArn } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { findUpload, LARGEST_PART_BYTES, partNumber, storePart } from './multipart.ts';
import { digestBody } from './receive-body.ts';
import type { Version } from './record.ts';
import { S3Error } from './s3-error.ts';
import { element, xmlDocument } from './write-xml.ts';

/** UploadPartCopy: a part whose bytes are those of an object, or a range of them. */
export async function uploadPartCopy(services: Services, exchange: Exchange): Promise<Answer> {
  const { store } = services;
  authorize(services, exchange, 's3:PutObject');
  const number = partNumber(exchange);
  const { upload } = findUpload(store.state, exchange);
  const source = parseSource(exchange.headers.get('x-amz-copy-source') ?? '');
  const action = source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  authorize(services, exchange, action, { resource: objectArn(source.bucket, source.key) });
  const version = findSource(services, exchange, source);
  const { start, end } = readRange(exchange.headers.get('x-amz-copy-source-range'), version);
  const unpin = store.blobs.pin(version.blobs);
  try {
    const algorithm = upload.checksum?.algorithm;
    const body = digestBody(store.blobs.read(version.blobs, start, end), {
      largestBytes: LARGEST_PART_BYTES,
      declared: end - start,
      claim: algorithm && { algorithm, value: undefined, trailer: undefined },
      trailers: new Map(),
      sha256: undefined,
      contentMd5: undefined,
    });
    const part = await storePart(services, exchange, { number, upload, body });
    return answerCopy(part, { source, version });
  } finally {
    unpin();
  }
}

function answerCopy(
  part: Awaited<ReturnType<typeof storePart>>,
  { source, version }: { source: CopySource; version: Version },
): Answer {
  const isVersioned = source.versionId !== undefined || version.versionId !== 'null';
  return {
    status: 200,
    headers: isVersioned ? { 'x-amz-copy-source-version-id': version.versionId } : {},
    body: xmlDocument(
      'CopyPartResult',
      element('LastModified', new Date(part.modifiedMs).toISOString()),
      element('ETag', `"${part.etag}"`),
      part.checksum ? element(`Checksum${part.checksum.algorithm}`, part.checksum.value) : undefined,
    ),
  };
}

/** Unlike the range of a read, both ends are needed and must lie in the object. */
function readRange(text: string | undefined, { size }: Version): { start: number; end: number } {
  if (text === undefined) return { start: 0, end: size };
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(text);
  const [start, last] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || start > last) {
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      { details: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: text } },
    );
  }
  if (last < size) return { start, end: last + 1 };
  throw new S3Error('InvalidArgument', `Range specified is not valid for source object of size: ${size}`, {
    details: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: text },
  });
}
