import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VectorPage } from '../../schema/generated/types.ts';
import { request } from '../support/graphql-client.ts';
import { type LocalRuntime, startLocalRuntime } from '../support/local-runtime.ts';
import { createDatabase, getFile, uploadFile, waitForFile } from '../support/upload.ts';

const records = 700;

function writeRecords(name: string): Uint8Array {
  const lines = Array.from({ length: records }, (_, n) =>
    JSON.stringify({ text: `Record ${n} of ${name} tells of harbour ${n * 7}.` }),
  );
  return new TextEncoder().encode(lines.join('\n'));
}

describe('SIGKILL during ingestion', () => {
  let runtime: LocalRuntime;

  beforeAll(async () => {
    runtime = await startLocalRuntime();
  });

  afterAll(async () => {
    await runtime.stop();
  });

  it(
    'leaves every file READY after a restart, with no chunk doubled or missing',
    { timeout: 240_000 },
    async () => {
      const { id: databaseId } = await createDatabase(runtime, {
        name: 'Killed',
        embedding: { provider: 'local' },
      });
      const names = ['a.jsonl', 'b.jsonl', 'c.jsonl', 'd.jsonl', 'e.jsonl', 'f.jsonl'];
      const ids: string[] = [];
      for (const name of names)
        ids.push(await uploadFile(runtime, { databaseId, name, bytes: writeRecords(name) }));

      for (const pauseMs of [150, 600, 1200]) {
        await delay(pauseMs);
        await runtime.kill();
        await runtime.restart();
      }
      for (const id of ids) await waitForFile(runtime, databaseId, id, 150_000);

      for (const id of ids) {
        const file = await getFile(runtime, databaseId, id);
        const indexes = await listChunkIndexes(runtime, databaseId, id);
        expect(file).toMatchObject({ status: 'READY', vectorCount: records, error: null });
        expect(indexes).toEqual(Array.from({ length: records }, (_, n) => n));
      }
    },
  );
});

async function listChunkIndexes(
  runtime: LocalRuntime,
  databaseId: string,
  fileId: string,
): Promise<number[]> {
  const indexes: number[] = [];
  let nextToken: string | null = null;
  do {
    const data: { listVectors: VectorPage } = await request(
      runtime.endpoints,
      runtime.endpoints.adminToken,
      `query ($databaseId: ID!, $fileId: ID, $nextToken: String) {
        listVectors(databaseId: $databaseId, fileId: $fileId, limit: 100, nextToken: $nextToken) { items { chunkIndex } nextToken }
      }`,
      { databaseId, fileId, nextToken },
    );
    indexes.push(...data.listVectors.items.map(({ chunkIndex }) => chunkIndex ?? -1));
    nextToken = data.listVectors.nextToken;
  } while (nextToken !== null);
  return indexes;
}
