import { authorize, integerParameter } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { element, optional, xmlDocument } from './write-xml.ts';

const MOST_BUCKETS = 10_000;

/** ListBuckets: in the order of their names, in pages when asked to. */
export function listBuckets(services: Services, exchange: Exchange): Promise<Answer> {
  authorize(services, exchange, 's3:ListAllMyBuckets', { resource: '*' });
  const { query } = exchange;
  const { buckets, region, accountId } = services.options;
  const limit = integerParameter(exchange, 'max-buckets', {
    smallest: 1,
    largest: MOST_BUCKETS,
    fallback: MOST_BUCKETS,
  });
  const prefix = query.get('prefix') ?? '';
  const after = Buffer.from(query.get('continuation-token') ?? '', 'base64url').toString('utf8');
  const rest = buckets
    .map(({ name }) => name)
    .filter(
      (name) => name.startsWith(prefix) && name > after && (query.get('bucket-region') ?? region) === region,
    )
    .sort();
  const shown = rest.slice(0, limit);
  const last = rest.length > limit ? shown.at(-1) : undefined;
  const created = new Date(services.createdMs).toISOString();
  const entries = shown.map((name) =>
    element(
      'Bucket',
      element('Name', name),
      element('CreationDate', created),
      element('BucketRegion', region),
    ),
  );
  const body = xmlDocument(
    'ListAllMyBucketsResult',
    element('Owner', element('ID', accountId)),
    element('Buckets', entries),
    optional('ContinuationToken', last && Buffer.from(last, 'utf8').toString('base64url')),
    optional('Prefix', query.get('prefix')),
  );
  return Promise.resolve({ status: 200, body });
}

/** GetBucketVersioning: empty for a bucket that never was versioned. */
export function getVersioning(services: Services, exchange: Exchange): Promise<Answer> {
  authorize(services, exchange, 's3:GetBucketVersioning');
  const status = exchange.bucket.isVersioned ? element('Status', 'Enabled') : undefined;
  return Promise.resolve({ status: 200, body: xmlDocument('VersioningConfiguration', status) });
}
