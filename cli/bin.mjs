#!/usr/bin/env node
// npx vdb: builds the client when it is missing, then runs it on the Node.js that package.json pins.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = join(root, 'node_modules', 'node', 'bin', 'node');
const bundle = join(root, 'build', 'cli', 'vdb.mjs');

function fail(message) {
  console.error(message);
  process.exit(2);
}

if (!existsSync(node)) fail(`The dependencies are not installed; run "npm ci" in ${root}.`);
if (!existsSync(bundle)) {
  const build = spawnSync(node, [join(root, 'scripts', 'build.ts'), 'types', 'cli'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (build.status !== 0) fail('Building vdb failed; the reason stands above.');
}
const child = spawn(node, ['--disable-warning=ExperimentalWarning', bundle, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// An interruption from the keyboard reaches the child by itself; others are handed on.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => fail(`vdb cannot be started: ${error.message}.`));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
