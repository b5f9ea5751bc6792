import { describe, expect, it } from 'vitest';
import { countingStore, memoryStore } from '../../../engine/index.ts';
import {
  makeChange,
  makeRow,
  openTestDatabase,
  searchIds,
  upsert,
  PREFIX,
} from '../../support/engine-database.ts';
import { virtualClock } from '../../support/faulty-storage.ts';

function openAged() {
  const clock = virtualClock();
  const store = memoryStore(() => clock.now());
  return { clock, ...openTestDatabase({}, { store, clock }) };
}

describe('sweep of orphans', () => {
  it('deletes segments that were never committed, once they are old', async () => {
    const { database, clock } = openAged();
    await upsert(database, [makeRow('kept', [1, 0])]);
    const orphan = await database.writeSegment([makeRow('orphan', [1, 0])]);

    const early = await database.sweepOrphans(1000);
    clock.advance(2000);
    const late = await database.sweepOrphans(1000);

    expect(early).toEqual([]);
    expect(late).toEqual([orphan.key]);
    expect(await searchIds(database, { values: [1, 0] })).toEqual(['kept']);
  });

  it('keeps what was current at the beginning of the grace time', async () => {
    const { database, clock, store, pointer } = openAged();
    await upsert(database, [makeRow('a', [1, 0])]);
    const first = await pointer.read();
    clock.advance(100_000);
    await database.commit(makeChange({ removeIds: ['a'] }));
    clock.advance(500);

    expect(await database.sweepOrphans(1000)).toEqual([]);

    const reader = openTestDatabase(
      {},
      { store, pointer: { ...pointer, read: () => Promise.resolve(first) } },
    );
    expect(await searchIds(reader.database, { values: [1, 0] })).toEqual(['a']);
    clock.advance(100_000);
    expect(await database.sweepOrphans(1000)).toHaveLength(2);
  });

  it('touches nothing outside its database', async () => {
    const { database, clock, store } = openAged();
    await store.put('databases/d/g10/segments/x.seg', new Uint8Array(1));
    await store.put(`${PREFIX}other/x`, new Uint8Array(1));
    clock.advance(10_000);

    expect(await database.sweepOrphans(0)).toEqual([]);
  });

  it('loses no segment that is put again and committed while it deletes', async () => {
    for (const at of [
      'before the pointer moves',
      'after the pointer moved',
      'before the deletion',
    ] as const) {
      const { database, clock, store, pointer } = openAged();
      const rows = [makeRow('again', [1, 0])];
      await upsert(database, [makeRow('other', [0, 1])]);
      await database.writeSegment(rows);
      clock.advance(100_000);
      const writer = openTestDatabase({}, { store, pointer, clock }).database;
      const outcomes: unknown[] = [];
      const commitAgain = async (step: string): Promise<void> => {
        if (step !== at || outcomes.length > 0) return;
        outcomes.push('started');
        outcomes.push(await upsert(writer, rows).catch((error: unknown) => error));
      };
      const sweeper = openTestDatabase(
        {},
        {
          clock,
          store: {
            ...store,
            delete: async (keys) => {
              if (keys.some((key) => key.includes('/segments/'))) await commitAgain('before the deletion');
              await store.delete(keys);
            },
          },
          pointer: {
            ...pointer,
            compareAndSet: async (expected, next) => {
              await commitAgain('before the pointer moves');
              const isMoved = await pointer.compareAndSet(expected, next);
              await commitAgain('after the pointer moved');
              return isMoved;
            },
          },
        },
      ).database;

      await sweeper.sweepOrphans(1000);

      if (outcomes[1] instanceof Error) {
        expect(outcomes[1], at).toMatchObject({ kind: 'Unavailable' });
        await upsert(writer, rows);
      }
      expect(await searchIds(database, { values: [1, 0] }), at).toEqual(['again', 'other']);
    }
  });

  it('keeps what leaves the database while it begins', async () => {
    const { database, clock, store, pointer } = openAged();
    await upsert(database, [makeRow('a', [1, 0])]);
    const first = await pointer.read();
    clock.advance(100_000);
    let reads = 0;
    const leavingPointer = {
      ...pointer,
      read: async () => {
        if (++reads === 2) await database.commit(makeChange({ removeIds: ['a'] }));
        return pointer.read();
      },
    };
    const sweeper = openTestDatabase({}, { store, clock, pointer: leavingPointer }).database;

    await sweeper.sweepOrphans(1000);

    const reader = openTestDatabase(
      {},
      { store, pointer: { ...pointer, read: () => Promise.resolve(first) } },
    );
    expect(reads).toBeGreaterThan(1);
    expect(await searchIds(reader.database, { values: [1, 0] })).toEqual(['a']);
  });

  it('ends what a sweep that died began', async () => {
    const { database, clock, store, pointer } = openAged();
    await upsert(database, [makeRow('other', [0, 1])]);
    const rows = [makeRow('again', [1, 0])];
    await database.writeSegment(rows);
    clock.advance(100_000);
    const dying = openTestDatabase(
      {},
      { store: { ...store, delete: () => Promise.reject(new Error('died')) }, pointer, clock },
    ).database;
    await expect(dying.sweepOrphans(1000)).rejects.toThrow('died');

    await expect(upsert(database, rows)).rejects.toMatchObject({ kind: 'Unavailable' });
    clock.advance(400_000);
    await upsert(database, rows);

    expect(await searchIds(database, { values: [1, 0] })).toEqual(['again', 'other']);
  });

  it('reads few manifests, however many there are', async () => {
    const { database, clock, store, pointer } = openAged();
    for (let i = 0; i < 60; i++) {
      await upsert(database, [makeRow('a', [1, i])]);
      clock.advance(1000);
    }
    const counted = countingStore(store);
    const sweeper = openTestDatabase({}, { store: counted, pointer, clock }).database;

    const deleted = await sweeper.sweepOrphans(20_000);

    expect(deleted.length).toBeGreaterThan(60);
    expect(counted.counts.get).toBeLessThan(10);
    expect(await searchIds(database, { values: [1, 0] })).toEqual(['a']);
  });

  it('refuses a grace time that is none', async () => {
    await expect(openAged().database.sweepOrphans(NaN)).rejects.toMatchObject({
      kind: 'InvalidInput',
      info: { field: 'graceMs' },
    });
  });
});
