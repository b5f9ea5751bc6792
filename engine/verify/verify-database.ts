import type { ObjectStore } from '../api.ts';
import { invalidInput, showValue } from '../errors/vector-db-error.ts';
import { Bitmap } from '../format/bitmap.ts';
import { readManifest } from '../manifest/manifest-file.ts';
import type { Manifest } from '../manifest/manifest.ts';
import { deadRows } from '../manifest/tombstones.ts';
import type { SegmentStatistics } from '../segment/segment-sections.ts';
import { createObjectCache } from '../storage/object-cache.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { errorAt, findingOf, infoAt, type Finding } from './finding.ts';
import { LiveRows } from './live-rows.ts';
import { verifySegment } from './verify-segment.ts';

/** What a verification reads. */
export interface VerifyOptions {
  store: ObjectStore;
  /** Key prefix of the database and generation, ending in `/`. */
  prefix: string;
  /** Key of the current manifest, as the pointer names it; without it, the newest is taken. */
  manifest?: string;
}

/** Holds the parsed sections of the segment that is being read. */
const CACHE_BYTES = 64 << 20;

/**
 * Reads everything that a database stores and yields what is wrong, with no service running. Segments are read one after the
 * other, twice; memory holds the sections of one segment without its vectors, and 4 bytes for each live row.
 */
export async function* verifyDatabase({
  store,
  prefix,
  manifest: named,
}: VerifyOptions): AsyncGenerator<Finding> {
  if (!prefix.endsWith('/'))
    throw invalidInput(`The prefix ${showValue(prefix)} does not end in "/".`, { field: 'prefix' });
  const io: StoreIo = { store, cache: createObjectCache(CACHE_BYTES) };
  const key = named ?? (yield* newestManifest(store, prefix));
  if (key !== null) {
    let manifest: Manifest;
    try {
      manifest = await readManifest(io, key);
    } catch (error) {
      yield findingOf(key, error);
      return;
    }
    yield* verifyManifest(key, manifest);
    yield* verifySegments(io, key, manifest);
    yield* verifyListing(store, prefix, { key, manifest });
  } else {
    yield* verifyListing(store, prefix, null);
  }
}

/** Without the pointer the newest version is taken; manifests of writers that lost a race may have the same one. */
async function* newestManifest(store: ObjectStore, prefix: string): AsyncGenerator<Finding, string | null> {
  let newest: string[] = [];
  const versionOf = (key: string): string => key.slice(prefix.length + 'manifests/'.length).slice(0, 12);
  for await (const { key } of store.list(`${prefix}manifests/`)) {
    if (newest[0] !== undefined && versionOf(key) > versionOf(newest[0])) newest = [];
    newest.push(key);
  }
  const [first] = newest;
  if (first === undefined) return null;
  if (newest.length > 1) {
    yield infoAt(
      first,
      `it is one of ${newest.length} manifests of its version: without the pointer, it may not be the current one`,
    );
  }
  return first;
}

function* verifyManifest(key: string, manifest: Manifest): Iterable<Finding> {
  const { version, segments, vectorCount, storageBytes, previous } = manifest;
  if (!key.includes(`/manifests/${version}-`))
    yield errorAt(key, `it is of version ${version}, which is not in its name`);
  if (previous !== null && previous >= key)
    yield errorAt(key, `it is not newer than its predecessor ${previous}`);
  const live = segments.reduce((sum, entry) => sum + entry.live, 0);
  if (live !== vectorCount) yield errorAt(key, `it counts ${vectorCount} rows, its segments have ${live}`);
  const bytes = segments.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  if (bytes !== storageBytes)
    yield errorAt(key, `it counts ${storageBytes} bytes, its segments have ${bytes}`);
  if (new Set(segments.map((entry) => entry.key)).size !== segments.length)
    yield errorAt(key, 'it names a segment twice');
  for (const entry of segments) {
    const dead = deadRows(entry);
    if (dead !== null && !Bitmap.full(entry.rows).contains(dead))
      yield errorAt(key, `it has tombstones beyond the ${entry.rows} rows of ${entry.key}`);
  }
}

async function* verifySegments(io: StoreIo, key: string, manifest: Manifest): AsyncGenerator<Finding> {
  const rows = new LiveRows();
  let isComplete = true;
  let first: SegmentStatistics | null = null;
  for (const entry of manifest.segments) {
    // A cache of its own: what one segment needed is let go before the next.
    const own: StoreIo = { store: io.store, cache: createObjectCache(CACHE_BYTES) };
    const file = yield* verifySegment(own, entry);
    if (file === null) {
      isComplete = false;
      continue;
    }
    first ??= file.statistics;
    yield* verifyAgainst(manifest, { key: entry.key, statistics: file.statistics, first });
    try {
      await rows.add(own, entry);
    } catch (error) {
      yield findingOf(entry.key, error);
      isComplete = false;
    }
  }
  if (isComplete && rows.fileCount !== manifest.fileCount) {
    yield errorAt(
      key,
      `it counts ${manifest.fileCount} files, its segments have ${rows.fileCount} with live rows`,
    );
  }
  yield* rows.duplicates(io);
}

function* verifyAgainst(
  manifest: Manifest,
  { key, statistics, first }: { key: string; statistics: SegmentStatistics; first: SegmentStatistics },
): Iterable<Finding> {
  const { dimension, metric, fields } = statistics;
  if (dimension !== first.dimension || metric !== first.metric) {
    yield errorAt(
      key,
      `it has ${dimension} dimensions and ${metric}, another segment ${first.dimension} and ${first.metric}`,
    );
  }
  const registered = new Map(manifest.fields.map(({ name, type }) => [name, type]));
  for (const { name, type } of fields) {
    if (registered.get(name) !== type)
      yield errorAt(
        key,
        `field ${name} has type ${type}; the manifest says ${registered.get(name) ?? 'nothing'}`,
      );
  }
}

/** Tells what is stored and not needed. Sweeps delete it when it is old. */
async function* verifyListing(
  store: ObjectStore,
  prefix: string,
  current: { key: string; manifest: Manifest } | null,
): AsyncGenerator<Finding> {
  const named = new Set(current?.manifest.segments.map(({ key }) => key));
  let older = 0;
  for await (const { key } of store.list(prefix)) {
    const name = key.slice(prefix.length);
    if (/^segments\/[0-9a-f]{64}\.seg$/.test(name)) {
      if (!named.has(key))
        yield infoAt(key, 'no segment of the current manifest: a sweep deletes it when it is old');
    } else if (/^manifests\/\d{12}-[0-9a-f]{64}\.json$/.test(name)) {
      if (key !== current?.key) older += 1;
    } else {
      yield infoAt(key, 'an object of unknown name');
    }
  }
  if (older > 0) yield infoAt(`${prefix}manifests/`, `${older} manifests that are not current`);
}
