import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApolloClient } from '../support/apollo-client.ts';
import { type LocalRuntime, startLocalRuntime } from '../support/local-runtime.ts';
import { recordProgress } from '../support/progress.ts';
import { search } from '../support/search.ts';
import { createDatabase, uploadFile, waitForFile } from '../support/upload.ts';

const encode = (text: string) => new TextEncoder().encode(text);

const documents = {
  'tides.md':
    '# Tides\n\nThe Moon pulls the oceans. Spring tides come at new and full moon.\n\n## Neap tides\n\nNeap tides are the weakest tides; they come at the quarter moons.',
  'bread.txt':
    'Sourdough rises slowly because wild yeast is slow.\n\nA hot oven with steam gives the loaf its crackling crust.',
  'planets.csv': 'name,moons,rings\nSaturn,146,true\nMars,2,false\nVenus,0,false\n',
  'tools.json':
    '[{"sku":"GT-1","name":"Garden Trowel","price":12.5},{"sku":"WC-2","name":"Watering Can","price":18}]',
  'notes.jsonl':
    '{"title":"Volcanoes","body":"Basalt lava flows quickly."}\n{"title":"Glaciers","body":"Ice flows downhill under its own weight."}\n',
  'page.html':
    '<html><head><title>Bees</title><script>var hidden = "secretword";</script></head><body><h1>Bees</h1><p>A waggle dance tells the hive where flowers are.</p></body></html>',
};

const questions: [question: string, file: string, words: string][] = [
  ['When do neap tides come?', 'tides.md', 'quarter moons'],
  ['Why does sourdough rise slowly?', 'bread.txt', 'wild yeast'],
  ['How many moons does Saturn have?', 'planets.csv', '146'],
  ['What does the garden trowel cost?', 'tools.json', '12.5'],
  ['How do glaciers flow?', 'notes.jsonl', 'downhill'],
  ['What does a waggle dance tell the hive?', 'page.html', 'flowers'],
];

describe('files in, search out', () => {
  let runtime: LocalRuntime;
  let databaseId: string;
  const fileIds: Record<string, string> = {};

  beforeAll(async () => {
    runtime = await startLocalRuntime();
    databaseId = (await createDatabase(runtime, { name: 'Main job', embedding: { provider: 'local' } })).id;
  });

  afterAll(async () => {
    await runtime.stop();
  });

  it('carries every file to READY and tells its progress to a real client', async () => {
    const client = createApolloClient(runtime.endpoints, {
      type: 'AMAZON_COGNITO_USER_POOLS',
      jwtToken: runtime.endpoints.adminToken,
    });
    const progress = recordProgress(client, databaseId);
    await delay(500);

    for (const [name, text] of Object.entries(documents)) {
      fileIds[name] = await uploadFile(runtime, { databaseId, name, bytes: encode(text) });
    }
    const files = await Promise.all(Object.values(fileIds).map((id) => waitForFile(runtime, databaseId, id)));
    await delay(500);
    progress.stop();

    expect(files.map(({ name, status, error }) => ({ name, status, error }))).toEqual(
      Object.keys(documents).map((name) => ({ name, status: 'READY', error: null })),
    );
    expect(progress.errors).toEqual([]);
    for (const id of Object.values(fileIds)) {
      const events = progress.events.filter(({ fileId }) => fileId === id);
      const percents = events.map(({ percent }) => percent);
      expect(percents).toEqual([...percents].sort((a, b) => a - b));
      expect(events.at(-1)).toMatchObject({ databaseId, status: 'READY', percent: 100 });
    }
  });

  it.each(questions)('answers %j from %s within the first three', async (text, file, words) => {
    const { hits } = await search(runtime, { databaseId, text, topK: 5, mode: 'HYBRID' });

    const rank = hits.findIndex((hit) => hit.file?.name === file && hit.text?.includes(words)) + 1;

    expect(rank).toBeGreaterThanOrEqual(1);
    expect(rank).toBeLessThanOrEqual(3);
  });

  it('never finds the text of a script', async () => {
    const { hits } = await search(runtime, { databaseId, text: 'secretword', mode: 'KEYWORD' });

    expect(hits).toEqual([]);
  });

  it('filters by a typed column of a file', async () => {
    const filter = { field: 'moons', number: { gte: 2 } };

    const { hits, stats } = await search(runtime, { databaseId, text: 'planet moons', filter, topK: 10 });

    expect(hits.map(({ text }) => /Saturn|Mars/.exec(text ?? '')?.[0]).sort()).toEqual(['Mars', 'Saturn']);
    expect(stats.matchedFilter).toBe(2);
  });
});
