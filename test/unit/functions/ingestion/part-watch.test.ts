import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as limits from '../../../../functions/ingestion/limits.ts';
import { processPart } from '../../../../functions/ingestion/part/process-part.ts';
import { deleteDatabase } from '../../../../functions/databases/delete-database.ts';
import { deleteFile } from '../../../../functions/ingestion/upload/delete-file.ts';
import { type EmbeddingServer, startEmbeddingServer } from '../../../support/embedding-server.ts';
import {
  asRequest,
  findFile,
  forgetAll,
  type IngestionTestDeps,
  type IngestionWorld,
  listItems,
  putFileDatabase,
  runMaintenanceQueue,
  runPlans,
  startIngestionWorld,
  tester,
  uploadFile,
} from '../../../support/ingestion-world.ts';

vi.mock('../../../../functions/ingestion/limits.ts', async (importOriginal) => {
  const original = await importOriginal<typeof limits>();
  return { ...original, INGESTION_LIMITS: { ...original.INGESTION_LIMITS, partLookMs: 20 } };
});

const embedding = { provider: 'openai', model: 'test-model', dimension: 64 };
let world: IngestionWorld;
let server: EmbeddingServer;
let deps: IngestionTestDeps;
let databaseId: string;
let fileId: string;

beforeAll(async () => {
  [world, server] = await Promise.all([startIngestionWorld(), startEmbeddingServer(64)]);
  deps = { ...world.deps, openEmbedder: () => server.openEmbedder(embedding) };
});
beforeEach(async () => {
  await forgetAll(world);
  server.texts.length = 0;
  server.calls = 0;
  databaseId = (await putFileDatabase(world, { dimension: 64, embedding })).id;
  fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'The lighthouse.' });
  await runPlans(world, deps);
});
afterAll(() => Promise.all([world.stop(), server.stop()]));

/** Begins the only part, whose provider takes a text and never answers; returns how it goes on. */
async function beginPart(over: Partial<IngestionTestDeps> = {}): Promise<{ done: Promise<void> }> {
  server.failures.push(() => undefined);
  const [message] = world.partsQueue.splice(0);
  if (!message) throw new Error('no part was asked for');
  const done = processPart({ ...deps, ...over }, message, { isLastAttempt: true });
  await vi.waitUntil(() => server.calls === 1, { timeout: 10_000 });
  return { done };
}

describe('a part whose provider is slow', () => {
  it('ends when its file is deleted, and leaves nothing', async () => {
    const { done } = await beginPart();

    await deleteFile(world.deps, asRequest({ databaseId, id: fileId }));
    await done;
    await runMaintenanceQueue(world);

    expect(server.texts).toEqual([]);
    expect(await findFile(world, databaseId, fileId)).toBeNull();
    expect(await listItems(world, 'VectorData')).toEqual([]);
  });

  it('ends when its database is deleted', async () => {
    const { done } = await beginPart();

    await deleteDatabase(
      { databases: deps.databases, maintenance: deps.maintenanceQueue },
      databaseId,
      tester,
    );
    await done;

    expect(server.texts).toEqual([]);
    expect(await listItems(world, 'VectorData')).toEqual([]);
  });

  it('goes on when a look at its file fails', async () => {
    const send = deps.databases.client.send.bind(deps.databases.client) as (
      ...args: unknown[]
    ) => Promise<unknown>;
    let isBroken = false;
    let looks = 0;
    const client = Object.create(deps.databases.client, {
      send: {
        value: async (...args: unknown[]) => {
          if (!isBroken) return await send(...args);
          looks++;
          throw new Error('the table does not answer');
        },
      },
    }) as typeof deps.databases.client;
    server.failures.push((response) => {
      response.writeHead(500).end();
    });
    const [message] = world.partsQueue.splice(0);
    if (!message) throw new Error('no part was asked for');
    const done = processPart({ ...deps, databases: { ...deps.databases, client } }, message, {
      isLastAttempt: false,
    });
    await vi.waitUntil(() => server.calls === 1, { timeout: 10_000 });
    isBroken = true;
    await vi.waitUntil(() => looks > 0, { timeout: 10_000 });
    isBroken = false;

    await done;

    expect(await findFile(world, databaseId, fileId)).toMatchObject({ status: 'READY', vectorCount: 1 });
  });
});
