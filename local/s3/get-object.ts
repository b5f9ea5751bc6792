import { parseRange } from './byte-range.ts';
import type { ByteRange } from './byte-range.ts';
import { authorize, missingKey, versionHeaders } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { answerHeaders, checkValue } from './object-headers.ts';
import { judgeRead } from './precondition.ts';
import { checksumHeaders } from './put-object.ts';
import type { Version } from './record.ts';
import { S3Error } from './s3-error.ts';
import { missingVersion, readVersionId } from './version-id.ts';

/** Query parameters that replace a header of the answer. */
export const RESPONSE_OVERRIDES = [
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
];

/** GetObject. */
export async function getObject(services: Services, exchange: Exchange): Promise<Answer> {
  const { store } = services;
  const version = findVersion(services, exchange);
  const answer = describeRead(exchange, version);
  if (answer.status === 304) return answer;
  const unpin = store.blobs.pin(version.blobs);
  try {
    // Before the first byte is out: afterwards a damaged object could only be told by breaking off.
    await store.blobs.check(version.blobs);
  } catch (error) {
    unpin();
    throw error;
  }
  const { start, end } = answer.range;
  return { ...answer, body: store.blobs.read(version.blobs, start, end), release: unpin };
}

/** HeadObject. */
export function headObject(services: Services, exchange: Exchange): Promise<Answer> {
  const version = findVersion(services, exchange);
  return Promise.resolve(describeRead(exchange, version));
}

/** Returns the version that a read is about; fails as S3 does when there is none, or it is a delete marker. */
function findVersion(services: Services, exchange: Exchange): Version {
  const { state } = services.store;
  const versionId = readVersionId(exchange.query.get('versionId'));
  authorize(services, exchange, versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion');
  const version =
    versionId === undefined
      ? state.current(exchange.bucket.name, exchange.key)
      : state.version(exchange.bucket.name, exchange.key, versionId);
  if (!version && versionId !== undefined) throw missingVersion(exchange.key, versionId);
  if (!version) throw missingKey(services, exchange);
  if (!version.isDeleteMarker) return version;
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.versionId };
  if (versionId === undefined) throw missingKey(services, exchange, headers);
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    details: { Method: exchange.req.method ?? '', ResourceType: 'DeleteMarker' },
    headers: { ...headers, allow: 'DELETE' },
  });
}

function describeRead(exchange: Exchange, version: Version): Answer & { range: ByteRange } {
  const whole = { start: 0, end: version.size };
  const base = { ...answerHeaders(version), ...versionHeaders(exchange, version) };
  if (judgeRead((name) => exchange.headers.get(name), version) === 'NOT_MODIFIED') {
    return { status: 304, headers: base, range: { start: 0, end: 0 } };
  }
  const part = partRange(exchange, version);
  const range = part ?? parseRange(exchange.headers.get('range'), version.size);
  const { start, end } = range ?? whole;
  const headers = {
    ...base,
    ...overrides(exchange),
    'content-length': String(end - start),
    // The object may be anyone's HTML: it must not run script, nor be taken for another type.
    'content-security-policy': 'sandbox',
    ...(part && version.partSizes ? { 'x-amz-mp-parts-count': String(version.partSizes.length) } : {}),
    ...(range && version.size > 0 ? { 'content-range': `bytes ${start}-${end - 1}/${version.size}` } : {}),
    // A checksum is of the whole object, so it would not match a range of it.
    ...(!range && exchange.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
      ? checksumHeaders(version.checksum)
      : {}),
  };
  return { status: range ? 206 : 200, headers, range: { start, end } };
}

/** Returns the bytes of one part; an object that came whole is one part. */
function partRange({ query, headers }: Exchange, version: Version): ByteRange | undefined {
  const text = query.get('partNumber');
  if (text === undefined) return undefined;
  if (headers.has('range'))
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  const sizes = version.partSizes ?? [version.size];
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1)
    throw new S3Error('InvalidArgument', `partNumber is "${text}"; expected an integer from 1 to 10000`);
  const size = sizes[number - 1];
  if (size === undefined)
    throw new S3Error('InvalidPartNumber', 'The requested partnumber is not satisfiable', {
      details: { PartNumberRequested: text, ActualPartCount: String(sizes.length) },
    });
  const start = sizes.slice(0, number - 1).reduce((sum, before) => sum + before, 0);
  return { start, end: start + size };
}

function overrides(exchange: Exchange): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of RESPONSE_OVERRIDES) {
    const value = exchange.query.get(name);
    // Header bytes are written as Latin-1: this keeps the UTF-8 bytes of the query.
    if (value !== undefined)
      headers[name.slice('response-'.length)] = checkValue(
        name,
        Buffer.from(value, 'utf8').toString('latin1'),
      );
  }
  return headers;
}
