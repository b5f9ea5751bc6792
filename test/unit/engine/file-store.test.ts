import { mkdtemp, open, readlink, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { fileStore } from '../../../engine/index.ts';

// Only there does a file descriptor tell its path.
describe.runIf(process.platform === 'linux')('a put into folders that are new', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'file-store-')));
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function watchSyncs(): Promise<string[]> {
    const synced: string[] = [];
    const handle = await open(folder, 'r');
    const prototype = Object.getPrototypeOf(handle) as typeof handle;
    await handle.close();
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the handle below.
    const { sync } = prototype;
    vi.spyOn(prototype, 'sync').mockImplementation(async function (this: typeof handle) {
      synced.push(await readlink(`/proc/self/fd/${this.fd}`));
      await sync.call(this);
    });
    return synced;
  }

  it('writes every folder through to the disk, up to the one that was there', async () => {
    const synced = await watchSyncs();

    await fileStore(folder).put('a/b/c/one', Uint8Array.of(1));

    const folders = ['a/b/c', 'a/b', 'a'].map((name) => join(folder, name));
    expect(synced).toEqual(expect.arrayContaining([...folders, folder]));
    expect(synced).not.toContain(dirname(folder));
  });

  it('writes no folder through that was there, but the one of the object', async () => {
    await fileStore(folder).put('x/y/one', Uint8Array.of(1));
    const synced = await watchSyncs();

    await fileStore(folder).put('x/y/two', Uint8Array.of(2));

    expect(synced.filter((path) => !path.includes('~'))).toEqual([join(folder, 'x/y')]);
  });
});
