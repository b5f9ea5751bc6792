import { describe, expect, it, onTestFinished } from 'vitest';
import type { ObjectStore } from '../../engine/api.ts';

/** Makes an empty store, and what removes it again. */
export type MakeStore = () => Promise<{ store: ObjectStore; close?: () => Promise<void> }>;

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const show = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Proves that a store keeps the promises of `ObjectStore`. */
export function objectStoreContract(name: string, make: MakeStore): void {
  async function open(): Promise<ObjectStore> {
    const { store, close } = await make();
    onTestFinished(async () => {
      await close?.();
    });
    return store;
  }

  async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list(prefix)) keys.push(key);
    return keys;
  }

  describe(`object store: ${name}`, () => {
    it('reads back what was put', async () => {
      const store = await open();
      const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);

      await store.put('a/b.bin', bytes);

      expect(Buffer.compare(await store.get('a/b.bin'), bytes)).toBe(0);
    });

    it('reads ranges, and less where the object ends', async () => {
      const store = await open();
      await store.put('a', text('0123456789'));

      expect(show(await store.get('a', { offset: 2, length: 3 }))).toBe('234');
      expect(show(await store.get('a', { offset: 8, length: 5 }))).toBe('89');
    });

    it('reads the tail with the size', async () => {
      const store = await open();
      await store.put('a', text('0123456789'));

      const part = await store.getTail('a', 4);
      const whole = await store.getTail('a', 100);

      expect([show(part.bytes), part.sizeBytes]).toEqual(['6789', 10]);
      expect([show(whole.bytes), whole.sizeBytes]).toEqual(['0123456789', 10]);
    });

    it('fails with NotFound for an object that is not there', async () => {
      const store = await open();

      await expect(store.get('none')).rejects.toMatchObject({ kind: 'NotFound', info: { field: 'none' } });
      await expect(store.get('none', { offset: 0, length: 1 })).rejects.toMatchObject({ kind: 'NotFound' });
      await expect(store.getTail('none', 10)).rejects.toMatchObject({ kind: 'NotFound' });
    });

    it('takes an object again and makes it young', async () => {
      const store = await open();
      const dates: number[] = [];
      for (let round = 0; round < 2; round++) {
        // S3 dates objects to the second.
        if (round > 0) await new Promise((resolve) => setTimeout(resolve, 1100));
        await store.put('a', text('same'));
        for await (const { modifiedAtMs } of store.list('a')) dates.push(modifiedAtMs);
      }

      expect(show(await store.get('a'))).toBe('same');
      expect(dates).toHaveLength(2);
      expect(dates[1]).toBeGreaterThan(dates[0]!);
    });

    it('does not share memory with its callers', async () => {
      const store = await open();
      const bytes = text('abc');
      await store.put('a', bytes);
      bytes[0] = 0;

      const first = await store.get('a');
      first[1] = 0;

      expect(show(await store.get('a'))).toBe('abc');
    });

    it('does not share memory with callers that bring Buffers', async () => {
      const store = await open();
      const bytes = Buffer.from('abc');
      await store.put('a', bytes);
      bytes[0] = 0;

      const whole = await store.get('a');
      whole[1] = 0;
      const { bytes: tail } = await store.getTail('a', 2);
      tail[1] = 0;

      expect(show(await store.get('a'))).toBe('abc');
    });

    it('keeps empty objects, and reads nothing beyond an end', async () => {
      const store = await open();
      await store.put('empty', new Uint8Array(0));
      await store.put('ten', text('0123456789'));

      const tail = await store.getTail('empty', 4);
      expect([await store.get('empty'), tail.bytes].map(({ length }) => length)).toEqual([0, 0]);
      expect(tail.sizeBytes).toBe(0);
      expect(await store.get('ten', { offset: 10, length: 5 })).toHaveLength(0);
      expect(await store.get('ten', { offset: 99, length: 5 })).toHaveLength(0);
    });

    it('keeps one whole object of writers that put the same at once', async () => {
      const store = await open();
      const bytes = Uint8Array.from({ length: 50_000 }, (_, i) => i % 251);

      await Promise.all(Array.from({ length: 6 }, () => store.put('same', bytes)));

      expect(Buffer.compare(await store.get('same'), bytes)).toBe(0);
      expect(await keysOf(store, 'same')).toEqual(['same']);
    });

    it('lists a prefix in byte order with sizes and dates', async () => {
      const store = await open();
      for (const key of ['p/b', 'p/a/x', 'p/a-1', 'q/a', 'p/B']) await store.put(key, text(key));

      const listed: { key: string; sizeBytes: number; modifiedAtMs: number }[] = [];
      for await (const entry of store.list('p/')) listed.push(entry);

      expect(listed.map(({ key }) => key)).toEqual(['p/B', 'p/a-1', 'p/a/x', 'p/b']);
      expect(listed.map(({ sizeBytes }) => sizeBytes)).toEqual([3, 5, 5, 3]);
      for (const { modifiedAtMs } of listed) expect(Math.abs(modifiedAtMs - Date.now())).toBeLessThan(60_000);
      expect(await keysOf(store, 'p/a')).toEqual(['p/a-1', 'p/a/x']);
      expect(await keysOf(store, 'none/')).toEqual([]);
    });

    it('deletes keys, and ignores those that are not there', async () => {
      const store = await open();
      for (const key of ['a', 'b', 'c']) await store.put(key, text(key));

      await store.delete(['a', 'none', 'c']);

      expect(await keysOf(store, '')).toEqual(['b']);
    });

    it('keeps each of many objects that are put at once', async () => {
      const store = await open();
      const keys = Array.from({ length: 40 }, (_, i) => `many/${i}`);

      await Promise.all(keys.map((key) => store.put(key, text(key))));

      const read = await Promise.all(keys.map(async (key) => show(await store.get(key))));
      expect(read).toEqual(keys);
    });
  });
}
