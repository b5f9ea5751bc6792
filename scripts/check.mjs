// npm run check:static: formatting, lint, types, import rules, dead code. Runs all and tells every failure.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installDependencies, pinnedEnvironment, pinnedNode, requireNode, root } from './setup/install.mjs';

requireNode();
installDependencies();
const env = pinnedEnvironment();
const bin = (path) => join(root, 'node_modules', path);
const rooms = [
  'schema',
  'engine',
  'resolvers',
  'functions',
  'infra',
  'local',
  'admin',
  'admin/generate',
  'cli',
  'scripts',
  'test',
  'bench',
];

const checks = [
  ['build', [join(root, 'scripts', 'build.ts')]],
  ['format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  ['lint', [bin('eslint/bin/eslint.js'), '--max-warnings', '0', '.']],
  ...rooms.map((room) => [`types of ${room}`, [bin('typescript/bin/tsc'), '-p', join(root, room)]]),
  [
    'imports',
    [bin('dependency-cruiser/bin/dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', ...rooms],
  ],
  ['dead code', [bin('knip/bin/knip.js'), '--no-progress']],
];

let failed = 0;
for (const [name, command] of checks) {
  const startedAt = Date.now();
  const { status } = spawnSync(pinnedNode, command, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env,
  });
  if (status !== 0) failed += 1;
  console.log(`${status === 0 ? '✓' : '✗'} ${name} ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}
process.exit(failed === 0 ? 0 : 1);
