// npm run bench: installs the product and the peers from the registry, then measures; options follow after `--`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installDependencies, pinnedEnvironment, pinnedNode, requireNode, root } from './setup/install.mjs';

requireNode();
installDependencies();
const env = pinnedEnvironment();
const bench = join(root, 'bench');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const install = spawnSync(npm, ['ci', '--prefix', bench, '--no-audit', '--no-fund', '--loglevel=error'], {
  cwd: bench,
  stdio: ['ignore', 'inherit', 'inherit'],
  shell: process.platform === 'win32',
  env,
});
if (install.status !== 0) console.error('The peers could not be installed: the tables name each as missing.');
for (const step of [
  join(root, 'scripts', 'build-kernels.ts'),
  [join(bench, 'run.ts'), ...process.argv.slice(2)],
].map((args) => [args].flat())) {
  const { status } = spawnSync(pinnedNode, step, { cwd: root, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}
