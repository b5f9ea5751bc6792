import { authorize, versionHeaders } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { pendingEvents } from './event-record.ts';
import type { ObjectState } from './object-state.ts';
import { readObjectHeaders } from './object-headers.ts';
import { judgeWrite } from './precondition.ts';
import { openBody } from './receive-body.ts';
import type { IncomingBody } from './receive-body.ts';
import { checksumHeader } from './checksum.ts';
import type { BlobReference, Checksum, JournalRecord, Version } from './record.ts';
import { versionIdOf } from './version-id.ts';

export const LARGEST_PUT_BYTES = 5 * 1024 ** 3;

/** PutObject. */
export async function putObject(services: Services, exchange: Exchange): Promise<Answer> {
  authorize(services, exchange, 's3:PutObject');
  refuseEarly(services, exchange);
  const described = readObjectHeaders(exchange.headers);
  const body = openBody(exchange, { largestBytes: LARGEST_PUT_BYTES });
  const version = await storeBody(services, exchange, { body, described, eventName: 'ObjectCreated:Put' });
  return {
    status: 200,
    headers: {
      etag: `"${version.etag}"`,
      ...versionHeaders(exchange, version),
      ...checksumHeaders(version.checksum),
    },
  };
}

/** A write that cannot succeed is refused before its bytes travel; the commit decides again. */
function refuseEarly({ store }: Services, exchange: Exchange): void {
  judgeWrite((name) => exchange.headers.get(name), visible(store.state, exchange));
}

/** Receives a body into a blob and commits it as the key's newest version. */
export async function storeBody(
  services: Services,
  exchange: Exchange,
  put: {
    body: IncomingBody;
    described: Pick<Version, 'headers' | 'metadata'>;
    eventName: string;
    principalId?: string;
  },
): Promise<Version> {
  const blobs = await services.store.blobs.write(put.body.chunks);
  const facts = put.body.facts();
  return commitVersion(services, exchange, {
    blobs,
    eventName: put.eventName,
    principalId: put.principalId,
    describe: () => ({
      ...put.described,
      size: facts.size,
      etag: facts.md5.toString('hex'),
      checksum: facts.checksum,
      blobs,
    }),
  });
}

interface VersionChange {
  /** Written for this change alone: removed when it fails. */
  blobs: BlobReference[];
  eventName: string;
  principalId?: string | undefined;
  uploadId?: string;
  /** Called when its turn has come, with every change before it visible; may fail. */
  describe(state: ObjectState): Omit<Version, 'versionId' | 'sequence' | 'modifiedMs' | 'isDeleteMarker'>;
}

/** Makes a new version of the exchange's key, with its events, unless a condition of the request fails. */
export async function commitVersion(
  services: Services,
  exchange: Exchange,
  change: VersionChange,
): Promise<Version> {
  const { store, options } = services;
  const { bucket, key } = exchange;
  let made: Version | undefined;
  const prepare = (state: ObjectState): JournalRecord[] => {
    judgeWrite((name) => exchange.headers.get(name), visible(state, exchange));
    const sequence = store.nextSequence();
    const version: Version = {
      ...change.describe(state),
      sequence,
      versionId: bucket.isVersioned ? versionIdOf(sequence) : 'null',
      modifiedMs: exchange.nowMs,
      isDeleteMarker: false,
    };
    made = version;
    const events = pendingEvents(bucket, options, objectEvent(exchange, version, change));
    return [
      {
        type: 'put',
        bucket: bucket.name,
        key,
        version,
        events,
        ...(change.uploadId === undefined ? {} : { uploadId: change.uploadId }),
      },
    ];
  };
  try {
    await store.commit(lockOf(exchange), prepare);
  } catch (error) {
    store.blobs.release(change.blobs.map(({ blob }) => blob));
    throw error;
  }
  if (!made) throw new Error('a commit resolved without having been prepared');
  return made;
}

/** Returns what a plain read of the key would give: a delete marker hides what is below it. */
export function visible(
  state: ObjectState,
  { bucket, key }: Pick<Exchange, 'bucket' | 'key'>,
): Version | undefined {
  const version = state.current(bucket.name, key);
  return version?.isDeleteMarker ? undefined : version;
}

/** Changes of the same key wait for each other. */
export function lockOf({ bucket, key }: Pick<Exchange, 'bucket' | 'key'>): string {
  return `${bucket.name}/${key}`;
}

export function checksumHeaders(checksum: Checksum | null): Record<string, string> {
  if (!checksum) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** Returns what an event says about a change of the exchange's key. */
export function objectEvent(
  exchange: Exchange,
  version: Version,
  { eventName, principalId }: { eventName: string; principalId?: string | undefined },
): Parameters<typeof pendingEvents>[2] {
  const isRemoval = eventName.startsWith('ObjectRemoved');
  return {
    name: eventName,
    key: exchange.key,
    ...(isRemoval ? {} : { size: version.size, etag: version.etag }),
    versionId: version.versionId,
    sequence: version.sequence,
    timeMs: exchange.nowMs,
    requestId: exchange.requestId,
    sourceAddress: exchange.req.socket.remoteAddress ?? '',
    principalId: principalId ?? exchange.verified?.principal.arn ?? '',
  };
}
