import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../engine/api.ts';
import { joinParts, loadKernels, memoryPointer, memoryStore, seededRandom } from '../../engine/index.ts';
import { buildIndex } from '../../engine/index/build-index.ts';
import { encodeSegment } from '../../engine/segment/encode-segment.ts';
import { contentOfRows } from '../../engine/segment/segment-content.ts';
import { segmentKey } from '../../engine/segment/segment-key.ts';
import { clusteredRows } from '../support/clustered-rows.ts';
import { kernels, makeChange, makeQuery, openTestDatabase, PREFIX } from '../support/engine-database.ts';
import { oracleSearch } from '../support/search-oracle.ts';

const GOLDEN = new URL('golden/segment-2.0.seg', import.meta.url);
const DIMENSION = 12;
const rows: Row[] = clusteredRows(200, DIMENSION).map((row, i) => ({
  ...row,
  text: `word${i % 9} common`,
  metadata: { number: i },
}));

/** Encodes a segment with an index; segments of so few rows have none otherwise. */
async function encodeIndexed(): Promise<{ bytes: Uint8Array; hash: string }> {
  // The plain module computes the same on every processor; the relaxed one may round otherwise.
  const plain = await loadKernels({ arenaBytes: 32 << 20, variant: 'simd' });
  const content = contentOfRows(rows, DIMENSION, 'EUCLIDEAN');
  const random = seededRandom(1);
  const index = buildIndex(plain, content.values, { dimension: DIMENSION, metric: 'EUCLIDEAN', random });
  const { object, hash } = encodeSegment(content, index);
  return { bytes: joinParts(object), hash };
}

/** Opens a database whose only segment has these bytes. */
async function openOver(bytes: Uint8Array, hash: string) {
  const store = memoryStore();
  const pointer = memoryPointer();
  const source = { store, pointer };
  const key = segmentKey(PREFIX, hash);
  const { database } = openTestDatabase({ dimension: DIMENSION, metric: 'EUCLIDEAN' }, source);
  await store.put(key, bytes);
  const reference = {
    key,
    rows: rows.length,
    sizeBytes: bytes.length,
    fields: { number: 'NUMBER' as const },
  };
  await database.commit(makeChange({ add: [reference] }));
  return { database, ...source, key };
}

const queries = [
  makeQuery({ values: rows[3]!.values, topK: 5, effort: 1 }),
  makeQuery({
    values: rows[77]!.values,
    topK: 5,
    effort: 1,
    filter: { field: 'number', number: { lt: 150 } },
  }),
  makeQuery({ values: rows[77]!.values, topK: 300, exact: true }),
  makeQuery({ values: rows[9]!.values, text: 'word4', topK: 7, effort: 1 }),
];

describe('a segment with an index', () => {
  it('is stable, byte for byte', async () => {
    const { bytes } = await encodeIndexed();

    expect(Buffer.compare(bytes, await readFile(GOLDEN))).toBe(0);
  });

  it('of an old file is read', async () => {
    const { hash } = await encodeIndexed();
    const { database } = await openOver(await readFile(GOLDEN), hash);

    for (const query of queries) {
      const { hits } = await database.search(query);
      expect(hits.map(({ id }) => id)).toEqual(oracleSearch(rows, query, 'EUCLIDEAN').map(({ id }) => id));
    }
    expect(await database.readRows([rows[5]!.id])).toMatchObject([
      { id: rows[5]!.id, values: rows[5]!.values, metadata: { number: 5 }, fileId: rows[5]!.fileId },
    ]);
  });

  it('answers CorruptData or the right answer for any flipped byte and any cut', async () => {
    const { bytes, hash } = await encodeIndexed();
    const whole = await openOver(bytes, hash);
    const right = [];
    for (const query of queries) right.push((await whole.database.search(query)).hits);
    const refused = { flipped: 0, cut: 0 };
    for (let at = 0; at < bytes.length; at += 97) {
      const flipped = bytes.slice();
      flipped[at]! ^= 1 << (at % 8);
      for (const [name, damaged] of [
        ['flipped', flipped],
        ['cut', bytes.slice(0, at)],
      ] as const) {
        const store = memoryStore();
        await store.put(whole.key, damaged);
        const { manifest } = await whole.pointer.read();
        await store.put(manifest!, await whole.store.get(manifest!));
        const { database } = openTestDatabase(
          { dimension: DIMENSION, metric: 'EUCLIDEAN' },
          { store, pointer: whole.pointer, kernels },
        );
        try {
          for (const [i, query] of queries.entries())
            expect((await database.search(query)).hits).toEqual(right[i]);
        } catch (error) {
          expect(error).toMatchObject({ kind: 'CorruptData' });
          refused[name] += 1;
        }
      }
    }
    expect(refused.cut).toBe(Math.ceil(bytes.length / 97));
    expect(refused.flipped).toBeGreaterThan(bytes.length / 97 / 3);
  });
});
