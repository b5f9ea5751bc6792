import { constants } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** The code of functions, as it was at the start: building again must not change what runs. */
export interface CodeStore {
  /** Takes over an asset and returns where its copy stands. */
  upload(assetPath: string): Promise<string>;
  /** Removes what no function of this start uses. */
  removeOthers(): Promise<void>;
}

/** Opens the store. Assets are named by their content, so a copy that is complete stays good. */
export async function openCodeStore(folder: string): Promise<CodeStore> {
  await mkdir(folder, { recursive: true });
  const used = new Set<string>();
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
    async removeOthers() {
      const others = (await readdir(folder)).filter((name) => !used.has(name));
      await Promise.all(others.map((name) => rm(join(folder, name), { recursive: true, force: true })));
    },
  };
}
