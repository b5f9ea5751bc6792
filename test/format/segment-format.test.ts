import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isVectorDbError, joinParts, loadKernels, memoryPointer, memoryStore } from '../../engine/index.ts';
import { ByteWriter } from '../../engine/format/byte-writer.ts';
import { checksumOf } from '../../engine/format/checksum.ts';
import { encodeContainer, sectionOf } from '../../engine/format/segment-layout.ts';
import { createObjectCache } from '../../engine/storage/object-cache.ts';
import { openSegment, readSections } from '../../engine/segment/segment-file.ts';
import {
  kernels,
  makeChange,
  makeQuery,
  makeRow,
  openTestDatabase,
  PREFIX,
} from '../support/engine-database.ts';
import { oracleSearch } from '../support/search-oracle.ts';
import { sampleRows } from '../support/sample-rows.ts';

const GOLDEN = new URL('golden/', import.meta.url);
const DIMENSION = 5;
const queries = [
  makeQuery({ values: [1, 2, 3, 4, 5], topK: 20 }),
  makeQuery({ text: 'fox cafe 東京 big', topK: 20 }),
  makeQuery({
    values: [1, 0, 0, 0, 1],
    filter: { field: 'tags', list: { contains: 'b' } },
    fileIds: ['file-0', 'file-1'],
  }),
  makeQuery({ values: [1, 0, 0, 0, 1], filter: { field: 'color', string: { in: ['red', 'blue'] } } }),
  makeQuery({ values: [1, 0, 0, 0, 1], filter: { not: { field: 'year', number: { gt: 2003 } } } }),
  makeQuery({ values: [1, 0, 0, 0, 1], filter: { field: 'isNew', boolean: { eq: true } } }),
];

async function writeSample(rows = sampleRows(20, DIMENSION)) {
  const store = memoryStore();
  const pointer = memoryPointer();
  const { database } = openTestDatabase({ dimension: DIMENSION, metric: 'DOT_PRODUCT' }, { store, pointer });
  const segment = await database.writeSegment(rows);
  await database.commit(makeChange({ add: [segment] }));
  return {
    store,
    pointer,
    segment,
    bytes: await store.get(segment.key),
    manifest: (await pointer.read()).manifest!,
  };
}

/** Makes a database whose only segment has other bytes under the key of the sample's. */
async function commitAs(key: string, bytes: Uint8Array) {
  const store = memoryStore();
  const pointer = memoryPointer();
  const { database } = openTestDatabase({ dimension: DIMENSION, metric: 'DOT_PRODUCT' }, { store, pointer });
  await store.put(key, bytes);
  const reference = { key, rows: 20, sizeBytes: bytes.length, fields: {} };
  await database.commit(makeChange({ add: [reference] }));
  return { store, pointer };
}

/** Reads everything that a segment holds through a database without a cache. */
async function readAll(
  sample: Pick<Awaited<ReturnType<typeof writeSample>>, 'store' | 'pointer'>,
): Promise<unknown> {
  const { database } = openTestDatabase({ dimension: DIMENSION, metric: 'DOT_PRODUCT' }, sample);
  const answers = [];
  for (const query of queries) answers.push((await database.search(query)).hits);
  const rows = await database.readRows(sampleRows(20, DIMENSION).map(({ id }) => id));
  const removed = await database.commit(
    makeChange({ removeIds: ['row-0003'], removeFiles: [{ fileId: 'file-1', beforeVersion: 9 }] }),
  );
  return { answers, rows, removed: removed.removed };
}

describe('segment bytes', () => {
  it('are stable', async () => {
    const { bytes, segment } = await writeSample();
    const golden = await readFile(new URL('segment-1.1.seg', GOLDEN));

    expect(Buffer.compare(bytes, golden)).toBe(0);
    expect(segment.key).toBe(
      `${PREFIX}segments/feb3ea7f850571142562108ccfe86878699d7a1fcc9b00dcbb2372db24443767.seg`,
    );
  });

  it('do not depend on the order of the rows', async () => {
    const { segment } = await writeSample();
    const reversed = await writeSample(sampleRows(20, DIMENSION).reverse());

    expect(reversed.segment).toEqual(segment);
  });

  it('of an old file open with this reader', async () => {
    const { segment } = await writeSample();
    const sample = await commitAs(segment.key, await readFile(new URL('segment-1.0.seg', GOLDEN)));

    const answer = (await readAll(sample)) as { answers: { id: string }[][]; rows: unknown[] };

    expect(answer.rows).toHaveLength(20);
    const rows = sampleRows(20, DIMENSION);
    const plainIds = new Set(rows.map(({ id }) => id));
    const expected = queries.map((query) => oracleSearch(rows, query, 'DOT_PRODUCT', plainIds));
    expect(answer.answers.map((hits) => hits.map(({ id }) => id))).toEqual(
      expected.map((hits) => hits.map(({ id }) => id)),
    );
  });

  it('start every section at a multiple of 64', async () => {
    const { store, segment } = await writeSample();
    const file = await openSegment({ store, cache: createObjectCache(1 << 20) }, segment.key);

    for (const entry of file.entries.values()) expect(entry.offset % 64, entry.name).toBe(0);
    expect([...file.entries.keys()]).toContain('column:tags');
  });
});

describe('a reader', () => {
  it('skips sections that it does not know', async () => {
    const sample = await writeSample();
    const io = { store: sample.store, cache: createObjectCache(1 << 20) };
    const file = await openSegment(io, sample.segment.key);
    const names = [...file.entries.keys()];
    const known = await readSections(io, file, names);
    const sections = names.map((name, i) => sectionOf(name, known[i]!));
    const before = await readAll(await writeSample());
    const newer = [
      sectionOf('centroids', new Uint8Array(300)),
      ...sections,
      sectionOf('x', new Uint8Array(0)),
    ];
    const bytes = joinParts(encodeContainer(newer, 1).object);

    expect(await readAll(await commitAs(sample.segment.key, bytes))).toEqual(before);
  });

  it('refuses a major version that it does not know', async () => {
    const sample = await writeSample();
    const bytes = sample.bytes.slice();
    const footer = bytes.subarray(bytes.length - 40);
    const view = new DataView(footer.buffer, footer.byteOffset);
    view.setUint16(24, 3, true);
    view.setUint32(28, checksumOf(footer.subarray(0, 28)), true);
    await sample.store.put(sample.segment.key, bytes);

    await expect(readAll(sample)).rejects.toMatchObject({
      kind: 'CorruptData',
      info: { code: 'UNSUPPORTED_FORMAT' },
    });
  });

  it('answers CorruptData for a segment that is cut anywhere', async () => {
    const sample = await writeSample();

    for (let length = 0; length < sample.bytes.length; length++) {
      await sample.store.put(sample.segment.key, sample.bytes.slice(0, length));
      await expect(readAll(sample), `cut at ${length}`).rejects.toMatchObject({ kind: 'CorruptData' });
    }
  }, 60_000);

  it('answers CorruptData or the right answer for any flipped bit, never something else', async () => {
    const expected = await readAll(await writeSample());
    const sample = await writeSample();
    let detected = 0;

    for (let bit = 0; bit < sample.bytes.length * 8; bit += 7) {
      const bytes = sample.bytes.slice();
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      await sample.store.put(sample.segment.key, bytes);
      const outcome = await readAll({ store: sample.store, pointer: frozen(sample) }).catch(
        (error: unknown) => error,
      );
      if (isVectorDbError(outcome, 'CorruptData')) detected += 1;
      else expect(outcome, `bit ${bit}`).toEqual(expected);
    }

    expect(detected).toBeGreaterThan((sample.bytes.length * 8) / 7 / 2);
  }, 60_000);

  it('answers CorruptData for a damaged or missing manifest', async () => {
    const sample = await writeSample();
    const bytes = await sample.store.get(sample.manifest);

    for (let at = 0; at < bytes.length; at += 5) {
      const damaged = bytes.slice();
      damaged[at]! ^= 4;
      await sample.store.put(sample.manifest, at % 2 === 0 ? damaged : bytes.slice(0, at));
      await expect(readAll(sample), `at ${at}`).rejects.toMatchObject({ kind: 'CorruptData' });
    }
    await sample.store.delete([sample.manifest]);
    await expect(readAll(sample)).rejects.toMatchObject({ kind: 'CorruptData' });
  });

  it('answers CorruptData when the manifest names a segment that is gone', async () => {
    const sample = await writeSample();
    await sample.store.delete([sample.segment.key]);

    await expect(readAll(sample)).rejects.toMatchObject({
      kind: 'CorruptData',
      info: { field: sample.segment.key },
    });
  });

  it('fails cleanly on well-checksummed nonsense', async () => {
    const sample = await writeSample();
    const io = { store: sample.store, cache: createObjectCache(1 << 20) };
    const file = await openSegment(io, sample.segment.key);
    const names = [...file.entries.keys()];
    const good = await readSections(io, file, names);

    for (const [i, name] of names.entries()) {
      for (const wrong of [
        new Uint8Array(0),
        new Uint8Array(7).fill(255),
        good[i]!.slice(0, -4),
        good[i]!.map(() => 0xff),
      ]) {
        const sections = names.map((one, n) => sectionOf(one, n === i ? wrong : good[n]!));
        const bytes = joinParts(encodeContainer(sections, 1).object);
        const outcome = await commitAs(sample.segment.key, bytes)
          .then(readAll)
          .catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome, name).toMatchObject({ kind: 'CorruptData' });
      }
    }
  });
});

/** A pointer that stays where it is, so that a sample can be read again and again. */
function frozen({ pointer, manifest }: { pointer: ReturnType<typeof memoryPointer>; manifest: string }) {
  return {
    ...pointer,
    read: () => Promise.resolve({ manifest, version: '000000000001' }),
    compareAndSet: () => Promise.resolve(true),
  };
}

describe('large sections', () => {
  it('are verified block by block, and read in part', async () => {
    const store = memoryStore();
    const plain = await loadKernels({ arenaBytes: 1 << 20 });
    const rows = Array.from({ length: 3000 }, (_, i) =>
      makeRow(`r${String(i).padStart(5, '0')}`, new Float32Array(128).fill((i % 50) + 1)),
    );
    const { database, pointer } = openTestDatabase(
      { dimension: 128, metric: 'EUCLIDEAN' },
      { store, kernels: plain },
    );
    const segment = await database.writeSegment(rows);
    await database.commit(makeChange({ add: [segment] }));
    const fresh = () =>
      openTestDatabase({ dimension: 128, metric: 'EUCLIDEAN' }, { store, pointer, kernels }).database;
    const { hits, stats } = await database.search(
      makeQuery({ values: new Float32Array(128).fill(7), topK: 3 }),
    );
    const picked = await fresh().readRows(['r00049', 'r02999', 'r00048']);

    expect(hits.map(({ id, distance }) => [id, distance])).toEqual([
      ['r00006', 0],
      ['r00056', 0],
      ['r00106', 0],
    ]);
    expect(stats.bytesFetched).toBeGreaterThan(3000 * 512);
    expect(picked.map(({ id, values }) => [id, values[0]])).toEqual([
      ['r00049', 50],
      ['r02999', 50],
      ['r00048', 49],
    ]);

    const damaged = await store.get(segment.key);
    const file = await openSegment({ store, cache: createObjectCache(1 << 20) }, segment.key);
    damaged[file.entries.get('vectors')!.offset + 2999 * 512]! ^= 1;
    await store.put(segment.key, damaged);

    expect(await fresh().readRows(['r00049'])).toHaveLength(1);
    await expect(fresh().readRows(['r02999'])).rejects.toMatchObject({ kind: 'CorruptData' });
    await expect(fresh().search(makeQuery({ values: new Float32Array(128) }))).rejects.toMatchObject({
      kind: 'CorruptData',
    });
  });
});

describe('byte writer', () => {
  it('writes what it says beyond its first buffer', () => {
    const writer = new ByteWriter();
    for (let i = 0; i < 1000; i++)
      writer
        .u32(i)
        .u16(i)
        .u64(i)
        .varint(i * 1000);

    const bytes = writer.finish();

    expect(new DataView(bytes.buffer).getUint32(0, true)).toBe(0);
    expect(bytes.length).toBe(writer.length);
    expect(bytes.at(-1)).toBe(60);
  });
});
