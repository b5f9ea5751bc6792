import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { putDatabase } from '../../../support/database-item.ts';
import { type EmbeddingServer, startEmbeddingServer } from '../../../support/embedding-server.ts';
import {
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
