import { integerParameter } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { listKeys } from './list-keys.ts';
import { authorizeList, checksumFacts, commonPrefix, keyEncoder, MOST_ENTRIES } from './list-objects.ts';
import type { Version } from './record.ts';
import { S3Error } from './s3-error.ts';
import { element, optional, xmlDocument } from './write-xml.ts';
import type { Xml } from './write-xml.ts';

interface Item {
  name: string;
  /** Undefined for a common prefix. */
  version: Version | undefined;
  isLatest: boolean;
}

/** ListObjectVersions: keys in order, the versions of each from the newest. */
export function listVersions(services: Services, exchange: Exchange): Promise<Answer> {
  const { query, bucket } = exchange;
  authorizeList(services, exchange, 's3:ListBucketVersions');
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const limit = integerParameter(exchange, 'max-keys', {
    smallest: 1,
    largest: MOST_ENTRIES,
    fallback: MOST_ENTRIES,
  });
  const { items, isTruncated } = collect(services, exchange, { prefix, delimiter, limit });
  const encode = keyEncoder(exchange);
  const last = items.at(-1);
  const body = xmlDocument(
    'ListVersionsResult',
    element('Name', bucket.name),
    element('Prefix', encode(prefix)),
    element('KeyMarker', encode(query.get('key-marker') ?? '')),
    element('VersionIdMarker', query.get('version-id-marker') ?? ''),
    isTruncated && last
      ? [
          element('NextKeyMarker', encode(last.name)),
          optional('NextVersionIdMarker', last.version?.versionId),
        ]
      : undefined,
    optional('Delimiter', delimiter === '' ? undefined : encode(delimiter)),
    element('MaxKeys', limit),
    optional('EncodingType', query.get('encoding-type')),
    element('IsTruncated', isTruncated),
    items.map((item) =>
      item.version ? versionXml(encode(item.name), item.version, item.isLatest) : undefined,
    ),
    items.filter(({ version }) => !version).map(({ name }) => commonPrefix(encode(name))),
  );
  return Promise.resolve({ status: 200, body });
}

function collect(
  { store }: Services,
  { query, bucket }: Exchange,
  { prefix, delimiter, limit }: { prefix: string; delimiter: string; limit: number },
): { items: Item[]; isTruncated: boolean } {
  const keyMarker = query.get('key-marker') ?? '';
  const versionMarker = query.get('version-id-marker');
  if (versionMarker !== undefined && keyMarker === '') {
    throw new S3Error('InvalidArgument', 'A version-id marker cannot be specified without a key marker.');
  }
  const skipsPrefix =
    delimiter !== '' && versionMarker === undefined && keyMarker.slice(prefix.length).endsWith(delimiter);
  const page = listKeys(
    store.state.bucket(bucket.name),
    // One more than wanted, so that what is left over shows.
    {
      prefix,
      delimiter,
      limit: limit + 1,
      after: keyMarker,
      skipsPrefix,
      isInclusive: versionMarker !== undefined,
    },
    (versions) => versions,
  );
  const items = page.entries.flatMap(({ kind, name, versions }): Item[] => {
    if (kind === 'PREFIX') return [{ name, version: undefined, isLatest: false }];
    const all = versions.map((version, position) => ({ name, version, isLatest: position === 0 }));
    if (name !== keyMarker || versionMarker === undefined) return all;
    const at = all.findIndex(({ version }) => version.versionId === versionMarker);
    // A marker that was deleted meanwhile: version ids grow, so what is older stands behind it.
    return at < 0 ? all.filter(({ version }) => version.versionId < versionMarker) : all.slice(at + 1);
  });
  return { items: items.slice(0, limit), isTruncated: items.length > limit };
}

function versionXml(name: string, version: Version, isLatest: boolean): Xml {
  const common = [
    element('Key', name),
    element('VersionId', version.versionId),
    element('IsLatest', isLatest),
    element('LastModified', new Date(version.modifiedMs).toISOString()),
  ];
  if (version.isDeleteMarker) return element('DeleteMarker', common);
  return element(
    'Version',
    common,
    element('ETag', `"${version.etag}"`),
    checksumFacts(version.checksum),
    element('Size', version.size),
    element('StorageClass', 'STANDARD'),
  );
}
