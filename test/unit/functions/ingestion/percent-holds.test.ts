import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as limits from '../../../../functions/ingestion/limits.ts';
import type { Progress } from '../../../../functions/ingestion/state/file-item.ts';
import {
  getFile,
  type IngestionTestDeps,
  type IngestionWorld,
  putFileDatabase,
  runParts,
  runPlans,
  startIngestionWorld,
  uploadFile,
} from '../../../support/ingestion-world.ts';

vi.mock('../../../../functions/ingestion/limits.ts', async (importOriginal) => {
  const original = await importOriginal<typeof limits>();
  return { ...original, INGESTION_LIMITS: { ...original.INGESTION_LIMITS, chunksPerPart: 150 } };
});

let world: IngestionWorld;

beforeAll(async () => {
  world = await startIngestionWorld();
});
afterAll(() => world.stop());

const RECORDS = 400;
const content = Array.from(
  { length: RECORDS },
  (_, n) => `{"text":"lighthouse ${n} ${'x'.repeat(200)}"}`,
).join('\n');

/** A bucket whose second write fails. */
function breakSecondPut({ files }: IngestionTestDeps): IngestionTestDeps['files'] {
  let puts = 0;
  const send = files.client.send.bind(files.client) as (command: object) => Promise<unknown>;
  const client = Object.create(files.client, {
    send: {
      value: async (command: object) => {
        if (command.constructor.name === 'PutObjectCommand' && ++puts === 2)
          throw new Error('the bucket is away');
        return await send(command);
      },
    },
  }) as typeof files.client;
  return { ...files, client };
}

describe('the percentage of a version', () => {
  it('holds while the file is planned once more after a failure, and goes on from there', async () => {
    const { id: databaseId } = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId, name: 'a.jsonl', content });
    const [message = ''] = world.planQueue;
    const heard: Progress[] = [];
    let now = Date.now();
    const deps: IngestionTestDeps = {
      ...world.deps,
      now: () => (now += 100),
      publish: (progress) => Promise.resolve(void heard.push(progress)),
    };

    await expect(runPlans(world, { ...deps, files: breakSecondPut(deps) })).rejects.toThrow(
      'the bucket is away',
    );
    const reached = (await getFile(world, databaseId, fileId)).progress.percent;
    const before = heard.length;
    world.planQueue.push(message);
    await runPlans(world, deps);
    await runParts(world, deps);

    const percents = heard.map(({ percent }) => percent);
    expect(reached).toBeGreaterThan(10);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(heard.slice(before).map(({ percent }) => percent)[0]).toBeGreaterThanOrEqual(reached);
    expect(heard.at(-1)).toMatchObject({ status: 'READY', percent: 100 });
  });
});
