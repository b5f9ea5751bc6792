import { integerParameter } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { listKeys } from './list-keys.ts';
import { authorizeList, commonPrefix, contents, keyEncoder, MOST_ENTRIES } from './list-objects.ts';
import { element, optional, xmlDocument } from './write-xml.ts';

/** ListObjects, the older version: it goes on from a key, which it names itself only when there is a delimiter. */
export function listObjectsV1(services: Services, exchange: Exchange): Promise<Answer> {
  const { query, bucket } = exchange;
  authorizeList(services, exchange, 's3:ListBucket');
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const marker = query.get('marker') ?? '';
  const limit = integerParameter(exchange, 'max-keys', {
    smallest: 0,
    largest: MOST_ENTRIES,
    fallback: MOST_ENTRIES,
  });
  const skipsPrefix = delimiter !== '' && marker.slice(prefix.length).endsWith(delimiter);
  const page = listKeys(
    services.store.state.bucket(bucket.name),
    { prefix, delimiter, limit, after: marker, skipsPrefix },
    ([current]) => (current && !current.isDeleteMarker ? [current] : []),
  );
  const encode = keyEncoder(exchange);
  const last = page.isTruncated && delimiter !== '' ? page.entries.at(-1)?.name : undefined;
  const owner = element('Owner', element('ID', services.options.accountId));
  const body = xmlDocument(
    'ListBucketResult',
    element('Name', bucket.name),
    element('Prefix', encode(prefix)),
    element('Marker', encode(marker)),
    optional('NextMarker', last === undefined ? undefined : encode(last)),
    element('MaxKeys', limit),
    optional('Delimiter', delimiter === '' ? undefined : encode(delimiter)),
    optional('EncodingType', query.get('encoding-type')),
    element('IsTruncated', page.isTruncated),
    page.entries.flatMap((entry) =>
      entry.versions.map((version) => contents(encode(entry.name), version, owner)),
    ),
    page.entries.filter(({ kind }) => kind === 'PREFIX').map(({ name }) => commonPrefix(encode(name))),
  );
  return Promise.resolve({ status: 200, body });
}
