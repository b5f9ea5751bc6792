import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readFollowed, repeatProgress } from '../../../../functions/ingestion/publish/repeat-progress.ts';
import type { Progress } from '../../../../functions/ingestion/state/file-item.ts';
import { deleteFile } from '../../../../functions/ingestion/upload/delete-file.ts';
import {
  asRequest,
  forgetAll,
  getFile,
  ingest,
  type IngestionWorld,
  putFileDatabase,
  runParts,
  runPlans,
  startIngestionWorld,
  uploadFile,
} from '../../../support/ingestion-world.ts';

let world: IngestionWorld;
let databaseId: string;
let heard: Progress[];

beforeAll(async () => {
  world = await startIngestionWorld();
});
beforeEach(async () => {
  await forgetAll(world);
  databaseId = (await putFileDatabase(world)).id;
  heard = [];
});
afterAll(() => world.stop());

const file = (name: string) => ({ databaseId, name, content: `The lighthouse of ${name}.` });

/** Repeats as the function does; `onReport` happens while a report is on its way. */
async function repeat(
  fileId: string | null,
  { onReport, at }: { onReport?: () => Promise<unknown>; at?: number } = {},
): Promise<number> {
  let pausedMs = 0;
  const publish = async (progress: Progress): Promise<void> => {
    heard.push(progress);
    await onReport?.();
  };
  const pause = (delayMs: number): Promise<void> => Promise.resolve(void (pausedMs += delayMs));
  const now = (): number => at ?? Date.now();
  await repeatProgress({ databases: world.deps.databases, publish, now, pause }, { databaseId, fileId });
  return pausedMs;
}

describe('the state that is told to a new subscriber', () => {
  it('is that of every unfinished file of the database, once the subscription stands', async () => {
    const done = await ingest(world, file('done.txt'));
    const planned = await uploadFile(world, file('planned.txt'));
    await runPlans(world);
    const arrived = await uploadFile(world, file('arrived.txt'));

    const pausedMs = await repeat(null);

    expect(pausedMs).toBe(1_000);
    expect(new Map(heard.map(({ fileId, status }) => [fileId, status]))).toEqual(
      new Map([
        [planned, 'EMBEDDING'],
        [arrived, 'AWAITING_UPLOAD'],
      ]),
    );
    expect(done.status).toBe('READY');
  });

  it('is of a hundred files at most', async () => {
    const content = 'The lighthouse.';
    for (let n = 0; n < 101; n++) {
      const { requestUpload } = await import('../../../../functions/ingestion/upload/request-upload.ts');
      const input = { databaseId, name: `${n}.txt`, sizeBytes: content.length };
      await requestUpload(world.deps, asRequest({ input: input as never }));
    }

    await repeat(null);

    expect(new Set(heard.map(({ fileId }) => fileId)).size).toBe(100);
  });

  it('is that of a file that is named, whatever its state, with all that a report has', async () => {
    const { id, progress } = await ingest(world, file('done.txt'));

    await repeat(id);

    expect(heard).toEqual([progress]);
    expect(progress).toMatchObject({ status: 'READY', percent: 100 });
  });

  it('says that an upload has expired', async () => {
    const id = await uploadFile(world, file('a.txt'));

    await repeat(id, { at: Date.now() + 24 * 60 * 60_000 });

    expect(heard).toMatchObject([{ fileId: id, status: 'FAILED' }]);
  });

  it('is told once, however many subscribers come at the same moment', async () => {
    const { id } = await ingest(world, file('done.txt'));
    const at = Date.now();

    await Promise.all(Array.from({ length: 5 }, () => repeat(id, { at })));
    await repeat(id, { at: at + 499 });

    expect(heard).toHaveLength(1);
    await repeat(id, { at: at + 500 });
    expect(heard).toHaveLength(2);
  });

  it('is followed by what was stored while it was on its way', async () => {
    const id = await uploadFile(world, file('a.txt'));
    await runPlans(world);

    await repeat(id, { onReport: () => runParts(world) });

    expect(heard.map(({ status }) => status)).toEqual(['EMBEDDING', 'READY']);
    expect((await getFile(world, databaseId, id)).progress).toEqual(heard[1]);
  });

  it('says at the end that a file was deleted meanwhile', async () => {
    const { id } = await ingest(world, file('a.txt'));
    let deletion: Promise<unknown> | undefined;

    await repeat(id, {
      onReport: () => (deletion ??= deleteFile(world.deps, asRequest({ databaseId, id }))),
    });

    expect(heard.map(({ status }) => status)).toEqual(['READY', 'DELETING']);
  });

  it('is nothing for a file that does not exist, and makes none', async () => {
    await repeat('00000000-0000-4000-8000-000000000000');

    expect(heard).toEqual([]);
    await expect(getFile(world, databaseId, '00000000-0000-4000-8000-000000000000')).rejects.toThrow(
      /no file/,
    );
  });
});

describe('the event that asks for it', () => {
  it('names a database, and a file or none', () => {
    expect(readFollowed({ arguments: { databaseId: 'd', fileId: 'f' } })).toEqual({
      databaseId: 'd',
      fileId: 'f',
    });
    expect(readFollowed({ arguments: { databaseId: 'd' } })).toEqual({ databaseId: 'd', fileId: null });
  });

  it.each([
    [null],
    [{}],
    [{ arguments: { databaseId: 1 } }],
    [{ arguments: { databaseId: 'd', fileId: 7 } }],
  ])('is refused as %j', (event) => {
    expect(() => readFollowed(event)).toThrow(/databaseId is required/);
  });
});
