import { authorize, integerParameter } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { listKeys } from './list-keys.ts';
import type { ListEntry, ListPage } from './list-keys.ts';
import type { Checksum, Version } from './record.ts';
import { S3Error } from './s3-error.ts';
import { element, optional, xmlDocument } from './write-xml.ts';
import type { Xml } from './write-xml.ts';

export const MOST_ENTRIES = 1000;

/** ListObjectsV2. */
export function listObjects(services: Services, exchange: Exchange): Promise<Answer> {
  const { query, bucket } = exchange;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  authorizeList(services, exchange, 's3:ListBucket');
  if (query.get('list-type') !== '2') {
    throw new S3Error(
      'NotImplemented',
      `list-type is "${query.get('list-type')}"; only ListObjectsV2 (2) is implemented`,
    );
  }
  const hasOwner = query.get('fetch-owner') === 'true';
  const owner = hasOwner ? element('Owner', element('ID', services.options.accountId)) : undefined;
  const limit = integerParameter(exchange, 'max-keys', {
    smallest: 0,
    largest: MOST_ENTRIES,
    fallback: MOST_ENTRIES,
  });
  const token = query.get('continuation-token');
  const start =
    token === undefined ? { after: query.get('start-after') ?? '', skipsPrefix: false } : readToken(token);
  const encode = keyEncoder(exchange);
  const page = listKeys(
    services.store.state.bucket(bucket.name),
    { prefix, delimiter, limit, ...start },
    ([current]) => (current && !current.isDeleteMarker ? [current] : []),
  );
  const body = xmlDocument(
    'ListBucketResult',
    element('Name', bucket.name),
    element('Prefix', encode(prefix)),
    optional('Delimiter', delimiter === '' ? undefined : encode(delimiter)),
    optional('StartAfter', query.has('start-after') ? encode(query.get('start-after') ?? '') : undefined),
    optional('ContinuationToken', token),
    optional('NextContinuationToken', nextToken(page)),
    element('KeyCount', page.entries.length),
    element('MaxKeys', limit),
    optional('EncodingType', query.get('encoding-type')),
    element('IsTruncated', page.isTruncated),
    page.entries.flatMap((entry) =>
      entry.kind === 'KEY'
        ? entry.versions.map((version) => contents(encode(entry.name), version, owner))
        : [],
    ),
    page.entries.filter(({ kind }) => kind === 'PREFIX').map(({ name }) => commonPrefix(encode(name))),
  );
  return Promise.resolve({ status: 200, body });
}

/** Checks that the sender may list, with what a policy may ask about the listing. */
export function authorizeList(services: Services, exchange: Exchange, action: string): void {
  const { query } = exchange;
  authorize(services, exchange, action, {
    context: {
      ...(query.has('prefix') ? { 's3:prefix': query.get('prefix') ?? '' } : {}),
      ...(query.has('delimiter') ? { 's3:delimiter': query.get('delimiter') ?? '' } : {}),
      ...(query.has('max-keys') ? { 's3:max-keys': query.get('max-keys') ?? '' } : {}),
    },
  });
}

/** Returns how names are written: as they are, or percent-encoded when the request wants that. */
export function keyEncoder({ query }: Exchange): (name: string) => string {
  const type = query.get('encoding-type');
  if (type === undefined) return (name) => name;
  if (type !== 'url') throw new S3Error('InvalidArgument', `encoding-type is "${type}"; expected url`);
  return (name) =>
    encodeURIComponent(name)
      .replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%2F', '/')
      .replaceAll('%20', '+');
}

export function commonPrefix(name: string): Xml {
  return element('CommonPrefixes', element('Prefix', name));
}

/** Returns the elements that say which checksum an object has. */
export function checksumFacts(checksum: Checksum | null): Xml[] {
  if (!checksum) return [];
  return [element('ChecksumAlgorithm', checksum.algorithm), element('ChecksumType', checksum.type)];
}

/** Returns the entry of an object, with its owner where the request wants it. */
export function contents(name: string, version: Version, owner?: Xml): Xml {
  return element(
    'Contents',
    element('Key', name),
    element('LastModified', new Date(version.modifiedMs).toISOString()),
    element('ETag', `"${version.etag}"`),
    checksumFacts(version.checksum),
    element('Size', version.size),
    owner,
    element('StorageClass', 'STANDARD'),
  );
}

function nextToken({ entries, isTruncated }: ListPage): string | undefined {
  const last: ListEntry | undefined = entries.at(-1);
  if (!isTruncated || !last) return undefined;
  return Buffer.from(`${last.kind === 'PREFIX' ? 'p' : 'k'}${last.name}`, 'utf8').toString('base64url');
}

function readToken(token: string): { after: string; skipsPrefix: boolean } {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  const isOurs = /^[pk]./su.test(text) && Buffer.from(text, 'utf8').toString('base64url') === token;
  if (!isOurs) {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
      details: { ArgumentName: 'continuation-token' },
    });
  }
  return { after: text.slice(1), skipsPrefix: text[0] === 'p' };
}
