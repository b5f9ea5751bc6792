import { describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../engine/api.ts';
import { memoryPointer, memoryStore, verifyDatabase, type Finding } from '../../../engine/index.ts';
import { encodeContainer, sectionOf } from '../../../engine/format/segment-layout.ts';
import { contentHash } from '../../../engine/format/checksum.ts';
import { encodeManifest } from '../../../engine/manifest/manifest-file.ts';
import type { Manifest } from '../../../engine/manifest/manifest.ts';
import { openSegment, readSections } from '../../../engine/segment/segment-file.ts';
import { createObjectCache } from '../../../engine/storage/object-cache.ts';
import { makeChange, makeRow, openTestDatabase, PREFIX, upsert } from '../../support/engine-database.ts';
import { sampleRows } from '../../support/sample-rows.ts';

async function findings(store: ObjectStore, manifest?: string): Promise<Finding[]> {
  const found: Finding[] = [];
  const options = manifest === undefined ? {} : { manifest };
  for await (const finding of verifyDatabase({ store, prefix: PREFIX, ...options })) found.push(finding);
  return found;
}

async function errors(store: ObjectStore, manifest?: string): Promise<string[]> {
  return (await findings(store, manifest)).flatMap(({ severity, problem }) =>
    severity === 'ERROR' ? [problem] : [],
  );
}

/** Three segments, one with tombstones; every kind of section has content. */
async function makeDatabase() {
  const store = memoryStore();
  const pointer = memoryPointer();
  const { database } = openTestDatabase({ dimension: 5 }, { store, pointer });
  await upsert(database, sampleRows(40, 5));
  await upsert(database, [makeRow('row-0003', [1, 2, 3, 4, 5], { fileId: 'file-9', fileVersion: 1 })]);
  await database.commit(makeChange({ removeIds: ['row-0007', 'row-0008'] }));
  await upsert(database, [makeRow('z', [1, 1, 1, 1, 1], { text: 'last words' })]);
  const key = (await pointer.read()).manifest!;
  return { store, database, key, manifest: await readJson(store, key) };
}

async function readJson(store: ObjectStore, key: string): Promise<Manifest> {
  return JSON.parse(new TextDecoder().decode(await store.get(key))) as Manifest;
}

async function putManifest(store: ObjectStore, manifest: Manifest): Promise<string> {
  const { key, bytes } = encodeManifest(manifest, PREFIX);
  await store.put(key, bytes);
  return key;
}

describe('verification of a database', () => {
  it('finds nothing wrong in a healthy one', async () => {
    const { store, key } = await makeDatabase();

    expect(await errors(store)).toEqual([]);
    expect(await errors(store, key)).toEqual([]);
    expect(await findings(memoryStore())).toEqual([]);
  });

  it('finds nothing wrong in long lists of postings and in an index of vectors, and sees their damage', async () => {
    const store = memoryStore();
    const { database } = openTestDatabase({ dimension: 8 }, { store });
    const rows = Array.from({ length: 4200 }, (_, i) =>
      makeRow(
        `row-${i}`,
        Array.from({ length: 8 }, (__, n) => Math.sin(i * 8 + n)),
        { text: `word${i % 7} ${'often '.repeat(i % 5)}`, fileId: `file-${i % 3}`, fileVersion: 1 },
      ),
    );
    const { key } = await database.writeSegment(rows);
    await database.commit(makeChange({ add: [await database.writeSegment(rows)] }));
    const good = await store.get(key);
    const { entries } = await openSegment({ store, cache: createObjectCache(0) }, key);

    expect(await errors(store)).toEqual([]);
    expect([...entries.keys()]).toEqual(expect.arrayContaining(['records', 'codes', 'posting-blocks']));
    for (const { name, offset, length } of entries.values()) {
      const damaged = good.slice();
      damaged[offset + (length >> 1)]! ^= 16;
      await store.put(key, damaged);
      const found = (await errors(store)).join('; ');
      expect(found, name).toMatch(new RegExp(`section ${name} has a wrong checksum|statistics|ids`));
    }
  });

  it('tells what is stored beside it', async () => {
    const { store, database, key } = await makeDatabase();
    const orphan = await database.writeSegment([makeRow('orphan', [1, 0, 0, 0, 0])]);
    await store.put(`${PREFIX}segments/notes.txt`, new Uint8Array(1));

    const found = await findings(store, key);

    expect(found.map(({ severity, object }) => [severity, object]).sort()).toEqual(
      [
        ['INFO', `${PREFIX}manifests/`],
        ['INFO', orphan.key],
        ['INFO', `${PREFIX}segments/notes.txt`],
      ].sort(),
    );
  });

  it('names each section that a flipped bit damages, and the hash', async () => {
    const { store, manifest } = await makeDatabase();
    const { key } = manifest.segments[0]!;
    const good = await store.get(key);
    const { entries } = await openSegment({ store, cache: createObjectCache(0) }, key);

    for (const { name, offset, length } of entries.values()) {
      if (length === 0) continue;
      const damaged = good.slice();
      damaged[offset + (length >> 1)]! ^= 16;
      await store.put(key, damaged);
      const problems = await errors(store);

      expect(
        problems.some((problem) => problem.includes('SHA-256')),
        name,
      ).toBe(true);
      expect(
        problems.some((problem) => problem.includes(`section ${name} has a wrong checksum`)),
        name,
      ).toBe(true);
    }
    await store.put(key, good);
    expect(await errors(store)).toEqual([]);
  });

  it('finds sections that are whole and wrong', async () => {
    const { store, manifest } = await makeDatabase();
    const [first] = manifest.segments;
    const io = { store, cache: createObjectCache(0) };
    const names = [...(await openSegment(io, first!.key)).entries.keys()];
    const good = await readSections(io, await openSegment(io, first!.key), names);

    for (const [i, name] of names.entries()) {
      const wrong = good[i]!.slice();
      if (wrong.length === 0) continue;
      // The last bytes are content in every section; in statistics, a sketch.
      for (let at = Math.max(0, wrong.length - 9); at < wrong.length - 1; at++) wrong[at] = 0x39;
      const sections = names.map((one, n) => sectionOf(one, n === i ? wrong : good[n]!));
      await store.put('container', encodeContainer(sections, 1).object);
      const bytes = await store.get('container');
      const key = `${PREFIX}segments/${contentHash(bytes)}.seg`;
      await store.put(key, bytes);
      const segments = [{ ...first!, key, sizeBytes: bytes.length }, ...manifest.segments.slice(1)];
      const storageBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

      // Addresses are opaque: any text is one.
      const found = await errors(store, await putManifest(store, { ...manifest, segments, storageBytes }));
      if (name !== 'addresses') expect(found, name).not.toEqual([]);
    }
  });

  it('finds what is missing', async () => {
    const { store, key, manifest } = await makeDatabase();
    await store.delete([manifest.segments[1]!.key]);

    expect(await errors(store, key)).toEqual(['it is missing from the store']);
    await store.delete([key]);
    expect(await errors(store, key)).toEqual(['it is missing from the store']);
  });

  it('finds manifests that count wrongly', async () => {
    const { store, manifest } = await makeDatabase();
    const [first, ...rest] = manifest.segments;
    const wrong: [string, Partial<Manifest>][] = [
      ['rows', { vectorCount: manifest.vectorCount + 1 }],
      ['bytes', { storageBytes: 1 }],
      ['files', { fileCount: manifest.fileCount + 1 }],
      ['the manifest says 39', { segments: [{ ...first!, rows: 39, live: first!.live - 1 }, ...rest] }],
      [
        'bounds its ids',
        { segments: [{ ...first!, ids: { least: 'row-0001', most: 'row-0039' } }, ...rest] },
      ],
      ['names a segment twice', { segments: [...manifest.segments, rest[0]!] }],
      ['which is live in', { segments: [{ ...first!, live: first!.rows, tombstones: null }, ...rest] }],
      ['the manifest says nothing', { fields: [] }],
      ['not newer than', { previous: `${PREFIX}manifests/000000000099-${'0'.repeat(64)}.json` }],
    ];

    for (const [problem, change] of wrong) {
      const found = await errors(store, await putManifest(store, { ...manifest, ...change }));
      expect(found.join('; ')).toContain(problem);
    }
  });

  it('refuses a prefix that is none', async () => {
    const verify = verifyDatabase({ store: memoryStore(), prefix: 'databases/d' }).next();

    await expect(verify).rejects.toMatchObject({ kind: 'InvalidInput', info: { field: 'prefix' } });
  });
});
