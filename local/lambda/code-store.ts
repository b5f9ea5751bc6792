import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';

/** The code of functions, as it was at the start: building again must not change what runs. */
export interface CodeStore {
  /** Takes over an asset and returns where its copy stands. */
  upload(assetPath: string): Promise<string>;
  /** Takes over one file that is given as text. */
  uploadText(fileName: string, text: string): Promise<string>;
  /** Removes what no function of this start uses. */
  removeOthers(): Promise<void>;
}

/** What the service's own runtime brings along, so that bundles may leave it out. */
const PROVIDED = ['@aws-sdk', '@smithy', '@aws-crypto'];
const PACKAGES = 'node_modules';

/** Opens the store. Assets are named by their content, so a copy that is complete stays good. */
export async function openCodeStore(folder: string): Promise<CodeStore> {
  await mkdir(folder, { recursive: true });
  await linkProvided(join(folder, PACKAGES));
  const used = new Set<string>([PACKAGES]);
  return {
    async upload(assetPath) {
      const name = basename(assetPath);
      const target = join(folder, name);
      used.add(name);
      if (await stat(target).catch(() => null)) return target;
      const incomplete = `${target}.new`;
      await rm(incomplete, { recursive: true, force: true });
      await cp(assetPath, incomplete, { recursive: true, mode: constants.COPYFILE_FICLONE });
      await rename(incomplete, target);
      return target;
    },
    async uploadText(fileName, text) {
      const name = `text.${createHash('sha256').update(text).digest('hex')}`;
      used.add(name);
      await mkdir(join(folder, name), { recursive: true });
      await writeFile(join(folder, name, fileName), text);
      // The service runs such a file as CommonJS.
      await writeFile(join(folder, name, 'package.json'), '{"type":"commonjs"}');
      return join(folder, name);
    },
    async removeOthers() {
      const others = (await readdir(folder)).filter((name) => !used.has(name));
      await Promise.all(others.map((name) => rm(join(folder, name), { recursive: true, force: true })));
    },
  };
}

async function linkProvided(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const candidates = createRequire(import.meta.url).resolve.paths('packages') ?? [];
  for (const scope of PROVIDED) {
    const found = candidates.map((path) => join(path, scope)).find((path) => existsSync(path));
    // Windows lets everyone make junctions, but not symbolic links.
    if (found !== undefined) await symlink(found, join(folder, scope), 'junction');
  }
}
