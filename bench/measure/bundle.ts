import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { benchFolder, cacheFolder } from '../datasets/cache-folder.ts';

/** Bundles an entry of this package as the Lambda functions are bundled; returns the path. A run keeps what it bundled, whatever changes meanwhile. */
export async function bundle(entry: string, name: string): Promise<string> {
  const outfile = join(cacheFolder, 'bundles', String(process.pid), `${name}.mjs`);
  await build({
    entryPoints: [join(benchFolder, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    logLevel: 'warning',
  });
  return outfile;
}

/** Returns a hash of the engine's code, so that an index of other code is not taken for its own. */
export async function engineHash(): Promise<string> {
  const path = await bundle('../engine/index.ts', 'engine');
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 10);
}
