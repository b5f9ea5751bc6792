import type { DatabaseConfig, PointerStore, PointerUpdate } from '../api.ts';
import { corruptData, isVectorDbError, VectorDbError } from '../errors/vector-db-error.ts';
import { estimateDistinct } from '../index/distinct-sketch.ts';
import type { Clock } from '../storage/clock.ts';
import type { StoreIo } from '../storage/store-io.ts';
import { ADDED_SEGMENT_FIELD } from './confirm-segments.ts';
import { emptyManifest, nextVersion, shortHash, type Manifest, type ManifestContent } from './manifest.ts';
import { encodeManifest, readManifest, rememberManifest } from './manifest-file.ts';

/** What reading and moving the state of one database needs. */
export interface ManifestIo extends StoreIo {
  pointer: PointerStore;
  config: DatabaseConfig;
  clock: Clock;
  random: () => number;
}

/** A new content for the manifest, with what the caller wants to know about it. */
export interface Derived<Result> {
  manifest: ManifestContent;
  finishedWrites: string[];
  result: Result;
}

/** The manifest that the pointer names, and its key. */
interface CurrentManifest {
  key: string | null;
  manifest: Manifest;
}

/** A move of the pointer that was made. */
interface Update<Result> {
  manifest: Manifest;
  result: Result;
}

type Attempt<Result> = Update<Result> & { key: string };

/** A commit is tried this long, and this often at least: callers wait for 30 s at most. */
const PATIENCE = { ms: 20_000, tries: 50, mostTries: 1000 } as const;
/** Readings that a sweep may interrupt in a row. */
const MAX_READINGS = 50;
/**
 * The pause after a lost race is random in a window of this many times what the attempt took. It narrows with each, so that who has
 * waited longest tries most often: `test/simulation/model/run-contention.ts` measures it. 8 writers that never pause make 11.4
 * commits a second at 3.1 manifests each, p99 2.2 s; a window that doubles made 9.1, and p99 was 7.1 s.
 */
const PAUSE_WINDOW = { first: 6, narrowing: 0.5, last: 1, shortestMs: 4 } as const;
/** Longer than the list of versions that others make while a writer pauses: beyond it, the chain is walked. */
const MAX_ANCESTORS = 32;

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
      if (now.manifest !== pointer.manifest && attempt < MAX_READINGS) continue;
      throw corruptData(error.info.field ?? String(pointer.manifest), 'it is missing from the store', error);
    }
  }
}

/**
 * Moves the pointer to a manifest that `derive` makes from the current one, which may be called again after a lost race. Each
 * attempt is made at most once, also when an answer is lost. Returns null when `derive` does.
 */
export async function updateManifest<Result>(
  io: ManifestIo,
  derive: (manifest: Manifest) => Promise<Derived<Result> | null>,
): Promise<Update<Result> | null> {
  const attempts: Attempt<Result>[] = [];
  let lostAnswer: unknown = null;
  const untilMs = io.clock.now() + PATIENCE.ms;
  const hasPatience = (tries: number): boolean =>
    tries < PATIENCE.tries || (tries < PATIENCE.mostTries && io.clock.now() < untilMs);
  for (let tries = 0; hasPatience(tries); tries++) {
    const startedAtMs = io.clock.now();
    const { current, made, derived } = await withCurrent(io, async (read) => {
      // A compare-and-set whose answer was lost, or that was repeated below us, may have been made.
      const known = await findMade(io, read, attempts);
      return { current: read, made: known, derived: known === null ? await derive(read.manifest) : null };
    });
    if (made !== null) return made;
    if (derived === null) return null;
    const manifest = succeed(io, current, derived);
    const { key, bytes } = encodeManifest(manifest, io.config.prefix);
    await io.store.put(key, bytes);
    const attempt = { key, manifest, result: derived.result };
    attempts.push(attempt);
    try {
      if (await io.pointer.compareAndSet(current.key, pointerUpdate(key, manifest, derived.finishedWrites))) {
        rememberManifest(io, key, manifest, bytes.length);
        return attempt;
      }
      lostAnswer = null;
    } catch (error) {
      if (!isVectorDbError(error, 'Unavailable')) throw error;
      lostAnswer = error;
    }
    await io.clock.sleep(io.random() * pauseWindowMs(io.clock.now() - startedAtMs, tries));
  }
  throw gaveUp(lostAnswer);
}

/** Returns the attempt that became the current manifest or one of its ancestors, or null; forgets those that never will. */
async function findMade<Result>(
  io: ManifestIo,
  { key, manifest }: CurrentManifest,
  attempts: Attempt<Result>[],
): Promise<Update<Result> | null> {
  const oldest = attempts[0];
  if (oldest === undefined || key === null) return null;
  const isMade = await chainSince(io, { key, manifest }, oldest.manifest.version);
  const made = attempts.find((attempt) => isMade.has(shortHash(attempt.key)));
  if (made !== undefined) return made;
  // Versions never come back. Checking lost attempts again would take longer with each, and so lose the next one.
  const open = attempts.filter((attempt) => attempt.manifest.version > manifest.version);
  attempts.splice(0, attempts.length, ...open);
  return null;
}

/** Returns the short hashes of a manifest and of its ancestors down to a version. */
async function chainSince(
  io: ManifestIo,
  { key, manifest }: { key: string; manifest: Manifest },
  version: string,
): Promise<Set<string>> {
  const chain = new Set([shortHash(key)]);
  let at = manifest;
  while (at.version > version) {
    for (const ancestor of at.ancestors ?? []) chain.add(ancestor);
    const reached = Number(at.version) - (at.ancestors?.length ?? 0);
    if (reached <= Number(version) || at.previous === null) break;
    chain.add(shortHash(at.previous));
    at = await readManifest(io, at.previous);
  }
  return chain;
}

function succeed(
  io: ManifestIo,
  { key, manifest: before }: CurrentManifest,
  { manifest: content, finishedWrites }: Derived<unknown>,
): Manifest {
  const { sweep } = content;
  const isOver = sweep !== undefined && sweep.untilMs < io.clock.now();
  const ancestors = key === null ? [] : [shortHash(key), ...(before.ancestors ?? [])];
  return {
    ...content,
    version: nextVersion(before.version),
    previous: key,
    ancestors: ancestors.slice(0, MAX_ANCESTORS),
    writes: finishedWrites.length === 0 ? undefined : finishedWrites,
    sweep: isOver ? { round: sweep.round, untilMs: 0, condemned: [] } : sweep,
  };
}

function pauseWindowMs(attemptMs: number, tries: number): number {
  const { first, narrowing, last, shortestMs } = PAUSE_WINDOW;
  return Math.max(shortestMs, attemptMs * Math.max(last, first - tries * narrowing));
}

function gaveUp(lostAnswer: unknown): VectorDbError {
  const info = { limit: PATIENCE.tries };
  if (lostAnswer !== null) {
    const message = 'The answer to a commit was lost again and again: it may have been made.';
    return new VectorDbError('Unavailable', message, info, lostAnswer);
  }
  const message = `Other writers won at least ${PATIENCE.tries} times in a row: the change was not made. Try again.`;
  return new VectorDbError('Unavailable', message, info);
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
