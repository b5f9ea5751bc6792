import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deleteVectors } from '../../../../functions/vectors/delete-vectors.ts';
import type { VectorDeps } from '../../../../functions/vectors/vector-deps.ts';
import {
  findText,
  getFile,
  type IngestionTestDeps,
  type IngestionWorld,
  putFileDatabase,
  readDatabaseItem,
  runParts,
  runPlans,
  settle,
  startIngestionWorld,
  tester,
  uploadFile,
} from '../../../support/ingestion-world.ts';

let world: IngestionWorld;

beforeAll(async () => {
  world = await startIngestionWorld();
});
beforeEach(() => {
  for (const queue of [world.planQueue, world.partsQueue, world.maintenanceQueue]) queue.splice(0);
});
afterAll(() => world.stop());

async function removeByHand(databaseId: string, ids: string[]): Promise<number> {
  const { databases, records, maintenanceQueue } = world.deps;
  const deps: VectorDeps = {
    ...{ databases, records, maintenance: maintenanceQueue },
    openEngine: (database) => world.deps.openEngine(database),
    openGuarded: (database) => world.deps.openEngine(database),
    openEmbedder: (database) => world.deps.openEmbedder(database),
  };
  return (await deleteVectors(deps, { databaseId, ids }, tester)).accepted;
}

/** Runs `interfere` between a version's commit and what follows it; with `isLost`, the answer of the commit never arrives. */
function afterCommit(interfere: () => Promise<unknown>, isLost: boolean): IngestionTestDeps {
  return {
    ...world.deps,
    openEngine: async (database, guard) => {
      const engine = await world.deps.openEngine(database, guard);
      const commit: typeof engine.commit = async (change) => {
        const committed = await engine.commit(change);
        await interfere();
        if (isLost) throw new Error('the answer was lost');
        return committed;
      };
      return { ...engine, commit };
    },
  };
}

const content = ['first', 'second', 'third']
  .map((text) => JSON.stringify({ text: `${text} lighthouse` }))
  .join('\n');

describe('the counts of a file and its database', () => {
  it.each([
    ['answered', false],
    ['lost, and the part is delivered again', true],
  ])(
    'are what a search finds when chunks go between commit and READY: the commit is %s',
    async (_title, isLost) => {
      const { id: databaseId } = await putFileDatabase(world);
      const fileId = await uploadFile(world, { databaseId, name: 'a.jsonl', content });
      await runPlans(world);
      const parts = [...world.partsQueue];
      const deps = afterCommit(() => removeByHand(databaseId, [`${fileId}:1:0`, `${fileId}:1:2`]), isLost);

      await runParts(world, deps).catch((error: unknown) => {
        if (!isLost) throw error;
      });
      world.partsQueue.push(...parts);
      await settle(world);

      const database = await readDatabaseItem(world, databaseId);
      const file = await getFile(world, databaseId, fileId);
      expect((await findText(world, database, 'lighthouse')).map(({ id }) => id)).toEqual([`${fileId}:1:1`]);
      expect(database.vectorCount).toBe(1);
      expect(file).toMatchObject({ status: 'READY', vectorCount: 1 });
      expect(Object.keys(file).filter((name) => name.startsWith('lostChunks'))).toEqual([]);
    },
  );

  it('are those of a file whose chunks were all deleted before the commit was answered', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.jsonl', content });
    await runPlans(world);
    const parts = [...world.partsQueue];
    const all = [0, 1, 2].map((chunk) => `${fileId}:1:${chunk}`);
    await expect(
      runParts(
        world,
        afterCommit(() => removeByHand(databaseId, all), true),
      ),
    ).rejects.toThrow('the answer was lost');
    world.partsQueue.push(...parts);
    await settle(world);

    const database = await readDatabaseItem(world, databaseId);
    expect(await findText(world, database, 'lighthouse')).toEqual([]);
    expect(database.vectorCount).toBe(0);
    expect(await getFile(world, databaseId, fileId)).toMatchObject({ status: 'READY', vectorCount: 0 });
  });

  it('follow chunks that are deleted later, too', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.jsonl', content });
    await settle(world);

    await removeByHand(databaseId, [`${fileId}:1:0`]);

    expect((await getFile(world, databaseId, fileId)).vectorCount).toBe(2);
    expect((await readDatabaseItem(world, databaseId)).vectorCount).toBe(2);
  });
});
