import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { CommandFailure } from '../failure.ts';

/** What a run has taken on, for as long as its process lives. */
interface Claim {
  pid: number;
  databaseId: string;
  /** Folders and files, as they are really called. */
  locations: string[];
}

const OWNER_ONLY = 0o700;

/** Claims last as long as a login or the machine does, so they are where both clear up. */
async function openClaimsFolder(environment: NodeJS.ProcessEnv): Promise<string> {
  const userId = process.getuid?.() ?? 'user';
  const folder = join(environment['XDG_RUNTIME_DIR'] ?? tmpdir(), `vdb-${userId}`);
  await mkdir(folder, { recursive: true, mode: OWNER_ONLY });
  const found = await lstat(folder);
  if (found.isDirectory() && (typeof userId !== 'number' || found.uid === userId)) return folder;
  const message = `${folder} should be a folder of yours, and is not: runs of "vdb ingest" note there what they work on.`;
  throw new CommandFailure(message, { hint: 'Remove it, or set XDG_RUNTIME_DIR to a folder of yours.' });
}

function isClaim(value: unknown): value is Claim {
  const { pid, databaseId, locations } = (value ?? {}) as Partial<Record<keyof Claim, unknown>>;
  return (
    Number.isSafeInteger(pid) &&
    (pid as number) > 0 &&
    typeof databaseId === 'string' &&
    Array.isArray(locations) &&
    locations.every((location) => typeof location === 'string')
  );
}

/** Returns another run's claim; null when it is gone by now, or is none. */
async function readClaim(path: string): Promise<Claim | null> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isClaim(value) ? value : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function contains(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

function findOverlap(own: Claim, other: Claim): string | null {
  if (own.databaseId !== other.databaseId) return null;
  const overlapping = own.locations.find((location) =>
    other.locations.some((taken) => contains(taken, location) || contains(location, taken)),
  );
  return overlapping ?? null;
}

/** Fails when a run that lives works on the same; claims of runs that died are removed. */
async function requireAlone(folder: string, ownName: string, own: Claim): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json') && name !== ownName);
  for (const name of names) {
    const path = join(folder, name);
    const other = await readClaim(path);
    if (!other) continue;
    if (!isAlive(other.pid)) {
      await rm(path, { force: true });
      continue;
    }
    const location = findOverlap(own, other);
    if (location === null) continue;
    const message = `Another run of "vdb ingest" (process ${other.pid}) is working on ${location} for the same database; two at once could store its files twice.`;
    throw new CommandFailure(message, {
      hint: `Wait until it has ended, then run this again: what is there is not sent again. If that process is something else, delete ${path}.`,
    });
  }
}

/**
 * Makes sure that no other run on this machine ingests the same files into the same database, and keeps others from it until what it returns
 * is called. Two that begin in the same instant may both be refused, but never both go on: each is written before the others are looked at.
 */
export async function claimLocations(
  databaseId: string,
  named: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<() => Promise<void>> {
  const folder = await openClaimsFolder(environment);
  const locations = await Promise.all(named.map((location) => realpath(location)));
  const claim: Claim = { pid: process.pid, databaseId, locations };
  const name = `${process.pid}-${randomUUID()}.json`;
  const path = join(folder, name);
  await writeFile(`${path}.new`, JSON.stringify(claim), { mode: 0o600 });
  await rename(`${path}.new`, path);
  const release = (): Promise<void> => rm(path, { force: true });
  try {
    await requireAlone(folder, name, claim);
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}
