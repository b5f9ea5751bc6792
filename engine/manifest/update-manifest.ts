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

interface Attempt<Result> extends Update<Result> {
  update: PointerUpdate;
  /** Of the stored manifest. */
  sizeBytes: number;
}

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
  let last: Attempt<Result> | null = null;
  let lostAnswer: unknown = null;
  const untilMs = io.clock.now() + PATIENCE.ms;
  const hasPatience = (tries: number): boolean =>
    tries < PATIENCE.tries || (tries < PATIENCE.mostTries && io.clock.now() < untilMs);
  for (let tries = 0; hasPatience(tries); tries++) {
    const startedAtMs = io.clock.now();
    const { current, attempt, isMade }: Prepared<Result> = await prepareAttempt(io, last, derive);
    if (attempt === null || isMade) return attempt;
    last = attempt;
    try {
      if (await io.pointer.compareAndSet(current.key, attempt.update)) {
        rememberManifest(io, attempt.update.manifest, attempt.manifest, attempt.sizeBytes);
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

interface Prepared<Result> {
  current: CurrentManifest;
  attempt: Attempt<Result> | null;
  isMade: boolean;
}

/** Returns the next attempt to make: the last one while it is open, else one that is derived from the current manifest. */
async function prepareAttempt<Result>(
  io: ManifestIo,
  last: Attempt<Result> | null,
  derive: (manifest: Manifest) => Promise<Derived<Result> | null>,
): Promise<Prepared<Result>> {
  const { current, fate, derived } = await withCurrent(io, async (read) => {
    const known = last === null ? 'LOST' : await fateOf(io, read, last);
    return { current: read, fate: known, derived: known === 'LOST' ? await derive(read.manifest) : null };
  });
  if (last !== null && fate !== 'LOST') return { current, attempt: last, isMade: fate === 'MADE' };
  return { current, attempt: derived && (await putAttempt(io, current, derived)), isMade: false };
}

async function putAttempt<Result>(
  io: ManifestIo,
  current: CurrentManifest,
  { result, ...derived }: Derived<Result>,
): Promise<Attempt<Result>> {
  const manifest = succeed(io, current, derived);
  const { key, bytes } = encodeManifest(manifest, io.config.prefix);
  await io.store.put(key, bytes);
  const update = pointerUpdate(key, manifest, derived.finishedWrites);
  return { manifest, result, update, sizeBytes: bytes.length };
}

/**
 * Says what became of a compare-and-set that was refused or whose answer was lost, since it may have been made, or repeated below
 * us: MADE, or LOST for good because versions never come back. While the pointer stands where it stood, it is OPEN: the storage may
 * still carry it out, so that only it may be tried again; any other outcome could turn out to be a lie.
 */
async function fateOf(
  io: ManifestIo,
  { key, manifest }: CurrentManifest,
  attempt: Attempt<unknown>,
): Promise<'MADE' | 'LOST' | 'OPEN'> {
  if (key === attempt.manifest.previous) return 'OPEN';
  if (key === null) return 'LOST';
  const chain = await chainSince(io, { key, manifest }, attempt.manifest.version);
  return chain.has(shortHash(attempt.update.manifest)) ? 'MADE' : 'LOST';
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
  { manifest: content, finishedWrites }: Omit<Derived<unknown>, 'result'>,
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
