import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { checkBundleTypes } from './resolver-gate/check-bundle-types.ts';
import { checkResolver, type Finding } from './resolver-gate/check-resolver.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** One bundle: the name of its file without the ending, and its code. */
export interface ResolverBundle {
  name: string;
  code: string;
}

/** Returns the entry files: `Type.field.ts` of resolvers/, and `x.ts` of its pipeline/, which becomes `pipeline.x`. */
export function listResolvers(folder = join(root, 'resolvers')): { name: string; path: string }[] {
  const list = (subfolder: string, pattern: RegExp, prefix: string) =>
    readdirSync(join(folder, subfolder))
      .filter((file) => pattern.test(file))
      .sort()
      .map((file) => ({ name: prefix + basename(file, '.ts'), path: join(folder, subfolder, file) }));
  return [...list('', /^[A-Z]\w*\.\w+\.ts$/, ''), ...list('pipeline', /^\w+\.ts$/, 'pipeline.')];
}

/** Returns where a finding stands in the sources, as `file:line:column`. */
function locate({ line, column }: Finding, map: SourceMap, mapFolder: string): string {
  const entry = map.findEntry(line, column);
  if (!('originalSource' in entry)) return `line ${line + 1} of the bundle`;
  const source = relative(root, resolve(mapFolder, entry.originalSource));
  return `${source}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

function describe(name: string, finding: Finding, place: string): string {
  return `${place}: ${finding.rule}. Write ${finding.advice} instead. (bundle ${name})`;
}

/** Bundles resolvers as AppSync takes them; fails with every construct that the runtime would refuse. */
export async function bundleResolvers(entries: { name: string; path: string }[]): Promise<ResolverBundle[]> {
  const outdir = join(root, 'build', 'resolvers');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: entries.map(({ name, path }) => ({ in: path, out: name })),
    outdir,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'esnext',
    charset: 'utf8',
    external: ['@aws-appsync/utils', '@aws-appsync/utils/*'],
    sourcemap: 'external',
    logLevel: 'silent',
  });
  const maps = new Map(outputFiles.map(({ path, text }) => [path, text]));
  const faults = new Set<string>();
  const bundles = outputFiles
    .filter(({ path }) => path.endsWith('.js'))
    .map(({ path, text }) => {
      const name = basename(path, '.js');
      const map = new SourceMap(JSON.parse(maps.get(`${path}.map`) ?? '{}') as SourceMapPayload);
      for (const finding of checkResolver(text))
        faults.add(describe(name, finding, locate(finding, map, dirname(path))));
      return { name, code: text };
    });
  if (faults.size > 0) {
    throw new Error(`AppSync would refuse ${faults.size} constructs:\n${[...faults].sort().join('\n')}`);
  }
  return bundles.sort((a, b) => (a.name < b.name ? -1 : 1));
}

if (import.meta.main) {
  const target = join(root, 'build', 'resolvers');
  const bundles = await bundleResolvers(listResolvers());
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const { name, code } of bundles) writeFileSync(join(target, `${name}.js`), code);
  const faults = checkBundleTypes(bundles.map(({ name }) => join(target, `${name}.js`)));
  if (faults.length > 0) {
    // Nothing may be deployed from a build that failed.
    rmSync(target, { recursive: true });
    throw new Error(`AppSync would refuse the types of ${faults.length} places:\n${faults.join('\n')}`);
  }
}
