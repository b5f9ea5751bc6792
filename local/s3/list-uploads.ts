import { authorize, integerParameter } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { commonPrefix, keyEncoder } from './list-objects.ts';
import type { Upload } from './record.ts';
import { compareUtf8 } from './sorted-keys.ts';
import { element, optional, xmlDocument } from './write-xml.ts';
import type { Xml } from './write-xml.ts';

const MOST_UPLOADS = 1000;

interface Entry {
  name: string;
  /** Undefined for a common prefix. */
  upload: Upload | undefined;
}

/** ListMultipartUploads: by key, those of one key from the oldest. */
export function listUploads(services: Services, exchange: Exchange): Promise<Answer> {
  authorize(services, exchange, 's3:ListBucketMultipartUploads');
  const { query, bucket } = exchange;
  const limit = integerParameter(exchange, 'max-uploads', {
    smallest: 1,
    largest: MOST_UPLOADS,
    fallback: MOST_UPLOADS,
  });
  const entries = collect(services, exchange);
  const shown = entries.slice(0, limit);
  const isTruncated = entries.length > limit;
  const last = isTruncated ? shown.at(-1) : undefined;
  const encode = keyEncoder(exchange);
  const delimiter = query.get('delimiter');
  const body = xmlDocument(
    'ListMultipartUploadsResult',
    element('Bucket', bucket.name),
    element('KeyMarker', encode(query.get('key-marker') ?? '')),
    element('UploadIdMarker', query.get('upload-id-marker') ?? ''),
    optional('NextKeyMarker', last && encode(last.name)),
    optional('NextUploadIdMarker', last?.upload?.id),
    element('Prefix', encode(query.get('prefix') ?? '')),
    optional('Delimiter', delimiter === undefined ? undefined : encode(delimiter)),
    element('MaxUploads', limit),
    optional('EncodingType', query.get('encoding-type')),
    element('IsTruncated', isTruncated),
    shown.map(({ upload }) => upload && uploadXml(encode(upload.key), upload, services.options.accountId)),
    shown.filter(({ upload }) => !upload).map(({ name }) => commonPrefix(encode(name))),
  );
  return Promise.resolve({ status: 200, body });
}

function collect({ store }: Services, { query, bucket }: Exchange): Entry[] {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const uploads = [...store.state.uploads.values()]
    .map(({ upload }) => upload)
    .filter((upload) => upload.bucket === bucket.name && upload.key.startsWith(prefix))
    .sort((a, b) => compareUtf8(a.key, b.key) || a.initiatedMs - b.initiatedMs || compareUtf8(a.id, b.id));
  const behind = uploads.slice(firstBehind(uploads, query));
  const entries: Entry[] = [];
  for (const upload of behind) {
    const cut = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length);
    if (cut < 0) {
      entries.push({ name: upload.key, upload });
      continue;
    }
    const name = upload.key.slice(0, cut + delimiter.length);
    if (entries.at(-1)?.name !== name && name !== query.get('key-marker'))
      entries.push({ name, upload: undefined });
  }
  return entries;
}

/** Without an upload id the marker stands behind all uploads of its key. */
function firstBehind(uploads: readonly Upload[], query: ReadonlyMap<string, string>): number {
  const key = query.get('key-marker') ?? '';
  const id = query.get('upload-id-marker') ?? '';
  if (key === '') return 0;
  const at = id === '' ? -1 : uploads.findIndex((upload) => upload.key === key && upload.id === id);
  if (at >= 0) return at + 1;
  const next = uploads.findIndex((upload) => compareUtf8(upload.key, key) > 0);
  return next < 0 ? uploads.length : next;
}

function uploadXml(key: string, { id, initiatedMs, checksum }: Upload, accountId: string): Xml {
  const who = element('ID', accountId);
  return element(
    'Upload',
    element('Key', key),
    element('UploadId', id),
    element('Initiator', who),
    element('Owner', who),
    element('StorageClass', 'STANDARD'),
    element('Initiated', new Date(initiatedMs).toISOString()),
    optional('ChecksumAlgorithm', checksum?.algorithm),
    optional('ChecksumType', checksum?.type),
  );
}
