import type { Stats } from 'node:fs';
import { lstat, opendir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { messageOf, usageFailure } from '../failure.ts';

/** A file of this machine that is to be ingested. */
export interface LocalFile {
  /** Where it is. */
  location: string;
  /** Its path below the folder that was named, beginning with that folder's name, with slashes: what identifies it in the database. */
  path: string;
  name: string;
  sizeBytes: number;
}

/** What was found and is not ingested, each with the reason. */
export interface Passed {
  path: string;
  reason: string;
  /** True for what should have been ingested. */
  isFailure?: true;
}

export interface LocalFiles {
  files: LocalFile[];
  passed: Passed[];
}

function addFile(found: LocalFiles, location: string, path: string, { size }: Stats): void {
  if (size === 0) found.passed.push({ path, reason: 'it is empty' });
  else found.files.push({ location, path, name: basename(location), sizeBytes: size });
}

async function addFolder(found: LocalFiles, location: string, path: string): Promise<void> {
  const folder = await opendir(location).catch((error: unknown) => {
    found.passed.push({ path, reason: `it cannot be read: ${messageOf(error)}`, isFailure: true });
  });
  for await (const entry of folder ?? []) {
    const below = { location: join(location, entry.name), path: `${path}/${entry.name}` };
    // Hidden files belong to tools; a link could lead anywhere, or round in circles.
    if (entry.name.startsWith('.')) found.passed.push({ path: below.path, reason: 'it is hidden' });
    else if (entry.isDirectory()) await addFolder(found, below.location, below.path);
    else if (entry.isFile()) addFile(found, below.location, below.path, await lstat(below.location));
    else
      found.passed.push({
        path: below.path,
        reason: entry.isSymbolicLink() ? 'it is a link' : 'it is no file',
      });
  }
}

/** Lists the files that are named, and those in the folders that are named, in the order of their paths. */
export async function listLocalFiles(named: readonly string[]): Promise<LocalFiles> {
  const found: LocalFiles = { files: [], passed: [] };
  for (const name of named) {
    const location = resolve(name);
    const stats = await stat(location).catch((error: unknown) => {
      throw usageFailure(`"${name}" cannot be read: ${messageOf(error)}.`);
    });
    if (stats.isDirectory()) await addFolder(found, location, basename(location));
    else if (stats.isFile()) addFile(found, location, basename(location), stats);
    else throw usageFailure(`"${name}" is neither a file nor a folder.`);
  }
  const unique = new Map(found.files.map((file) => [file.location, file]));
  found.files = [...unique.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  refuseSamePaths(found.files);
  return found;
}

/** A file is known by its path: of two with the same one, a later run would take one for a new version of the other. */
function refuseSamePaths(sorted: readonly LocalFile[]): void {
  sorted.forEach((file, i) => {
    const before = sorted[i - 1];
    if (before?.path !== file.path) return;
    throw usageFailure(
      `"${before.location}" and "${file.location}" would both be "${file.path}": ingest the folder that holds both.`,
    );
  });
}
