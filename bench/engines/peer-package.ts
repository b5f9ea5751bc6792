import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { benchFolder } from '../datasets/cache-folder.ts';

const requirePeer = createRequire(join(benchFolder, 'package.json'));

/** Loads a peer from bench/node_modules; fails with the loader's message when it is not installed here. */
export function loadPeer(name: string): unknown {
  return requirePeer(name);
}

/** Returns the path of a file that a peer's package holds. */
export function peerPath(name: string): string {
  return requirePeer.resolve(name);
}

/** Returns the version of an installed peer. */
export function installedVersion(name: string): string {
  for (let folder = dirname(peerPath(name)); folder !== dirname(folder); folder = dirname(folder)) {
    const found = readPackage(join(folder, 'package.json'));
    if (found?.name === name && found.version !== undefined) return found.version;
  }
  throw new Error(`The package ${name} names no version.`);
}

function readPackage(path: string): { name?: string; version?: string } | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
}
