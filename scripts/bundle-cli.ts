import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundles the command-line client into one file, so that it starts at once. */
await build({
  absWorkingDir: root,
  entryPoints: [join('cli', 'main.ts')],
  outfile: join('build', 'cli', 'vdb.mjs'),
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: 'linked',
  sourcesContent: false,
  charset: 'utf8',
  logLevel: 'warning',
});
