import { describe, expect, it } from 'vitest';
import { createCache, seededRandom, type SearchAnswer } from '../../../engine/index.ts';
import { encodeContainer, sectionOf } from '../../../engine/format/segment-layout.ts';
import { openSegment, readSections } from '../../../engine/segment/segment-file.ts';
import { SECTIONS } from '../../../engine/segment/segment-sections.ts';
import { createObjectCache } from '../../../engine/storage/object-cache.ts';
import {
  kernels,
  makeChange,
  makeQuery,
  makeRow,
  openTestDatabase,
  upsert,
} from '../../support/engine-database.ts';

/** Rows of `count` words each: digits have no stems, so that the sizes are easy to foresee. */
function makeRows(rows: number, count: number) {
  const random = seededRandom(3);
  const word = (): string => `x${Math.floor(random() * 4000)}`;
  return Array.from({ length: rows }, (_, i) =>
    makeRow(`row-${String(i).padStart(5, '0')}`, [1, 0], {
      text: `${Array.from({ length: count }, word).join(' ')} everywhere1`,
    }),
  );
}

describe('reads of a keyword search', () => {
  it('fetch no postings but those of the words, and nothing when they are known', async () => {
    const { database, store, pointer } = openTestDatabase();
    const segment = await database.writeSegment(makeRows(4000, 180));
    await database.commit(makeChange({ add: [segment] }));
    const { database: cold } = openTestDatabase({}, { store, pointer });
    const file = await openSegment({ store, cache: createObjectCache(1 << 20) }, segment.key);
    const postingBytes = file.entries.get('postings')!.length;
    const search = async (text: string): Promise<SearchAnswer['stats']> =>
      (await cold.search(makeQuery({ text }))).stats;

    await search('absent1');
    const first = await search('x1 x2');
    const again = await search('x2 x1');

    expect(postingBytes).toBeGreaterThan(1 << 20);
    expect(first.bytesFetched).toBeGreaterThan(0);
    expect(first.bytesFetched).toBeLessThanOrEqual(4 * 65_536);
    expect(again).toMatchObject({ bytesFetched: 0, cold: false });
  });

  it('are the same words again after the cache had no room for them', async () => {
    const { database } = openTestDatabase();
    const cache = { ...createCache({ kernels }), objects: createObjectCache(1000) };
    const { database: forgetful } = openTestDatabase({}, { cache });
    const rows = makeRows(50, 5);
    await upsert(database, rows);
    await upsert(forgetful, rows);
    const query = makeQuery({ text: 'everywhere1 x5 x7', topK: 50 });

    const { hits } = await database.search(query);

    expect(hits).toHaveLength(50);
    for (let time = 0; time < 3; time++) expect((await forgetful.search(query)).hits).toEqual(hits);
  });
});

describe('words of a later version', () => {
  it('are refused by searches of words, and leave vectors searchable', async () => {
    const { database, store, pointer } = openTestDatabase();
    const segment = await database.writeSegment([makeRow('a', [1, 0], { text: 'one' })]);
    const file = await openSegment({ store, cache: createObjectCache(1 << 20) }, segment.key);
    const names = [...file.entries.keys()];
    const bytes = await readSections({ store, cache: createObjectCache(1 << 20) }, file, names);
    const later = new TextEncoder().encode(JSON.stringify({ ...file.statistics, analyzer: 'words-9' }));
    const sections = names.map((name, i) =>
      sectionOf(name, name === SECTIONS.statistics ? later : bytes[i]!),
    );
    await store.put(segment.key, encodeContainer(sections, 1).object);
    const { database: reader } = openTestDatabase({}, { store, pointer });
    await reader.commit(makeChange({ add: [segment] }));

    await expect(reader.search(makeQuery({ text: 'one' }))).rejects.toMatchObject({
      kind: 'CorruptData',
      info: { code: 'UNSUPPORTED_FORMAT', field: segment.key },
    });
    expect((await reader.search(makeQuery({ values: [1, 0] }))).hits).toHaveLength(1);
  });
});
