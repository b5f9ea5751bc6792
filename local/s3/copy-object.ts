import { authorize, missingKey, objectArn, versionHeaders } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { readObjectHeaders } from './object-headers.ts';
import { judgeRead, preconditionFailed } from './precondition.ts';
import { commitVersion, LARGEST_PUT_BYTES, visible } from './put-object.ts';
import type { Version } from './record.ts';
import { S3Error } from './s3-error.ts';
import { element, xmlDocument } from './write-xml.ts';
import { missingVersion, readVersionId } from './version-id.ts';

/** What `x-amz-copy-source` names. */
export interface CopySource {
  bucket: string;
  key: string;
  versionId: string | undefined;
}

/** CopyObject: the copy shares the bytes of its source, so its cost does not depend on the size. */
export async function copyObject(services: Services, exchange: Exchange): Promise<Answer> {
  authorize(services, exchange, 's3:PutObject');
  const source = parseSource(exchange.headers.get('x-amz-copy-source') ?? '');
  const directive = exchange.headers.get('x-amz-metadata-directive') ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw new S3Error(
      'InvalidArgument',
      `x-amz-metadata-directive is "${directive}"; expected COPY or REPLACE`,
    );
  }
  const action = source.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  authorize(services, exchange, action, { resource: objectArn(source.bucket, source.key) });
  refuseCopyOntoItself(exchange, source, directive);
  const replacement = directive === 'REPLACE' ? readObjectHeaders(exchange.headers) : undefined;
  let sourceVersion: Version | undefined;
  const version = await commitVersion(services, exchange, {
    blobs: [],
    eventName: 'ObjectCreated:Copy',
    describe() {
      // Looked up in turn: the source may have changed while the request waited.
      sourceVersion = findSource(services, exchange, source);
      const { size, etag, blobs, checksum, headers, metadata } = sourceVersion;
      return { size, etag, blobs, checksum, ...(replacement ?? { headers, metadata }) };
    },
  });
  return {
    status: 200,
    headers: {
      ...versionHeaders(exchange, version),
      ...(sourceVersion && sourceVersion.versionId !== 'null'
        ? { 'x-amz-copy-source-version-id': sourceVersion.versionId }
        : {}),
    },
    body: xmlDocument(
      'CopyObjectResult',
      element('LastModified', new Date(version.modifiedMs).toISOString()),
      element('ETag', `"${version.etag}"`),
      version.checksum
        ? [
            element(`Checksum${version.checksum.algorithm}`, version.checksum.value),
            element('ChecksumType', version.checksum.type),
          ]
        : undefined,
    ),
  };
}

/** Headers of CopyObject beside those of every write. */
export const COPY_HEADERS = [
  'x-amz-copy-source',
  'x-amz-copy-source-if-',
  'x-amz-metadata-directive',
  'x-amz-meta-',
];

/** Reads `<bucket>/<key>`, with `?versionId=…` behind it where a version is meant. */
export function parseSource(header: string): CopySource {
  const match = /^\/?([^/]+)\/([^?]+)(?:\?versionId=(.+))?$/.exec(header);
  if (!match)
    throw new S3Error('InvalidArgument', `x-amz-copy-source is "${header}"; expected <bucket>/<key>`);
  try {
    const [, bucket = '', key = '', versionId] = match;
    return {
      bucket: decodeURIComponent(bucket),
      key: decodeURIComponent(key),
      versionId: readVersionId(versionId && decodeURIComponent(versionId)),
    };
  } catch (cause) {
    if (cause instanceof S3Error) throw cause;
    throw new S3Error(
      'InvalidArgument',
      `x-amz-copy-source is "${header}", which is not UTF-8 in percent encoding`,
      { cause },
    );
  }
}

function refuseCopyOntoItself({ bucket, key }: Exchange, source: CopySource, directive: string): void {
  if (
    directive !== 'COPY' ||
    source.versionId !== undefined ||
    source.bucket !== bucket.name ||
    source.key !== key
  )
    return;
  throw new S3Error(
    'InvalidRequest',
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata.",
  );
}

/** Returns the version to copy; fails when it is not there or a condition of the request does not hold. */
export function findSource(services: Services, exchange: Exchange, source: CopySource): Version {
  const { options, store } = services;
  const bucket = options.buckets.find(({ name }) => name === source.bucket);
  if (!bucket)
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', {
      details: { BucketName: source.bucket },
    });
  const version =
    source.versionId === undefined
      ? visible(store.state, { bucket, key: source.key })
      : store.state.version(source.bucket, source.key, source.versionId);
  if (!version && source.versionId !== undefined) throw missingVersion(source.key, source.versionId);
  if (!version) throw missingKey(services, { ...exchange, bucket, key: source.key });
  if (version.isDeleteMarker)
    throw new S3Error(
      'InvalidRequest',
      'The source of a copy request may not specifically refer to a delete marker by version id.',
    );
  if (version.size > LARGEST_PUT_BYTES) {
    throw new S3Error(
      'InvalidRequest',
      `The specified copy source is larger than the maximum allowable size for a copy source: ${LARGEST_PUT_BYTES}`,
    );
  }
  const verdict = judgeRead((name) => exchange.headers.get(name), version, 'x-amz-copy-source-');
  if (verdict === 'NOT_MODIFIED') throw preconditionFailed('x-amz-copy-source-If-None-Match');
  return version;
}
