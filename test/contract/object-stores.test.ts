import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fileStore, memoryStore } from '../../engine/index.ts';
import { objectStoreContract } from './object-store-contract.ts';

async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'object-store-'));
}

objectStoreContract('memory', () => Promise.resolve({ store: memoryStore() }));

objectStoreContract('file', async () => {
  const folder = await temporaryFolder();
  return { store: fileStore(folder), close: () => rm(folder, { recursive: true }) };
});

describe('file store', () => {
  it('refuses keys that leave its folder', async () => {
    const folder = await temporaryFolder();
    onTestFinished(() => rm(folder, { recursive: true }));
    const store = fileStore(folder);

    for (const key of ['../x', 'a/../../x', '/etc/passwd', 'a//b', '', 'a\0b', 'a\\b', '.']) {
      await expect(store.put(key, new Uint8Array(1)), key).rejects.toMatchObject({ kind: 'InvalidInput' });
      await expect(store.get(key), key).rejects.toMatchObject({ kind: 'InvalidInput' });
    }
  });

  it('does not show objects that were never finished', async () => {
    const folder = await temporaryFolder();
    onTestFinished(() => rm(folder, { recursive: true }));
    const store = fileStore(folder);
    await store.put('a', new Uint8Array(3));
    await writeFile(join(folder, 'b~partial'), 'half');

    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);

    expect(keys).toEqual(['a']);
    expect(await readdir(folder)).toHaveLength(2);
  });
});
