import { mapLimited } from '../storage/map-limited.ts';
import { isVectorDbError } from '../errors/vector-db-error.ts';
import { readManifest } from './manifest-file.ts';
import { withCurrent, type ManifestIo } from './update-manifest.ts';

interface ListedObject {
  key: string;
  modifiedAtMs: number;
}

/** Keys that one delete call takes: the limit of S3. */
const DELETE_BATCH = 1000;
const READ_CONCURRENCY = 16;
/** A manifest is dated when it is put and becomes current a little later: its predecessor is kept this much longer. */
const SWITCH_MS = 60_000;

/**
 * Deletes objects that are older than the grace time and that no manifest since then names; returns their keys. A segment that
 * was written long ago and never committed goes as well, so the grace time must exceed the longest time between writing a
 * segment and committing it.
 */
export async function sweepOrphans(io: ManifestIo, graceMs: number): Promise<string[]> {
  const cutoffMs = io.clock.now() - graceMs;
  const objects = await listAll(io);
  const old = objects.filter(({ modifiedAtMs }) => modifiedAtMs < cutoffMs).map(({ key }) => key);
  if (old.length === 0) return [];
  const recent = objects.filter(
    ({ key, modifiedAtMs }) => isManifest(io, key) && modifiedAtMs >= cutoffMs - SWITCH_MS,
  );
  const needed = await neededKeys(io, new Set(recent.map(({ key }) => key)));
  const orphans = old.filter((key) => !needed.has(key));
  for (let start = 0; start < orphans.length; start += DELETE_BATCH) {
    await io.store.delete(orphans.slice(start, start + DELETE_BATCH));
  }
  return orphans;
}

function isManifest(io: ManifestIo, key: string): boolean {
  return key.startsWith(`${io.config.prefix}manifests/`);
}

async function listAll(io: ManifestIo): Promise<ListedObject[]> {
  const objects: ListedObject[] = [];
  for (const folder of ['segments/', 'manifests/']) {
    for await (const { key, modifiedAtMs } of io.store.list(io.config.prefix + folder))
      objects.push({ key, modifiedAtMs });
  }
  return objects;
}

/**
 * Returns the keys of the manifests that were current at some time since the cutoff, and of their segments. The one that was
 * current at the cutoff is the predecessor of the first that came after it, or the current one.
 */
async function neededKeys(io: ManifestIo, recent: ReadonlySet<string>): Promise<Set<string>> {
  const needed = new Set<string>();
  const readOne = async (key: string): Promise<string[]> => {
    needed.add(key);
    const manifest = await readManifest(io, key);
    for (const segment of manifest.segments) needed.add(segment.key);
    return manifest.previous === null || !recent.has(key) ? [] : [manifest.previous];
  };
  const current = await withCurrent(io, ({ key }) => Promise.resolve(key === null ? [] : [key]));
  const roots = [...new Set([...current, ...recent])];
  const previous = (await mapLimited(roots, READ_CONCURRENCY, readOne)).flat();
  const missing = [...new Set(previous)].filter((key) => !needed.has(key));
  await mapLimited(missing, READ_CONCURRENCY, async (key) => {
    // A predecessor that an earlier sweep deleted was superseded before the cutoff.
    await readOne(key).catch((error: unknown) => {
      if (!isVectorDbError(error, 'NotFound')) throw error;
    });
  });
  return needed;
}
