import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../engine/index.ts';
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
});
