import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deleteFile } from '../../../../functions/ingestion/upload/delete-file.ts';
import {
  asRequest,
  findFile,
  getFile,
  type IngestionWorld,
  listItems,
  listKeys,
  putFileDatabase,
  runPlans,
  settle,
  startIngestionWorld,
  uploadFile,
} from '../../../support/ingestion-world.ts';

let world: IngestionWorld;
let databaseId: string;

beforeAll(async () => {
  world = await startIngestionWorld();
});
beforeEach(async () => {
  for (const queue of [world.planQueue, world.partsQueue, world.maintenanceQueue]) queue.splice(0);
  databaseId = (await putFileDatabase(world)).id;
});
afterAll(() => world.stop());

/** A clock that a look at it moves on. */
function slowClock(stepMs: number): () => number {
  let now = Date.now();
  return () => (now += stepMs);
}

const content = Array.from({ length: 10 }, (_, n) => `{"text":"lighthouse ${n}"}`).join('\n');

describe('the plan of a file', () => {
  it('is ended by its time after however few chunks', async () => {
    const fileId = await uploadFile(world, { databaseId, name: 'a.txt', content: 'A lighthouse.' });

    await runPlans(world, { ...world.deps, now: slowClock(10 * 60_000) });

    expect(await getFile(world, databaseId, fileId)).toMatchObject({
      status: 'FAILED',
      error: { kind: 'PAYLOAD_TOO_LARGE', location: 'chunk 1' },
    });
  });

  it('is ended at the next report when its file is deleted, and leaves nothing', async () => {
    const fileId = await uploadFile(world, { databaseId, name: 'a.jsonl', content });
    const clock = slowClock(500);
    let reports = 0;
    const publish = async (): Promise<void> => {
      if (++reports === 3) await deleteFile(world.deps, asRequest({ databaseId, id: fileId }));
    };

    await runPlans(world, { ...world.deps, now: clock, publish });

    expect(reports).toBe(3);
    expect(world.partsQueue).toEqual([]);
    await settle(world);
    expect(await findFile(world, databaseId, fileId)).toBeNull();
    expect(await listKeys(world, 'files', `databases/${databaseId}/`)).toEqual([]);
    const items = await listItems<{ pk: string; sk: string }>(world, 'Databases');
    expect(items.filter(({ pk, sk }) => (pk + sk).includes(fileId))).toEqual([]);
  });
});
