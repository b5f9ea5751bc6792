import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalRuntime, startLocalRuntime } from '../support/local-runtime.ts';
import { search } from '../support/search.ts';
import { createDatabase, uploadFile, waitForFile } from '../support/upload.ts';

const chunks = 60;
const editions = ['alphaedition', 'betaedition', 'gammaedition'];

/** A document of `chunks` records that all speak of the lighthouse, each marked with its edition. */
function writeEdition(edition: string): Uint8Array {
  const records = Array.from({ length: chunks }, (_, n) =>
    JSON.stringify({ text: `The lighthouse keeper, ${edition}, log ${n}.` }),
  );
  return new TextEncoder().encode(records.join('\n'));
}

describe('replacing a file under a continuous search load', () => {
  let runtime: LocalRuntime;

  beforeAll(async () => {
    runtime = await startLocalRuntime();
  });

  afterAll(async () => {
    await runtime.stop();
  });

  it('never mixes two versions in one answer, and never loses the file', { timeout: 120_000 }, async () => {
    const { id: databaseId } = await createDatabase(runtime, {
      name: 'Replace',
      embedding: { provider: 'local' },
    });
    const file = { databaseId, name: 'log.jsonl' };
    const fileId = await uploadFile(runtime, { ...file, bytes: writeEdition(editions[0]!) });
    await waitForFile(runtime, databaseId, fileId);
    const answers: Set<string>[] = [];
    let isRunning = true;
    const load = Array.from({ length: 3 }, async () => {
      while (isRunning) {
        const { hits } = await search(runtime, {
          databaseId,
          text: 'lighthouse keeper log',
          topK: chunks + 10,
        });
        expect(hits).toHaveLength(chunks);
        answers.push(new Set(hits.map(({ text }) => /\w+edition/.exec(text ?? '')?.[0] ?? 'no text')));
      }
    });

    for (const edition of editions.slice(1)) {
      const replacedId = await uploadFile(runtime, {
        ...file,
        bytes: writeEdition(edition),
        replaceFileId: fileId,
      });
      expect(replacedId).toBe(fileId);
      await waitForEdition(runtime, databaseId, edition);
    }
    isRunning = false;
    await Promise.all(load);

    expect(answers.filter((answer) => answer.size !== 1)).toEqual([]);
    expect(new Set(answers.flatMap((answer) => [...answer]))).toEqual(new Set(editions));
  });
});

async function waitForEdition(runtime: LocalRuntime, databaseId: string, edition: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const { hits } = await search(runtime, { databaseId, text: edition, mode: 'KEYWORD', topK: 1 });
    if (hits.length > 0) return;
    if (Date.now() > deadline) throw new Error(`${edition} is not searchable after 30 s`);
  }
}
