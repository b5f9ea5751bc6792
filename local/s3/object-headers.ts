import { S3Error } from './s3-error.ts';
import type { Version } from './record.ts';

type HeaderMap = ReadonlyMap<string, string>;

const STORED = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];
const META = 'x-amz-meta-';
const MOST_METADATA_BYTES = 2048;

/** Headers that carry no wish of their own: signing and transport. */
const NEUTRAL = new Set([
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-decoded-content-length',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-security-token',
  'x-amz-trailer',
  'x-amz-user-agent',
]);

/** Headers that are accepted with the one value that says what happens anyway. */
const FIXED: Record<string, string[]> = {
  'x-amz-acl': ['private', 'bucket-owner-full-control'],
  'x-amz-storage-class': ['STANDARD'],
  'x-amz-tagging-directive': ['COPY'],
};

/** Returns the headers and metadata to store with an object. */
export function readObjectHeaders(headers: HeaderMap): Pick<Version, 'headers' | 'metadata'> {
  const stored = STORED.flatMap((name) => {
    const value = name === 'content-encoding' ? withoutAwsChunked(headers.get(name)) : headers.get(name);
    return value === undefined || value === '' ? [] : [[name, checkValue(name, value)] as const];
  });
  return { headers: Object.fromEntries(stored), metadata: readMetadata(headers) };
}

/** Fails with InvalidArgument on what could not be answered as a header again: a line break would begin another header. */
export function checkValue(name: string, value: string): string {
  if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value)) {
    throw new S3Error('InvalidArgument', `The value of ${name} has a character that no header can carry`, {
      details: { ArgumentName: name },
    });
  }
  return value;
}

/** Returns the headers that answer a read of the object. */
export function answerHeaders(version: Version): Record<string, string> {
  const metadata = Object.entries(version.metadata).map(
    ([name, value]) => [`${META}${name}`, value] as const,
  );
  return {
    'content-type': 'binary/octet-stream',
    ...version.headers,
    ...Object.fromEntries(metadata),
    etag: `"${version.etag}"`,
    'last-modified': new Date(version.modifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
  };
}

/** Fails with NotImplemented on an `x-amz-` header that asks for what is not done here. `allowed` may end in `-`: a family. */
export function refuseUnsupportedHeaders(
  headers: HeaderMap,
  allowed: readonly string[],
  accountId: string,
): void {
  for (const [name, value] of headers) {
    if (!name.startsWith('x-amz-') || NEUTRAL.has(name)) continue;
    if (allowed.some((item) => (item.endsWith('-') ? name.startsWith(item) : name === item))) continue;
    if (FIXED[name]?.includes(value)) continue;
    if (name === 'x-amz-expected-bucket-owner') {
      if (value !== accountId)
        throw new S3Error('AccessDenied', `The bucket is owned by ${accountId}, not by ${value}`);
      continue;
    }
    throw new S3Error(
      'NotImplemented',
      `The header ${name} with the value "${value}" implies functionality that is not implemented here`,
      {
        details: { Header: name },
      },
    );
  }
}

function readMetadata(headers: HeaderMap): Record<string, string> {
  const metadata: (readonly [string, string])[] = [];
  let bytes = 0;
  for (const [name, value] of headers) {
    if (!name.startsWith(META)) continue;
    const key = name.slice(META.length);
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(key)) {
      throw new S3Error('InvalidArgument', `"${name}" is no name of a header`, {
        details: { ArgumentName: name },
      });
    }
    metadata.push([key, checkValue(name, value)]);
    bytes += key.length + value.length;
  }
  if (bytes > MOST_METADATA_BYTES) {
    throw new S3Error(
      'MetadataTooLarge',
      `Your metadata headers exceed the maximum allowed metadata size: ${bytes} bytes of ${MOST_METADATA_BYTES}`,
      {
        details: { Size: String(bytes), MaxSizeAllowed: String(MOST_METADATA_BYTES) },
      },
    );
  }
  return Object.fromEntries(metadata);
}

/** aws-chunked is how the bytes travelled, not how they are encoded. */
function withoutAwsChunked(encoding: string | undefined): string | undefined {
  return encoding
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== 'aws-chunked')
    .join(', ');
}
