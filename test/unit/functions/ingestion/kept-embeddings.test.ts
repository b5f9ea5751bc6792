import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { processVectors } from '../../../../functions/ingestion/upload/process-vectors.ts';
import { deleteFile } from '../../../../functions/ingestion/upload/delete-file.ts';
import { processPart } from '../../../../functions/ingestion/part/process-part.ts';
import type { DatabaseItem } from '../../../../functions/shared/database-item.ts';
import { type EmbeddingServer, startEmbeddingServer } from '../../../support/embedding-server.ts';
import {
  asRequest,
  findFile,
  getFile,
  type IngestionTestDeps,
  type IngestionWorld,
  listItems,
  listKeys,
  listRecords,
  putFileDatabase,
  runMaintenanceQueue,
  runParts,
  runPlans,
  settle,
  startIngestionWorld,
  uploadFile,
} from '../../../support/ingestion-world.ts';

const DIMENSION = 64;
const embedding = { provider: 'openai', model: 'test-model', dimension: DIMENSION };

let world: IngestionWorld;
let server: EmbeddingServer;
let database: DatabaseItem;

beforeAll(async () => {
  [world, server] = await Promise.all([startIngestionWorld(), startEmbeddingServer(DIMENSION)]);
  world.deps = { ...world.deps, openEmbedder: () => server.openEmbedder(embedding) };
});
beforeEach(async () => {
  for (const queue of [world.planQueue, world.partsQueue, world.maintenanceQueue]) queue.splice(0);
  database = await putFileDatabase(world, { dimension: DIMENSION, embedding });
  server.texts.length = 0;
  server.failures.length = 0;
});
afterAll(() => Promise.all([world.stop(), server.stop()]));

const lines = (numbers: number[]): string =>
  numbers.map((number) => JSON.stringify({ text: `lighthouse ${number}` })).join('\n');
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
const upload = (content: string, replaceFileId?: string) =>
  uploadFile(world, { databaseId: database.id, name: 'a.jsonl', content, replaceFileId });
const keptKeys = () => listKeys(world, 'vectors', `databases/${database.id}/g1/embeddings/`);

describe('a part that takes longer than an attempt', () => {
  it('is embedded on where it stopped, and no text twice', async () => {
    // From the 33rd on, parts have 1,024 chunks.
    const content = lines(range(0, 32 * 256 + 900));
    const fileId = await upload(content);
    await runPlans(world);
    const large = world.partsQueue.filter(({ part }) => part >= 32);
    const sizes = server.texts.length;
    let reads = 0;
    const slow = { ...world.deps, now: () => Date.now() + ++reads * 2 * 60_000 };
    const [message] = large.slice(-1);

    await expect(processPart(slow, message!, { isLastAttempt: false })).rejects.toThrow(
      'left to the next attempt',
    );

    const first = server.texts.length - sizes;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(900);
    await runParts(world);
    expect(await getFile(world, database.id, fileId)).toMatchObject({ status: 'READY' });
    expect(server.texts).toHaveLength(32 * 256 + 900);
    expect(new Set(server.texts).size).toBe(32 * 256 + 900);
  });
});

describe('a file that is replaced', () => {
  it('has only its changed chunks embedded again, wherever the others have moved to', async () => {
    const fileId = await upload(lines(range(0, 600)));
    await settle(world);
    expect(server.texts).toHaveLength(600);
    server.texts.length = 0;

    await upload(lines([9_001, ...range(0, 300), 9_002, ...range(310, 600)]), fileId);
    await settle(world);

    expect(server.texts.sort()).toEqual(['text: lighthouse 9001', 'text: lighthouse 9002']);
    const records = await listRecords(world, database, fileId);
    expect(records).toHaveLength(592);
    const engine = await world.deps.openEngine(database);
    const rows = await engine.readRows(records.map(({ id }) => id));
    const { vectors } = await server.openEmbedder(embedding).embed(
      records.map(({ text }) => text ?? ''),
      'DOCUMENT',
    );
    const valuesOf = new Map(rows.map(({ id, values }) => [id, values]));
    const directions = (values: Float32Array): number[] => {
      const length = Math.hypot(...values);
      return [...values].map((value) => Math.round((value / length) * 1e4));
    };
    records.forEach(({ id }, index) => {
      expect(directions(valuesOf.get(id)!)).toEqual(directions(vectors[index]!));
    });
  });

  it('keeps the vectors of its newest version alone', async () => {
    const fileId = await upload(lines(range(0, 300)));
    await settle(world);
    await upload(lines(range(0, 300)).replace('lighthouse 7"', 'lighthouse seven"'), fileId);
    await settle(world);

    const prefix = `databases/${database.id}/g1/embeddings/${fileId}/000002`;
    expect(await keptKeys()).toEqual([`${prefix}/000000.emb`, `${prefix}/000001.emb`]);
  });
});

describe('a file that is processed again', () => {
  it('pays nothing for what a failed attempt has embedded', async () => {
    const fileId = await upload(lines(range(0, 500)));
    await runPlans(world);
    const [first, second] = world.partsQueue.splice(0);
    world.partsQueue.push(first!);
    await runParts(world);
    server.failures.push((response) => response.writeHead(400).end('{"error":"no such model"}'));
    world.partsQueue.push(second!);
    await runParts(world);
    await settle(world);
    expect(await getFile(world, database.id, fileId)).toMatchObject({ status: 'FAILED' });
    server.texts.length = 0;

    await processVectors(world.deps, asRequest({ databaseId: database.id, fileId }));
    await settle(world);

    expect(await getFile(world, database.id, fileId)).toMatchObject({ status: 'READY', vectorCount: 500 });
    expect(server.texts).toHaveLength(500 - 256);
  });

  it('embeds again when the kept vectors are damaged', async () => {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    const fileId = await upload(lines(range(0, 3)));
    await settle(world);
    const [Key] = await keptKeys();
    await world.s3.client.send(new PutObjectCommand({ Bucket: 'vectors', Key, Body: 'damaged' }));
    server.texts.length = 0;

    await processVectors(world.deps, asRequest({ databaseId: database.id, fileId }));
    await settle(world);

    expect(await getFile(world, database.id, fileId)).toMatchObject({ status: 'READY', fileVersion: 2 });
    expect(server.texts).toHaveLength(3);
  });

  it('embeds a text that stands there often once', async () => {
    await upload(lines(Array.from({ length: 200 }, () => 5)));
    await settle(world);

    expect(server.texts).toEqual(['text: lighthouse 5']);
  });
});

describe('a part that dies after embedding', () => {
  it('is not embedded again', async () => {
    const fileId = await upload(lines(range(0, 10)));
    await runPlans(world);
    const parts = [...world.partsQueue];
    const dying = { ...world.deps, openEngine: () => Promise.reject(new Error('the process died')) };
    await expect(runParts(world, dying)).rejects.toThrow('the process died');

    world.partsQueue.push(...parts);
    await settle(world);

    expect(await getFile(world, database.id, fileId)).toMatchObject({ status: 'READY' });
    expect(server.texts).toHaveLength(10);
  });
});

describe('a file that is deleted', () => {
  it('leaves no kept vector', async () => {
    const fileId = await upload(lines(range(0, 10)));
    await settle(world);
    expect(await keptKeys()).toHaveLength(1);

    const deleted = await deleteFile(world.deps, asRequest({ databaseId: database.id, id: fileId }));
    await settle(world);

    expect(deleted.vectorCount).toBe(10);
    expect(await keptKeys()).toEqual([]);
    expect(await listItems(world, 'VectorData', `${database.id}#g1#${fileId}`)).toEqual([]);
  });
});

describe('vectors of another service', () => {
  it('are not taken for those of the same model elsewhere', async () => {
    const elsewhere = await startEmbeddingServer(DIMENSION);
    const fileId = await upload(lines(range(0, 3)));
    await settle(world);
    world.deps = { ...world.deps, openEmbedder: () => elsewhere.openEmbedder(embedding) };

    await processVectors(world.deps, asRequest({ databaseId: database.id, fileId }));
    await settle(world).finally(() => elsewhere.stop());

    world.deps = { ...world.deps, openEmbedder: () => server.openEmbedder(embedding) };
    expect(elsewhere.texts).toHaveLength(3);
    expect(await getFile(world, database.id, fileId)).toMatchObject({ status: 'READY', vectorCount: 3 });
  });
});

describe('a file that is deleted while a part of it embeds', () => {
  it('leaves nothing behind', async () => {
    const before = await listEverything();
    const fileId = await upload(lines(range(0, 300)));
    await runPlans(world);
    const { deps } = world;
    const slow: IngestionTestDeps = {
      ...deps,
      openEmbedder: (item) => {
        const embedder = deps.openEmbedder(item)!;
        return {
          ...embedder,
          embed: async (texts, kind) => {
            const embeddings = await embedder.embed(texts, kind);
            if (await findFile(world, database.id, fileId)) {
              await deleteFile(world.deps, asRequest({ databaseId: database.id, id: fileId }));
              await runMaintenanceQueue(world);
            }
            return embeddings;
          },
        };
      },
    };

    await runParts(world, slow);
    await settle(world);

    expect(await listEverything()).toEqual(before);
  });
});

/** What a deleted file may not leave; manifests and segments are swept by their age. */
async function listEverything(): Promise<string[]> {
  const [databases, records, uploads, vectors] = await Promise.all([
    listItems<{ pk: string; sk: string }>(world, 'Databases'),
    listItems<{ pk: string; sk: string }>(world, 'VectorData'),
    listKeys(world, 'files', `databases/${database.id}/`),
    listKeys(world, 'vectors', `databases/${database.id}/`),
  ]);
  const items = [...databases, ...records].map(({ pk, sk }) => `${pk} ${sk}`);
  const own = items.filter((item) => item.includes(database.id));
  return [...own, ...uploads, ...vectors.filter((key) => !/[/](segments|manifests)[/]/.test(key))].sort();
}
