import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** CommonJS dependencies inside an ES module bundle call `require` for Node's own modules. */
const requireBanner =
  "import { createRequire as createBundleRequire } from 'node:module'; const require = createBundleRequire(import.meta.url);";

/** Returns the names of the functions: the folders of functions/ that hold a handler. */
export function listFunctions(folder = join(root, 'functions')): string[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'handler.ts')))
    .sort();
}

/** Bundles functions/<name>/handler.ts with everything it imports to <target>/<name>/index.mjs. */
export async function bundleFunctions(names: string[], target: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => ({
      in: join('functions', name, 'handler.ts'),
      out: join(name, 'index'),
    })),
    outdir: target,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minifySyntax: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    charset: 'utf8',
    banner: { js: requireBanner },
    logLevel: 'warning',
  });
}

/** Removes bundles of functions that are gone, so that none is deployed. */
function removeStale(names: string[], target: string): void {
  mkdirSync(target, { recursive: true });
  const stale = readdirSync(target).filter((name) => !names.includes(name));
  for (const name of stale) rmSync(join(target, name), { recursive: true });
}

if (import.meta.main) {
  const target = join(root, 'build', 'functions');
  const names = listFunctions();
  removeStale(names, target);
  await bundleFunctions(names, target);
}
