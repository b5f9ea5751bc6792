import { isVectorDbError } from '../errors/vector-db-error.ts';
import { mapLimited } from '../storage/map-limited.ts';
import { readManifest } from './manifest-file.ts';
import { shortHash, type Manifest, type SweepState } from './manifest.ts';
import { updateManifest, withCurrent, type Derived, type ManifestIo } from './update-manifest.ts';

/** What a sweep goes by. */
export interface SweepRule {
  /** Objects that were put before are old. */
  cutoffMs: number;
  /** Manifests that readers may still read. */
  marks: ReadonlySet<string>;
  /** Deletions that are left. */
  limit: number;
}

/** Segments that are condemned at a time: 19 bytes each in the manifests that are made meanwhile. */
const ROUND_SEGMENTS = 500;
const CONCURRENCY = 16;
/** A round whose sweep died ends by itself after this; a living sweep starts no deletion long before. */
const CONDEMNED_MS = 300_000;
const DELETING_MS = 120_000;

/**
 * Deletes old segments that no reader needs, in rounds: condemned by a move of the pointer, looked at again, deleted, and
 * released by the next move. `confirmStored` says why no commit can lose a segment to it.
 */
export async function sweepSegments(io: ManifestIo, rule: SweepRule): Promise<string[]> {
  const needed = await neededSegments(io, rule.marks);
  const deleted: string[] = [];
  let round: number | null = null;
  for await (const keys of orphanBatches(io, rule, needed)) {
    const condemned = await condemn(io, keys, round);
    if (condemned === null) break;
    round = condemned.round;
    deleted.push(...(await deleteCondemned(io, condemned, rule.cutoffMs)));
  }
  if (round !== null) await release(io, round);
  return deleted;
}

async function neededSegments(io: ManifestIo, marks: ReadonlySet<string>): Promise<Set<string>> {
  const needed = new Set<string>();
  const keep = ({ segments }: Manifest): void => {
    for (const { key } of segments) needed.add(key);
  };
  for (const key of marks) {
    try {
      keep(await readManifest(io, key));
    } catch (error) {
      // An earlier sweep deleted it: it was superseded before the cutoff, or never current.
      if (!isVectorDbError(error, 'NotFound')) throw error;
    }
  }
  // The current one is read last: what leaves it from now on stays until the next sweep.
  keep(await withCurrent(io, ({ manifest }) => Promise.resolve(manifest)));
  return needed;
}

async function* orphanBatches(
  io: ManifestIo,
  { cutoffMs, limit }: SweepRule,
  needed: ReadonlySet<string>,
): AsyncGenerator<string[]> {
  let found = 0;
  let batch: string[] = [];
  for await (const { key, modifiedAtMs } of io.store.list(`${io.config.prefix}segments/`)) {
    if (modifiedAtMs >= cutoffMs || needed.has(key)) continue;
    batch.push(key);
    if (++found === limit) break;
    if (batch.length < ROUND_SEGMENTS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

interface Condemned {
  keys: string[];
  round: number;
  /** No deletion starts later. */
  deleteUntilMs: number;
}

/** Condemns segments that are not named, and releases those of the round before; null when there are none, or another sweep is at work. */
async function condemn(io: ManifestIo, keys: string[], round: number | null): Promise<Condemned | null> {
  const nowMs = io.clock.now();
  const update = await updateManifest(io, (manifest) => {
    const named = new Set(manifest.segments.map(({ key }) => key));
    const orphans = keys.filter((key) => !named.has(key));
    if (orphans.length === 0 || isOccupied(manifest, nowMs, round)) return Promise.resolve(null);
    const condemned = orphans.map(shortHash);
    return Promise.resolve(withSweep(manifest, { condemned, untilMs: nowMs + CONDEMNED_MS }, orphans));
  });
  if (update === null) return null;
  const { manifest, result } = update;
  return { keys: result, round: manifest.sweep!.round, deleteUntilMs: nowMs + DELETING_MS };
}

function isOccupied({ sweep }: Manifest, nowMs: number, round: number | null): boolean {
  return sweep !== undefined && sweep.condemned.length > 0 && sweep.untilMs >= nowMs && sweep.round !== round;
}

function withSweep<Result>(
  manifest: Manifest,
  state: Omit<SweepState, 'round'>,
  result: Result,
): Derived<Result> {
  const round = (manifest.sweep?.round ?? 0) + 1;
  return { manifest: { ...manifest, sweep: { round, ...state } }, finishedWrites: [], result };
}

/** Deletes those that are still old: one that was put again meanwhile is about to be committed. */
async function deleteCondemned(
  io: ManifestIo,
  { keys, deleteUntilMs }: Condemned,
  cutoffMs: number,
): Promise<string[]> {
  const isOld = await mapLimited(keys, CONCURRENCY, async (key) => {
    for await (const { key: listed, modifiedAtMs } of io.store.list(key))
      if (listed === key) return modifiedAtMs < cutoffMs;
    return false;
  });
  const orphans = keys.filter((_, i) => isOld[i]);
  // Whoever was stopped for so long may have been taken for dead.
  if (orphans.length === 0 || io.clock.now() > deleteUntilMs) return [];
  await io.store.delete(orphans);
  return orphans;
}

async function release(io: ManifestIo, round: number): Promise<void> {
  await updateManifest(io, (manifest) =>
    Promise.resolve(
      manifest.sweep?.round === round ? withSweep(manifest, { condemned: [], untilMs: 0 }, null) : null,
    ),
  );
}
