import { describe, expect, it } from 'vitest';
import type { PointerStore, PointerUpdate } from '../../../engine/api.ts';
import { countingStore, memoryPointer, memoryStore, VectorDbError } from '../../../engine/index.ts';
import {
  makeChange,
  makeQuery,
  makeRow,
  openTestDatabase,
  searchIds,
  upsert,
} from '../../support/engine-database.ts';
import { virtualClock } from '../../support/faulty-storage.ts';

function current(pointer: PointerStore): PointerUpdate | null {
  return (pointer as ReturnType<typeof memoryPointer>).current();
}

describe('commit', () => {
  it('makes rows visible at once, with versions of 12 digits', async () => {
    const { database } = openTestDatabase();
    const segment = await database.writeSegment([makeRow('a', [1, 0])]);

    const before = await searchIds(database, { values: [1, 0] });
    const { version, vectorCount, removed, wantsCompaction } = await database.commit(
      makeChange({ add: [segment] }),
    );
    const after = await searchIds(database, { values: [1, 0], minVersion: version });

    expect([before, after]).toEqual([[], ['a']]);
    expect({ version, vectorCount, removed, wantsCompaction }).toEqual({
      version: '000000000001',
      vectorCount: 1,
      removed: [],
      wantsCompaction: false,
    });
  });

  it('hands the pointer exact counts, fields and finished writes', async () => {
    const { database, pointer } = openTestDatabase();
    const rows = [
      makeRow('a', [1, 0], { fileId: 'f', fileVersion: 1, metadata: { n: 1, tags: ['x', 'y'] } }),
      makeRow('b', [1, 0], { fileId: 'f', fileVersion: 1, metadata: { n: 2, ok: true } }),
      makeRow('c', [1, 0], { metadata: { s: 'v' } }),
    ];
    const segment = await database.writeSegment(rows);

    await database.commit(makeChange({ add: [segment], finishedWrites: ['w1'] }));

    expect(current(pointer)).toMatchObject({
      vectorCount: 3,
      fileCount: 1,
      storageBytes: segment.sizeBytes,
      finishedWrites: ['w1'],
      metadataFields: [
        { name: 'n', type: 'NUMBER', distinct: 2 },
        { name: 'ok', type: 'BOOLEAN', distinct: 1 },
        { name: 's', type: 'STRING', distinct: 1 },
        { name: 'tags', type: 'STRING_LIST', distinct: 2 },
      ],
    });
  });

  it('keeps one row per id when a segment is added twice', async () => {
    const { database, pointer } = openTestDatabase();
    const segment = await database.writeSegment([makeRow('a', [1, 0]), makeRow('b', [0, 1])]);

    await database.commit(makeChange({ add: [segment, segment] }));
    const again = await database.commit(makeChange({ add: [segment] }));

    expect(again).toMatchObject({ vectorCount: 2, removed: [] });
    expect(current(pointer)).toMatchObject({ vectorCount: 2, storageBytes: segment.sizeBytes });
    expect(await searchIds(database, { values: [1, 0] })).toEqual(['a', 'b']);
  });

  it('keeps one row per id when a segment that was compacted away is added again', async () => {
    const { database } = openTestDatabase();
    const first = await database.writeSegment([makeRow('a', [1, 0])]);
    await database.commit(makeChange({ add: [first] }));
    for (let i = 0; i < 8; i++) await upsert(database, [makeRow(`x${i}`, [0, 1])]);
    await database.compact();

    const again = await database.commit(makeChange({ add: [first] }));

    expect(again).toMatchObject({ vectorCount: 9, removed: [] });
    expect(await searchIds(database, { values: [1, 0], topK: 2 })).toEqual(['a', 'x0']);
  });

  it('brings a row back when the same bytes are written after its removal', async () => {
    const { database } = openTestDatabase();
    const rows = [makeRow('a', [1, 0]), makeRow('b', [0, 1])];
    await upsert(database, rows);
    await database.commit(makeChange({ removeIds: ['a'] }));

    await upsert(database, rows);

    expect(await searchIds(database, { values: [1, 0] })).toEqual(['a', 'b']);
  });

  it('reports replaced and removed rows with their addresses, but none whose record is still named', async () => {
    const { database } = openTestDatabase();
    await upsert(database, [
      makeRow('a', [1, 0], { address: 'a1' }),
      makeRow('b', [1, 0], { address: 'b1' }),
      makeRow('c', [1, 0], { address: 'c1', fileId: 'f', fileVersion: 2 }),
    ]);
    const next = await database.writeSegment([
      makeRow('a', [0, 1], { address: 'a2' }),
      makeRow('b', [0, 1], { address: 'b1' }),
    ]);

    const { removed, vectorCount } = await database.commit(
      makeChange({ add: [next], removeIds: ['c', 'none'] }),
    );

    expect(vectorCount).toBe(2);
    expect(removed).toEqual([
      { id: 'a', address: 'a1', fileId: null },
      { id: 'c', address: 'c1', fileId: 'f' },
    ]);
  });

  it('lets the later of two added segments win', async () => {
    const { database } = openTestDatabase({ metric: 'DOT_PRODUCT' });
    const first = await database.writeSegment([makeRow('a', [1, 0], { address: 'old' })]);
    const second = await database.writeSegment([makeRow('a', [2, 0], { address: 'new' })]);

    const { removed } = await database.commit(makeChange({ add: [first, second] }));

    expect(removed).toEqual([{ id: 'a', address: 'old', fileId: null }]);
    expect(await database.readRows(['a'])).toMatchObject([{ address: 'new', values: Float32Array.of(2, 0) }]);
  });

  it('replaces the older versions of a file in one step', async () => {
    const { database, pointer } = openTestDatabase();
    const chunk = (version: number, n: number) =>
      makeRow(`f:${version}:${n}`, [1, n], { fileId: 'f', fileVersion: version });
    await upsert(database, [
      chunk(1, 0),
      chunk(1, 1),
      makeRow('other', [1, 9], { fileId: 'g', fileVersion: 1 }),
    ]);
    const next = await database.writeSegment([chunk(2, 0)]);
    const change = makeChange({ add: [next], removeFiles: [{ fileId: 'f', beforeVersion: 2 }] });

    const { removed } = await database.commit(change);
    const again = await database.commit(change);

    expect(removed.map(({ id }) => id)).toEqual(['f:1:0', 'f:1:1']);
    expect(again.removed).toEqual([]);
    expect((await searchIds(database, { values: [1, 0] })).sort()).toEqual(['f:2:0', 'other']);
    expect(current(pointer)).toMatchObject({ vectorCount: 2, fileCount: 2 });
  });

  it('refuses to replace a newer version of a file', async () => {
    const { database } = openTestDatabase();
    await upsert(database, [makeRow('f:3:0', [1, 0], { fileId: 'f', fileVersion: 3 })]);

    const late = database.commit(makeChange({ removeFiles: [{ fileId: 'f', beforeVersion: 2 }] }));

    await expect(late).rejects.toMatchObject({ kind: 'Conflict' });
    const all = await database.commit(
      makeChange({ removeFiles: [{ fileId: 'f', beforeVersion: Infinity }] }),
    );
    expect(all.vectorCount).toBe(0);
  });

  it('names the field, the registered and the given type of a conflict', async () => {
    const { database } = openTestDatabase();
    await upsert(database, [makeRow('a', [1, 0], { metadata: { year: 2020 } })]);
    const segment = await database.writeSegment([makeRow('b', [1, 0], { metadata: { year: '2020' } })]);

    const conflict = database.commit(makeChange({ add: [segment] }));

    await expect(conflict).rejects.toMatchObject({
      kind: 'InvalidInput',
      message:
        'Metadata field "year" has type NUMBER in this database, and a value of type STRING was given.',
      info: { field: 'metadata.year', limit: 'NUMBER', actual: 'STRING' },
    });
    expect(await database.metadataFields()).toEqual({ year: 'NUMBER' });
  });

  it('refuses more metadata fields than it can register', async () => {
    const { database } = openTestDatabase();
    const rows = Array.from({ length: 257 }, (_, i) =>
      makeRow(`r${i}`, [1, 0], { metadata: { [`field${i}`]: 1 } }),
    );
    const segment = await database.writeSegment(rows);

    const commit = database.commit(makeChange({ add: [segment] }));

    await expect(commit).rejects.toMatchObject({ kind: 'LimitExceeded', info: { limit: 256, actual: 257 } });
  });

  it('refuses segments that are gone, or of another database or dimension', async () => {
    const { database, store } = openTestDatabase();
    const segment = await database.writeSegment([makeRow('a', [1, 0])]);
    const wide = await openTestDatabase({ dimension: 3 }, { store }).database.writeSegment([
      makeRow('w', [1, 0, 0]),
    ]);
    const other = { ...segment, key: 'databases/x/g1/segments/00.seg' };
    await store.delete([segment.key]);

    const attempts = [segment, wide, other].map((add) => database.commit(makeChange({ add: [add] })));

    await expect(attempts[0]).rejects.toMatchObject({ kind: 'NotFound' });
    await expect(attempts[1]).rejects.toMatchObject({
      kind: 'InvalidInput',
      info: { code: 'DIMENSION_MISMATCH' },
    });
    await expect(attempts[2]).rejects.toMatchObject({ kind: 'InvalidInput' });
  });

  it('gives up with Unavailable when others always win', async () => {
    const pointer: PointerStore = { ...memoryPointer(), compareAndSet: () => Promise.resolve(false) };
    const { database } = openTestDatabase({}, { pointer, clock: virtualClock() });

    await expect(database.commit(makeChange({}))).rejects.toMatchObject({
      kind: 'Unavailable',
      info: { limit: 50 },
    });
  });

  it('knows its own success when the answer of the pointer was lost', async () => {
    const inner = memoryPointer();
    let isFirst = true;
    const pointer: PointerStore = {
      read: () => inner.read(),
      compareAndSet: async (expected, next) => {
        const won = await inner.compareAndSet(expected, next);
        const answer = won && !isFirst;
        isFirst = false;
        return answer;
      },
    };
    const { database } = openTestDatabase({}, { pointer, clock: virtualClock() });

    await upsert(database, [makeRow('a', [1, 0])]);
    const { version, removed } = await database.commit(makeChange({ removeIds: ['a'] }));

    expect({ version, removed }).toEqual({
      version: '000000000002',
      removed: [{ id: 'a', address: 'at-a', fileId: null }],
    });
  });

  it('commits once when its answer was lost and others have committed since', async () => {
    for (const others of [1, 3, 40]) {
      const store = memoryStore();
      const inner = memoryPointer();
      const other = openTestDatabase({}, { store, pointer: inner }).database;
      let isFirst = true;
      const pointer: PointerStore = {
        read: () => inner.read(),
        compareAndSet: async (expected, next) => {
          const isMade = await inner.compareAndSet(expected, next);
          if (!isFirst) return isMade;
          isFirst = false;
          for (let i = 0; i < others; i++)
            await upsert(other, [makeRow('a', [0, 1], { address: `other-${i}` })]);
          throw new VectorDbError('Unavailable', 'The answer was lost.');
        },
      };
      const { database } = openTestDatabase({}, { store, pointer, clock: virtualClock() });

      const version = await upsert(database, [makeRow('a', [1, 0])]);

      const rows = await database.readRows(['a']);
      expect([version, rows[0]?.address]).toEqual(['000000000001', `other-${others - 1}`]);
      expect((await inner.read()).version).toBe(String(others + 1).padStart(12, '0'));
    }
  });

  it('does not take the equal change of another writer for its own', async () => {
    const store = memoryStore();
    const inner = memoryPointer();
    const finished: string[] = [];
    const pointer: PointerStore = {
      read: () => inner.read(),
      compareAndSet: async (expected, next) => {
        const isMade = await inner.compareAndSet(expected, next);
        if (isMade) finished.push(...next.finishedWrites);
        return isMade;
      },
    };
    const open = () => openTestDatabase({}, { store, pointer, clock: virtualClock() }).database;

    await Promise.all(
      ['one', 'two'].map((id) => open().commit(makeChange({ removeIds: ['none'], finishedWrites: [id] }))),
    );

    expect(finished.sort()).toEqual(['one', 'two']);
  });

  it('reads no segment that cannot hold its ids', async () => {
    const store = memoryStore();
    const pointer = memoryPointer();
    const { database } = openTestDatabase({}, { store, pointer });
    const many = Array.from({ length: 20 }, (_, i) => makeRow(`m${String(i).padStart(2, '0')}`, [1, i]));
    await upsert(database, many);
    for (let i = 0; i < 6; i++) await upsert(database, [makeRow(`single-${i}`, [1, i])]);
    const counted = countingStore(store);
    const cold = openTestDatabase({}, { store: counted, pointer }).database;
    const segment = await cold.writeSegment([makeRow('z', [1, 0])]);

    await cold.commit(makeChange({ add: [segment] }));
    const reads = { ...counted.counts };
    const { removed } = await cold.commit(makeChange({ removeIds: ['m07', 'single-3', 'nobody'] }));

    // The manifest, and its own segment twice: whole, and whether it is still there.
    expect([reads.get, reads.getTail]).toEqual([1, 2]);
    expect(removed.map(({ id }) => id).sort()).toEqual(['m07', 'single-3']);
    expect(counted.counts.getTail).toBe(4);
  });

  it('keeps the pointer error of a database that does not exist', async () => {
    const { database } = openTestDatabase(
      {},
      {
        pointer: {
          read: () => Promise.reject(new Error('gone')),
          compareAndSet: () => Promise.resolve(true),
        },
      },
    );

    await expect(database.search(makeQuery({ values: [1, 0] }))).rejects.toThrow('gone');
  });

  it('applies a thousand rows from eight writers, and searches them warm without reading storage', async () => {
    const { database } = openTestDatabase({ dimension: 8 });
    let next = 0;
    const writer = async (): Promise<void> => {
      for (let i = next++; i < 1000; i = next++) {
        const row = makeRow(
          `r${i}`,
          Array.from({ length: 8 }, (_, n) => Math.sin(i * 8 + n)),
        );
        const commit = await database.commit(makeChange({ add: [await database.writeSegment([row])] }));
        if (commit.wantsCompaction && i % 50 === 0) await database.compact();
      }
    };

    await Promise.all(Array.from({ length: 8 }, writer));
    await database.compact();

    const query = makeQuery({ values: new Float32Array(8).fill(1), topK: 1000 });
    expect(new Set((await database.search(query)).hits.map(({ id }) => id)).size).toBe(1000);
    const { stats } = await database.search(query);
    expect(stats).toMatchObject({ cold: false, bytesFetched: 0, candidates: 1000 });
    expect(stats.segments).toBeLessThan(30);
  });
});
