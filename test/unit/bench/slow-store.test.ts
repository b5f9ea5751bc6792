import { describe, expect, it } from 'vitest';
import { slowStore } from '../../../bench/measure/slow-store.ts';
import { memoryStore } from '../../../engine/index.ts';

async function storeWith(keys: string[]) {
  const files = memoryStore();
  for (const key of keys) await files.put(key, new Uint8Array(100));
  return slowStore(files, 5);
}

describe('a slow store', () => {
  it('counts reads that run at once as one round', async () => {
    const store = await storeWith(['a', 'b', 'c']);

    await Promise.all(['a', 'b', 'c'].map((key) => store.get(key)));

    expect(store.costs).toEqual({ calls: 3, bytes: 300, rounds: 1 });
  });

  it('counts reads that wait for each other as rounds', async () => {
    const store = await storeWith(['a', 'b']);

    await store.getTail('a', 10);
    await Promise.all([store.get('b', { offset: 0, length: 20 }), store.get('a')]);

    expect(store.costs).toEqual({ calls: 3, bytes: 130, rounds: 2 });
  });

  it('starts to count again after a reset', async () => {
    const store = await storeWith(['a']);
    await store.get('a');

    Object.assign(store.costs, { calls: 0, bytes: 0, rounds: 0 });
    await store.get('a');

    expect(store.costs).toEqual({ calls: 1, bytes: 100, rounds: 1 });
  });
});
