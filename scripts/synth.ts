import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApp } from '../infra/create-app.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = join(root, 'build', 'cdk.out');

rmSync(outdir, { recursive: true, force: true });
createApp({ outdir }).synth();
