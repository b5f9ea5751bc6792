import { pendingEvents } from './event-record.ts';
import { authorize, objectArn } from './exchange.ts';
import type { Answer, Exchange, Services } from './exchange.ts';
import { judgeWrite } from './precondition.ts';
import { lockOf, objectEvent } from './put-object.ts';
import { childText, malformed, readXml } from './read-xml.ts';
import type { XmlNode } from './read-xml.ts';
import { readSmallBody } from './receive-body.ts';
import type { JournalRecord, Version } from './record.ts';
import type { ObjectState } from './object-state.ts';
import { checkKeyLength } from './request.ts';
import { S3Error } from './s3-error.ts';
import { element, optional, xmlDocument } from './write-xml.ts';
import type { Xml } from './write-xml.ts';
import { readVersionId, versionIdOf } from './version-id.ts';

const MOST_KEYS = 1000;
const LARGEST_LIST_BYTES = 2 * 1024 * 1024;

/** What a deletion did: the version that went, or the marker that came. */
interface Deletion {
  versionId: string | undefined;
  isDeleteMarker: boolean;
}

/** DeleteObject: of one version, or of the key, which in a versioned bucket means a delete marker. */
export async function deleteObject(services: Services, exchange: Exchange): Promise<Answer> {
  const versionId = readVersionId(exchange.query.get('versionId'));
  authorize(services, exchange, versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion');
  const deletion = await deleteKey(services, exchange, versionId);
  return {
    status: 204,
    headers: {
      ...(deletion.versionId === undefined ? {} : { 'x-amz-version-id': deletion.versionId }),
      ...(deletion.isDeleteMarker ? { 'x-amz-delete-marker': 'true' } : {}),
    },
  };
}

/** DeleteObjects: up to 1000 keys, each with its own outcome. */
export async function deleteObjects(services: Services, exchange: Exchange): Promise<Answer> {
  const root = readXml(await readSmallBody(exchange, LARGEST_LIST_BYTES), 'Delete');
  const isQuiet = childText(root, 'Quiet')?.trim() === 'true';
  const entries = root.children.filter((child) => child.name === 'Object').map(readEntry);
  if (entries.length === 0 || entries.length > MOST_KEYS) {
    throw malformed(`it has ${entries.length} <Object>; expected 1 to ${MOST_KEYS}`);
  }
  const results = await Promise.all(entries.map((entry) => deleteEntry(services, exchange, entry)));
  const shown = results.filter((result) => !isQuiet || result.xml.startsWith('<Error>'));
  return { status: 200, body: xmlDocument('DeleteResult', shown) };
}

interface Entry {
  key: string;
  versionId: string | undefined;
}

function readEntry(node: XmlNode): Entry {
  const unknown = node.children.find((child) => child.name !== 'Key' && child.name !== 'VersionId');
  if (unknown) throw new S3Error('NotImplemented', `<${unknown.name}> of <Object> is not implemented`);
  const key = childText(node, 'Key');
  if (!key) throw malformed('an <Object> has no <Key>');
  return { key, versionId: childText(node, 'VersionId') };
}

async function deleteEntry(services: Services, exchange: Exchange, { key, versionId }: Entry): Promise<Xml> {
  try {
    checkKeyLength(key);
    const action = versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
    authorize(services, exchange, action, { resource: objectArn(exchange.bucket.name, key) });
    const deletion = await deleteKey(services, { ...exchange, key }, versionId);
    const marker = deletion.isDeleteMarker
      ? [element('DeleteMarker', true), element('DeleteMarkerVersionId', deletion.versionId)]
      : [];
    return element('Deleted', element('Key', key), optional('VersionId', versionId), marker);
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    const { code, message } = error;
    return element(
      'Error',
      element('Key', key),
      optional('VersionId', versionId),
      element('Code', code),
      element('Message', message),
    );
  }
}

async function deleteKey(
  services: Services,
  exchange: Exchange,
  versionId: string | undefined,
): Promise<Deletion> {
  const { store } = services;
  let deletion: Deletion = { versionId, isDeleteMarker: false };
  await store.commit(lockOf(exchange), (state) => {
    const plan = planDeletion(services, exchange, { state, versionId });
    deletion = plan.deletion;
    return plan.records;
  });
  return deletion;
}

function planDeletion(
  services: Services,
  exchange: Exchange,
  { state, versionId }: { state: ObjectState; versionId: string | undefined },
): { deletion: Deletion; records: JournalRecord[] } {
  const { bucket, key } = exchange;
  judgeDeletion(exchange, versionId === undefined ? state.current(bucket.name, key) : undefined);
  if (versionId === undefined && bucket.isVersioned) return planMarker(services, exchange);
  const version = state.version(bucket.name, key, versionId ?? 'null');
  if (!version) return { deletion: { versionId, isDeleteMarker: false }, records: [] };
  const sequence = services.store.nextSequence();
  const eventName = 'ObjectRemoved:Delete';
  const events = pendingEvents(
    bucket,
    services.options,
    objectEvent(exchange, { ...version, sequence }, { eventName }),
  );
  return {
    deletion: { versionId, isDeleteMarker: version.isDeleteMarker },
    records: [{ type: 'delete', bucket: bucket.name, key, versionId: version.versionId, sequence, events }],
  };
}

/** Judges If-Match of a deletion, which is about the current version alone. */
function judgeDeletion({ headers, query }: Exchange, current: Version | undefined): void {
  if (!headers.has('if-match')) return;
  if (query.has('versionId'))
    throw new S3Error('NotImplemented', 'If-Match is not implemented for the deletion of a version');
  judgeWrite((name) => headers.get(name), current?.isDeleteMarker ? undefined : current);
}

function planMarker(
  services: Services,
  exchange: Exchange,
): { deletion: Deletion; records: JournalRecord[] } {
  const { bucket, key, nowMs } = exchange;
  const sequence = services.store.nextSequence();
  const version = deleteMarker(sequence, nowMs);
  const eventName = 'ObjectRemoved:DeleteMarkerCreated';
  const events = pendingEvents(bucket, services.options, objectEvent(exchange, version, { eventName }));
  return {
    deletion: { versionId: version.versionId, isDeleteMarker: true },
    records: [{ type: 'put', bucket: bucket.name, key, version, events }],
  };
}

/** Returns the version that hides those below it. */
export function deleteMarker(sequence: number, modifiedMs: number): Version {
  return {
    sequence,
    versionId: versionIdOf(sequence),
    modifiedMs,
    isDeleteMarker: true,
    size: 0,
    etag: '',
    blobs: [],
    headers: {},
    metadata: {},
    checksum: null,
  };
}
