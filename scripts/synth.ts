import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApp } from '../infra/create-app.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = join(root, 'build', 'cdk.out');

/** A runtime that was started from an earlier synthesis still loads its assets. */
const ASSET_GRACE_MS = 24 * 60 * 60 * 1000;

/** Removes assets that no stack names any more. */
function removeStaleAssets(assetManifests: string[]): void {
  const named = assetManifests.map((path) => readFileSync(path, 'utf8')).join('');
  for (const entry of readdirSync(outdir).filter((name) => name.startsWith('asset.'))) {
    const path = join(outdir, entry);
    const isOld = Date.now() - statSync(path).mtimeMs > ASSET_GRACE_MS;
    if (isOld && !named.includes(entry)) rmSync(path, { recursive: true });
  }
}

const assembly = createApp({ outdir }).synth();
removeStaleAssets(assembly.stacks.map(({ stackName }) => join(outdir, `${stackName}.assets.json`)));
