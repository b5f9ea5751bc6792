// npm run bench: installs the product and the peers from the registry, then measures; options follow after `--`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installDependencies, pinnedEnvironment, pinnedNode, requireNode, root } from './setup/install.mjs';

requireNode();
installDependencies();
const env = pinnedEnvironment();
const bench = join(root, 'bench');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
// Not `npm ci`: it refuses a lock file that lacks a platform's optional package which the registry did not have.
const install = spawnSync(npm, ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
  cwd: bench,
  stdio: ['ignore', 'inherit', 'inherit'],
  shell: process.platform === 'win32',
  env,
});
if (install.status !== 0) console.error('The peers could not be installed: the tables name each as missing.');
runPinned([join(root, 'scripts', 'build-kernels.ts')]);
runPinned([join(bench, 'run.ts'), ...process.argv.slice(2)]);

/** Runs a script with the pinned Node.js; ends the process when it fails. */
function runPinned(args) {
  const { status } = spawnSync(pinnedNode, args, { cwd: root, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}
