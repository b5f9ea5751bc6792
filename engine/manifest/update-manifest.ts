import type { DatabaseConfig, PointerStore, PointerUpdate } from '../api.ts';
import { corruptData, isVectorDbError, VectorDbError } from '../errors/vector-db-error.ts';
import { estimateDistinct } from '../index/distinct-sketch.ts';
import type { Clock } from '../storage/clock.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { emptyManifest, nextVersion, type Manifest } from './manifest.ts';
import { encodeManifest, readManifest, rememberManifest } from './manifest-file.ts';

/** What reading and moving the state of one database needs. */
export interface ManifestIo extends StoreIo {
  pointer: PointerStore;
  config: DatabaseConfig;
  clock: Clock;
  random: () => number;
}

/** A new content for the manifest, with what the caller wants to know about it. */
interface Derived<Result> {
  manifest: Omit<Manifest, 'version' | 'previous'>;
  finishedWrites: string[];
  result: Result;
}

/** Tries of a commit: with jitter, eight writers that never pause stay far below. */
const MAX_TRIES = 50;
/**
 * The pause after a lost race is random in a window that starts at twice what the attempt took, within these bounds, and doubles: a
 * fixed start makes every writer lose again on slow storage. 96 writes by 8 writers put 221 to 286 manifests, 467 to 473 from a fixed 4 ms.
 */
const PAUSE_MS = { shortest: 4, longestFirst: 100, longest: 1000 } as const;

/** The `field` of the error for a segment that a change adds and that is not stored. */
export const ADDED_SEGMENT_FIELD = 'add';

/** The manifest that the pointer names, and its key. */
interface CurrentManifest {
  key: string | null;
  manifest: Manifest;
}

/**
 * Runs a reading of the current manifest. When an object is missing because a sweep passed the reader, the reading is repeated
 * on the newer manifest; when the manifest is unchanged, an object that it names is lost.
 */
export async function withCurrent<Result>(
  io: ManifestIo,
  read: (current: CurrentManifest) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    const pointer = await io.pointer.read();
    try {
      const manifest =
        pointer.manifest === null ? emptyManifest(pointer.version) : await readManifest(io, pointer.manifest);
      return await read({ key: pointer.manifest, manifest });
    } catch (error) {
      if (!isVectorDbError(error, 'NotFound') || error.info.field === ADDED_SEGMENT_FIELD) throw error;
      const now = await io.pointer.read();
      if (now.manifest !== pointer.manifest && attempt < MAX_TRIES) continue;
      throw corruptData(error.info.field ?? String(pointer.manifest), 'it is missing from the store', error);
    }
  }
}

/**
 * Moves the pointer to a manifest that `derive` makes from the current one, which may be called again after a lost race.
 * Returns null when `derive` does.
 */
export async function updateManifest<Result>(
  io: ManifestIo,
  derive: (manifest: Manifest) => Promise<Derived<Result> | null>,
): Promise<{ manifest: Manifest; result: Result } | null> {
  let attempted: string | null = null;
  let pending: { manifest: Manifest; result: Result } | null = null;
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const startedAtMs = io.clock.now();
    const reading = await withCurrent(io, async (current) => {
      // A compare-and-set that was repeated below us after a lost answer says "no" to its own success.
      const hasWon = attempted !== null && [current.key, current.manifest.previous].includes(attempted);
      return { current, hasWon, derived: hasWon ? null : await derive(current.manifest) };
    });
    if (reading.hasWon) return pending;
    const { current, derived } = reading;
    if (derived === null) return null;
    const version = nextVersion(current.manifest.version);
    const manifest: Manifest = { ...derived.manifest, version, previous: current.key };
    const { key, bytes } = encodeManifest(manifest, io.config.prefix);
    await io.store.put(key, bytes);
    attempted = key;
    pending = { manifest, result: derived.result };
    if (await io.pointer.compareAndSet(current.key, pointerUpdate(key, manifest, derived.finishedWrites))) {
      rememberManifest(io, key, manifest, bytes.length);
      return pending;
    }
    await io.clock.sleep(io.random() * pauseWindowMs(io.clock.now() - startedAtMs, attempt));
  }
  const message = `Other writers won ${MAX_TRIES} times in a row: the change was not made. Try again.`;
  throw new VectorDbError('Unavailable', message, { limit: MAX_TRIES });
}

function pauseWindowMs(attemptMs: number, attempt: number): number {
  const firstMs = Math.min(PAUSE_MS.longestFirst, Math.max(PAUSE_MS.shortest, 2 * attemptMs));
  return Math.min(PAUSE_MS.longest, firstMs * 2 ** Math.min(attempt, 10));
}

function pointerUpdate(key: string, manifest: Manifest, finishedWrites: string[]): PointerUpdate {
  return {
    manifest: key,
    version: manifest.version,
    vectorCount: manifest.vectorCount,
    fileCount: manifest.fileCount,
    storageBytes: manifest.storageBytes,
    metadataFields: manifest.fields.map(({ name, type, sketch }) => ({
      name,
      type,
      distinct: estimateDistinct(sketch),
    })),
    finishedWrites,
  };
}
