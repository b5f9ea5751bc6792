// Runs on whatever Node.js the user has (20 or newer) before anything is installed: plain JavaScript, no dependencies.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
/** The Node.js 24 that package.json pins, once installed. */
export const pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node');

/** Ends the process with one clear line when this Node.js is too old to go on. */
export function requireNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 20) return;
  console.error(`This project needs Node.js 20 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/** Returns whether node_modules holds exactly the versions of package-lock.json. */
function isInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || !existsSync(pinnedNode)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      (present[path]
        ? present[path].version === entry.version
        : entry.optional || entry.devOptional || entry.peer),
  );
}

/** Installs the dependencies from the lock file when they are missing or differ; ends the process when npm fails. */
export function installDependencies() {
  if (isInstalled()) return;
  console.log('Installing dependencies (the first time takes a minute or so) …');
  const startedAt = Date.now();
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    console.error(
      `npm ci failed (${result.error?.message ?? `exit code ${result.status}`}); its output stands above.`,
    );
    process.exit(1);
  }
  console.log(`✓ dependencies ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** Returns the environment in which the pinned Node.js and the installed commands come first on the PATH. */
export function pinnedEnvironment() {
  const separator = process.platform === 'win32' ? ';' : ':';
  const bin = join(root, 'node_modules', '.bin');
  return { ...process.env, PATH: `${bin}${separator}${process.env.PATH ?? ''}` };
}
