import { invalidInput, showValue } from '../errors/vector-db-error.ts';
import { sweepSegments, type SweepRule } from './sweep-segments.ts';
import { withCurrent, type ManifestIo } from './update-manifest.ts';

/** Keys that one delete call takes: the limit of S3. */
const DELETE_BATCH = 1000;
/** A manifest becomes current this soon after it was put. */
const SWITCH_MS = 60_000;
/** Deletions of one call, to bound its time and memory: what is left waits for the next sweep. */
const MAX_DELETIONS = 100_000;
/**
 * Deletes objects that are older than the grace time and that no reader needs; returns their keys. A segment that was written
 * long ago and never committed goes as well, so half the grace time must exceed the longest time between writing a segment and
 * committing it, and the longest read. Reads at most a few manifests, however many there are.
 */
export async function sweepOrphans(io: ManifestIo, graceMs: number): Promise<string[]> {
  if (!(graceMs >= 0)) {
    throw invalidInput(
      `The grace time is ${showValue(graceMs)}; it must be a number of milliseconds from 0.`,
      {
        field: 'graceMs',
      },
    );
  }
  const cutoffMs = io.clock.now() - graceMs;
  const current = await withCurrent(io, (one) => Promise.resolve(one));
  const marks = await findMarks(io, current.key, [cutoffMs, cutoffMs + graceMs / 2]);
  const manifests = await sweepManifests(io, current.key, { cutoffMs, marks, limit: MAX_DELETIONS });
  const limit = MAX_DELETIONS - manifests.length;
  const segments = limit === 0 ? [] : await sweepSegments(io, { cutoffMs, marks, limit });
  return [...manifests, ...segments];
}

/**
 * Returns the keys of the manifests that may have been current at each of the given times: when the newest manifest that was put
 * until then has version n, n or n - 1 was current. The one that is
 * current now is among them. A segment that left since was named by one of them, or it came and went between.
 */
async function findMarks(
  io: ManifestIo,
  current: string | null,
  timesMs: readonly number[],
): Promise<Set<string>> {
  const newest = timesMs.map(() => [] as { key: string; version: number }[]);
  const isSettled = timesMs.map(() => false);
  for await (const { key, modifiedAtMs } of io.store.list(manifestFolder(io))) {
    const version = versionOf(key);
    timesMs.forEach((timeMs, i) => {
      if (modifiedAtMs > timeMs) return;
      isSettled[i] ||= key === current && modifiedAtMs <= timeMs - SWITCH_MS;
      const greatest = Math.max(version, ...newest[i]!.map((one) => one.version));
      newest[i] = [...newest[i]!, { key, version }].filter((one) => one.version >= greatest - 1);
    });
  }
  const marks = newest.filter((_, i) => !isSettled[i]).flatMap((found) => found.map(({ key }) => key));
  return new Set(current === null ? marks : [current, ...marks]);
}

function manifestFolder({ config }: ManifestIo): string {
  return `${config.prefix}manifests/`;
}

function versionOf(key: string): number {
  return Number(/\/manifests\/(\d{12})-/.exec(key)?.[1] ?? 0);
}

/** Manifests need no round: no version up to the current one is ever made again. */
async function sweepManifests(
  io: ManifestIo,
  current: string | null,
  { cutoffMs, marks, limit }: SweepRule,
): Promise<string[]> {
  const newest = current === null ? 0 : versionOf(current);
  const deleted: string[] = [];
  let batch: string[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await io.store.delete(batch);
    deleted.push(...batch);
    batch = [];
  };
  for await (const { key, modifiedAtMs } of io.store.list(manifestFolder(io))) {
    if (deleted.length + batch.length >= limit) break;
    const isOrphan = modifiedAtMs < cutoffMs && versionOf(key) <= newest;
    if (isOrphan && !marks.has(key)) batch.push(key);
    if (batch.length === DELETE_BATCH) await flush();
  }
  await flush();
  return deleted;
}
