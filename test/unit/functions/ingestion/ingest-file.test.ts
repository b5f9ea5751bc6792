import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  findText,
  ingest,
  type IngestionWorld,
  listKeys,
  listRecords,
  putFileDatabase,
  readDatabaseItem,
  settle,
  startIngestionWorld,
} from '../../../support/ingestion-world.ts';

let world: IngestionWorld;

beforeAll(async () => {
  world = await startIngestionWorld();
});
afterAll(() => world.stop());

const tides =
  '# Tides\n\nThe Moon pulls the oceans.\n\n## Neap tides\n\nNeap tides are weak; they come at the quarter moons.';

describe('a file from upload to search', () => {
  it('becomes READY with its chunks searchable and its records readable', async () => {
    const database = await putFileDatabase(world);

    const file = await ingest(world, {
      databaseId: database.id,
      name: 'tides.md',
      content: tides,
      metadata: { topic: 'sea' },
    });

    expect(file).toMatchObject({
      status: 'READY',
      vectorCount: 1,
      fileVersion: 1,
      contentType: 'text/markdown',
      error: null,
    });
    expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
    const hits = await findText(world, database, 'neap tides');
    expect(hits.map(({ id, address }) => [id, address])).toEqual([[`${file.id}:1:0`, '0']]);
    const [record] = await listRecords(world, database, file.id);
    expect(record).toMatchObject({
      id: `${file.id}:1:0`,
      text: tides,
      metadata: '{"topic":"sea"}',
      startOffset: 0,
      endOffset: tides.length,
    });
    const stored = await readDatabaseItem(world, database.id);
    expect(stored).toMatchObject({
      vectorCount: 1,
      fileCount: 1,
      metadataFields: [{ name: 'topic', type: 'STRING' }],
    });
    expect(file.progress).toMatchObject({
      percent: 100,
      status: 'READY',
      version: stored.version,
      chunksDone: 1,
      chunksTotal: 1,
    });
  });

  it('tells its progress in steps that never go back', async () => {
    const database = await putFileDatabase(world);
    const lines = Array.from({ length: 600 }, (_, n) => JSON.stringify({ text: `Record ${n}` })).join('\n');

    const file = await ingest(world, { databaseId: database.id, name: 'log.jsonl', content: lines });

    const told = world.published.filter(({ fileId }) => fileId === file.id);
    const percents = told.map(({ percent }) => percent);
    expect(percents).toEqual([...percents].sort((left, right) => left - right));
    expect([...new Set(told.map(({ status }) => status))]).toEqual([
      'PARSING',
      'EMBEDDING',
      'INDEXING',
      'READY',
    ]);
    expect(told.at(-1)).toEqual(file.progress);
    expect(file.vectorCount).toBe(600);
  });

  it('leaves no staged chunks and no state of parts behind', async () => {
    const database = await putFileDatabase(world);
    const file = await ingest(world, { databaseId: database.id, name: 'a.txt', content: 'One paragraph.' });

    await settle(world);

    expect(await listKeys(world, 'files', `databases/${database.id}/`)).toEqual([
      `databases/${database.id}/g1/files/${file.id}/000001`,
    ]);
    expect((await findText(world, database, 'paragraph')).length).toBe(1);
  });

  it('is READY with an error that names what it is without, until it is replaced', async () => {
    const database = await putFileDatabase(world);
    const lines = Array.from({ length: 200 }, (_, n) => JSON.stringify({ text: `lighthouse ${n}` }));
    const broken = lines.with(8, '{"text":').with(90, '{"text":');
    const upload = { databaseId: database.id, name: 'log.jsonl' };

    const file = await ingest(world, { ...upload, content: broken.join('\n') });
    await settle(world);
    const whole = await ingest(world, {
      ...upload,
      content: lines.join('\n'),
      replaceFileId: file.id,
    });

    expect(file).toMatchObject({
      status: 'READY',
      vectorCount: 198,
      error: {
        kind: 'VALIDATION',
        message: expect.stringMatching(
          /^2 of 200 records could not be read and were left out: Line 9 /,
        ) as string,
        location: 'line 9, line 91',
        retryable: false,
      },
    });
    expect(file.progress.message).toBe(file.error?.message);
    expect(whole).toMatchObject({ status: 'READY', vectorCount: 200, error: null });
  });
});
