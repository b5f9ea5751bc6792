import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApolloClient } from '../support/apollo-client.ts';
import { GraphqlFailure } from '../support/graphql-client.ts';
import { type LocalRuntime, startLocalRuntime } from '../support/local-runtime.ts';
import { recordProgress } from '../support/progress.ts';
import { search } from '../support/search.ts';
import { createDatabase, getFile, uploadFile, waitForFile } from '../support/upload.ts';

const folder = fileURLToPath(new URL('../../../shared/data/files', import.meta.url));

/** The documents that must fail, and how; every other one must become READY. */
const failures: Record<string, { kinds: string[]; words: RegExp }> = {
  'empty.txt': { kinds: ['VALIDATION'], words: /sizeBytes|empty/i },
  'fake-text-all-whitespace.txt': { kinds: ['VALIDATION', 'UNSUPPORTED_FILE'], words: /text/i },
  'empty.xlsx': { kinds: ['VALIDATION'], words: /no text/i },
  'password_protected.xlsx': { kinds: ['UNSUPPORTED_FILE'], words: /encrypted.*password/i },
  'password.pdf': { kinds: ['UNSUPPORTED_FILE', 'VALIDATION'], words: /password/i },
};

const questions: [question: string, file: RegExp, words: RegExp][] = [
  [
    'Who said that Genoa and Lucca are now just family estates of the Buonapartes?',
    /war-and-peace/,
    /Genoa and Lucca/,
  ],
  ['How many Stanley Cups have the Maple Leafs won?', /stanley-cups/, /Maple Leafs[\s\S]*13/],
  ['What is the price of the garden trowel?', /arbitrary-records/, /Garden Trowel[\s\S]*12\.5/],
  [
    'a unified toolkit for deep learning based document image analysis',
    /layout-parser/,
    /document image analysis/i,
  ],
  ['When is the ground of a skating rink levelled in Switzerland?', /winter-sports/, /RINKS AND SKATERS/],
  ['Astrophysics Science Division', /science-exploration/, /Code 660/],
  ['What did the comet of 1812 portend?', /war-and-peace/, /comet[\s\S]*1812/],
  ['Juicy apples price and number in stock', /simple-table/, /Juicy Apples/],
  ['termination of future case assignments of a standing trustee', /handbook/, /future case assignments/i],
];

describe.runIf(existsSync(folder))('real documents', () => {
  let runtime: LocalRuntime;
  let databaseId: string;

  beforeAll(async () => {
    runtime = await startLocalRuntime();
    databaseId = (await createDatabase(runtime, { name: 'Real documents', embedding: { provider: 'local' } }))
      .id;
  });

  afterAll(async () => {
    await runtime.stop();
  });

  it('end READY or with a named error, each told by the subscription', { timeout: 240_000 }, async () => {
    const names = await readdir(folder);
    const client = createApolloClient(runtime.endpoints, {
      type: 'AMAZON_COGNITO_USER_POOLS',
      jwtToken: runtime.endpoints.adminToken,
    });
    const progress = recordProgress(client, databaseId);
    await delay(500);
    const outcomes: Record<string, string> = {};
    const ids = new Map<string, string>();
    for (const name of names) {
      try {
        ids.set(
          name,
          await uploadFile(runtime, { databaseId, name, bytes: await readFile(join(folder, name)) }),
        );
      } catch (error) {
        if (!(error instanceof GraphqlFailure)) throw error;
        outcomes[name] = `${error.errors[0]?.errorType ?? ''}: ${error.errors[0]?.message ?? ''}`;
      }
    }
    for (const [name, id] of ids) {
      const { status, error } = await waitForFile(runtime, databaseId, id, 180_000);
      outcomes[name] = error ? `${error.kind}: ${error.message}` : status;
    }
    await delay(500);
    progress.stop();

    const wrong = Object.entries(outcomes).filter(([name, outcome]) => {
      const failure = failures[name];
      if (!failure) return outcome !== 'READY';
      return !failure.kinds.some((kind) => outcome.startsWith(kind)) || !failure.words.test(outcome);
    });
    expect(wrong).toEqual([]);
    expect(progress.errors).toEqual([]);
    for (const [name, id] of ids) {
      const last = progress.events.filter(({ fileId }) => fileId === id).at(-1);
      const file = await getFile(runtime, databaseId, id);
      expect([name, last?.status]).toEqual([name, file?.status]);
    }
  });

  it.each(questions)('answers %j within the first three', async (text, file, words) => {
    const { hits } = await search(runtime, { databaseId, text, topK: 10, mode: 'HYBRID' });

    const rank = hits.findIndex((hit) => file.test(hit.file?.name ?? '') && words.test(hit.text ?? '')) + 1;

    expect(
      rank,
      JSON.stringify(hits.slice(0, 3).map((hit) => [hit.file?.name, hit.text?.slice(0, 120)])),
    ).toBeGreaterThan(0);
    expect(rank).toBeLessThanOrEqual(3);
  });

  it('answers as many hits with their texts as the schema allows', async () => {
    const { hits } = await search(runtime, { databaseId, text: 'war and peace', topK: 1000 });

    expect(hits).toHaveLength(1000);
    expect(hits.filter(({ text }) => !text)).toEqual([]);
  });
});
