import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPptx } from '../../../support/documents/create-office.ts';
import { createFvecs } from '../../../support/documents/create-vectors.ts';
import {
  findText,
  ingest,
  type IngestionWorld,
  listRecords,
  putFileDatabase,
  startIngestionWorld,
} from '../../../support/ingestion-world.ts';

let world: IngestionWorld;

beforeAll(async () => {
  world = await startIngestionWorld();
});
afterAll(() => world.stop());

describe('a file that is parsed in a thread of its own', () => {
  it('becomes READY with the media type that its parts tell, and is found', async () => {
    const database = await putFileDatabase(world);
    const content = createPptx([{ title: 'Tides' }, { title: 'Harbours', lines: ['Genoa is deep.'] }]);

    const file = await ingest(world, { databaseId: database.id, name: 'deck.pptx', content });

    expect(file).toMatchObject({
      status: 'READY',
      vectorCount: 2,
      contentType: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    });
    expect((await findText(world, database, 'genoa'))[0]?.id).toBe(`${file.id}:1:1`);
    expect((await listRecords(world, database, file.id)).map(({ page }) => page)).toEqual([1, 2]);
  });
});

describe('a file of vectors', () => {
  it('becomes READY with the vectors that it brings', async () => {
    const database = await putFileDatabase(world, { dimension: 3 });
    const content = createFvecs([
      [1, 0, 0],
      [0, 1, 0],
    ]);

    const file = await ingest(world, { databaseId: database.id, name: 'a.fvecs', content });

    expect(file).toMatchObject({ status: 'READY', vectorCount: 2, contentType: 'application/x-fvecs' });
    expect((await listRecords(world, database, file.id)).map(({ metadata }) => metadata)).toEqual([
      '{"row":0}',
      '{"row":1}',
    ]);
  });

  it('of another dimension than the database fails with both', async () => {
    const database = await putFileDatabase(world);

    const file = await ingest(world, {
      databaseId: database.id,
      name: 'a.jsonl',
      content: '{"values": [1, 2, 3]}',
    });

    expect(file).toMatchObject({
      status: 'FAILED',
      error: { kind: 'DIMENSION_MISMATCH', message: expect.stringMatching(/3.*384/) as string },
    });
  });
});
