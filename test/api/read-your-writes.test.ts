import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WriteReceipt } from '../../schema/generated/types.ts';
import { request } from '../support/graphql-client.ts';
import { type LocalRuntime, startLocalRuntime } from '../support/local-runtime.ts';
import { search } from '../support/search.ts';
import { createDatabase } from '../support/upload.ts';

const writers = 8;
const writesPerWriter = 125;
const dimension = 8;

describe('a search right after a write', () => {
  let runtime: LocalRuntime;

  beforeAll(async () => {
    runtime = await startLocalRuntime();
  });

  afterAll(async () => {
    await runtime.stop();
  });

  it('sees the write, 1,000 times out of 1,000, under concurrent writers', { timeout: 240_000 }, async () => {
    const { id: databaseId } = await createDatabase(runtime, { name: 'Read your writes', dimension });
    let seen = 0;

    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let n = 0; n < writesPerWriter; n++) {
          const id = `w${writer}-${n}`;
          const values = Array.from({ length: dimension }, (_unused, i) =>
            Math.sin(1 + writer * 977 + n * 31 + i * (n + 2)),
          );
          const receipt = await upsert(runtime, databaseId, [{ id, values }]);
          const { hits, version } = await search(runtime, {
            databaseId,
            values,
            topK: 3,
            minVersion: receipt.version,
          });
          if (hits.some((hit) => hit.id === id) && version >= receipt.version) seen += 1;
        }
      }),
    );

    expect(seen).toBe(writers * writesPerWriter);
  });
});

async function upsert(runtime: LocalRuntime, databaseId: string, vectors: unknown[]): Promise<WriteReceipt> {
  const data = await request<{ upsertVectors: WriteReceipt }>(
    runtime.endpoints,
    runtime.endpoints.adminToken,
    `mutation ($databaseId: ID!, $vectors: [VectorInput!]!) {
      upsertVectors(databaseId: $databaseId, vectors: $vectors) { accepted rejected { index id kind message } version }
    }`,
    { databaseId, vectors },
  );
  expect(data.upsertVectors).toMatchObject({ accepted: vectors.length, rejected: [] });
  return data.upsertVectors;
}
