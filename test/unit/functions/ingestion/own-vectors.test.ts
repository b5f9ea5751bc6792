import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { putDatabase } from '../../../support/database-item.ts';
import { createNpy, floatBytes } from '../../../support/documents/create-vectors.ts';
import { type EmbeddingServer, startEmbeddingServer } from '../../../support/embedding-server.ts';
import { createZip } from '../../../support/create-zip.ts';
import {
  askForUpload,
  getFile,
  ingest,
  type IngestionWorld,
  putFileDatabase,
  readDatabaseItem,
  settle,
  startIngestionWorld,
} from '../../../support/ingestion-world.ts';

const DIMENSION = 64;
const embedding = { provider: 'openai', model: 'test-model', dimension: DIMENSION };

let world: IngestionWorld;
let server: EmbeddingServer;

beforeAll(async () => {
  [world, server] = await Promise.all([startIngestionWorld(), startEmbeddingServer(DIMENSION)]);
});
beforeEach(() => {
  for (const queue of [world.planQueue, world.partsQueue, world.maintenanceQueue]) queue.splice(0);
  server.texts.length = 0;
  world.deps = {
    ...world.deps,
    openEmbedder: (item) => (item.embedding ? server.openEmbedder(embedding) : null),
  };
});
afterAll(() => Promise.all([world.stop(), server.stop()]));

const axis = (place: number, dimension = DIMENSION): number[] =>
  Array.from({ length: dimension }, (_, index) => (index === place ? 1 : 0));
const record = (place: number, changes: object = {}): string =>
  JSON.stringify({ text: `lighthouse ${place}`, values: axis(place), ...changes });

describe('a file whose records bring vectors', () => {
  it('becomes READY in a database without an embedding, with those vectors', async () => {
    const database = await putDatabase(world.tables, { dimension: DIMENSION, embedding: null });
    const content = [0, 1, 2].map((place) => record(place)).join('\n');

    const { id } = await ingest(world, { databaseId: database.id, name: 'a.jsonl', content });
    await settle(world);

    expect(await getFile(world, database.id, id)).toMatchObject({ status: 'READY', vectorCount: 3 });
    const engine = await world.deps.openEngine(await readDatabaseItem(world, database.id));
    const rows = await engine.readRows([0, 1, 2].map((place) => `${id}:1:${place}`));
    expect(rows.map(({ values }) => values.indexOf(1)).sort()).toEqual([0, 1, 2]);
  });

  it('has only the records without vectors embedded', async () => {
    const database = await putFileDatabase(world, { dimension: DIMENSION, embedding });
    const content = [record(0), record(1, { values: undefined }), record(2)].join('\n');

    const file = await ingest(world, { databaseId: database.id, name: 'a.jsonl', content });

    expect(file).toMatchObject({ status: 'READY', vectorCount: 3 });
    expect(server.texts).toEqual([expect.stringContaining('lighthouse 1')]);
  });

  it.each([
    [
      'a vector of another dimension',
      record(0, { values: axis(0, 32) }),
      'DIMENSION_MISMATCH',
      /32 values.*dimension 64/,
    ],
    ['a record without a vector', record(0, { values: undefined }), 'VALIDATION', /no embedding/],
  ])('fails with %s', async (_title, content, kind, message) => {
    const database = await putDatabase(world.tables, { dimension: DIMENSION, embedding: null });

    const file = await ingest(world, { databaseId: database.id, name: 'a.jsonl', content });

    expect(file).toMatchObject({
      status: 'FAILED',
      error: { kind, message: expect.stringMatching(message) as string },
    });
  });
});

describe('a database without an embedding', () => {
  it.each([
    'a.parquet',
    'a.npy',
    'a.npz',
    'a.fvecs',
    'a.bvecs',
    'a.json',
    'a.jsonl',
    'a.NDJSON',
    'a.zip',
    'a',
  ])('takes %s, which may hold vectors', async (name) => {
    const { id } = await putDatabase(world.tables, { dimension: DIMENSION, embedding: null });

    const { file } = await askForUpload(world, { databaseId: id, name, content: 'x' });

    expect(file).toMatchObject({ name, status: 'AWAITING_UPLOAD' });
  });

  it.each(['a.txt', 'a.csv', 'a.pdf', 'a.docx'])('refuses %s, which cannot', async (name) => {
    const { id } = await putDatabase(world.tables, { dimension: DIMENSION, embedding: null });

    await expect(askForUpload(world, { databaseId: id, name, content: 'x' })).rejects.toMatchObject({
      kind: 'VALIDATION',
      info: { field: 'input.databaseId' },
    });
  });

  it('stores the vectors of npz, bvecs and JSON', async () => {
    const { id } = await putDatabase(world.tables, { dimension: DIMENSION, embedding: null });
    const dimension = Buffer.alloc(4);
    dimension.writeInt32LE(DIMENSION);
    const bvecs = Buffer.concat([dimension, Buffer.from(axis(1))]);
    const array = createNpy({
      shape: `(2, ${DIMENSION})`,
      data: floatBytes([...axis(0), ...axis(2)]),
    });
    const contents: [string, string | Uint8Array, number][] = [
      ['a.npz', createZip({ 'arr_0.npy': array }), 2],
      ['a.bvecs', bvecs, 1],
      ['a.json', `[${record(3)},${record(4)}]`, 2],
    ];
    for (const [name, content, vectorCount] of contents) {
      const file = await ingest(world, { databaseId: id, name, content });

      expect(file).toMatchObject({ status: 'READY', error: null, vectorCount });
    }
  });
});
