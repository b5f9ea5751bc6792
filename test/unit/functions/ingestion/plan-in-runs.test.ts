import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IngestionPlan } from '../../../../functions/ingestion/state/ingestion-item.ts';
import type { PlanCheckpoint } from '../../../../functions/ingestion/plan/plan-checkpoint.ts';
import { type PlanSource, readPlan } from '../../../../functions/ingestion/plan/read-plan.ts';
import type { UploadedFile } from '../../../../functions/ingestion/storage/uploaded-file.ts';
import {
  findText,
  getFile,
  type IngestionWorld,
  listKeys,
  listRecords,
  putFileDatabase,
  readDatabaseItem,
  runMaintenanceQueue,
  runParts,
  runPlans,
  startIngestionWorld,
  uploadFile,
} from '../../../support/ingestion-world.ts';

const RECORDS = 2_000;
const CHUNKS = 4_500;

function jsonLine(n: number): string {
  if (n === 700) return '{"broken":';
  return JSON.stringify({ number: n, kind: n % 7 === 0 ? 'seventh' : 'other', text: `record ${n} of many` });
}

const files: Record<string, Uint8Array> = {
  'many.jsonl': Buffer.from(Array.from({ length: RECORDS }, (_, n) => jsonLine(n)).join('\n')),
  'many.csv': Buffer.from(
    [
      'A table of many',
      'number,kind,text',
      ...Array.from({ length: RECORDS }, (_, n) => `${n},${n % 7},"record ""${n}""\nof many, too"`),
    ].join('\r\n'),
  ),
  'many.json': Buffer.from(
    JSON.stringify(
      Array.from({ length: RECORDS }, (_, n) =>
        n === 700
          ? { deep: JSON.parse('['.repeat(80) + ']'.repeat(80)) as unknown }
          : { number: n, text: `record ${n}` },
      ),
      null,
      2,
    ),
  ),
  'one-line.json': Buffer.from(
    JSON.stringify(
      Array.from({ length: RECORDS }, (_, n) => ({ number: n, text: `Überfahrt "${n}", [zurück}` })),
    ),
  ),
  'rejected.csv': Buffer.from(
    [
      'number,text',
      ...Array.from({ length: RECORDS }, (_, n) =>
        (n === 900 ? Array(17_000).fill('x') : [n, `row ${n}`]).join(','),
      ),
    ].join('\n'),
  ),
  'many.txt': Buffer.from(
    Array.from(
      { length: RECORDS },
      (_, n) => `Überfahrt ${n}: ${'See '.repeat(n % 90)}${n % 9 === 0 ? '\r\n\r\n' : '\n'}`,
    ).join(''),
  ),
  // 0xe9 alone is no UTF-8, but the sample says that the rest is.
  'broken.csv': Buffer.concat([
    Buffer.from('number,text\n'),
    Buffer.from(Array.from({ length: RECORDS }, (_, n) => `${n},Überfahrt ${n}\n`).join('')),
    Buffer.from([0x31, 0x2c, 0xe9, 0x0a]),
    Buffer.from(Array.from({ length: RECORDS }, (_, n) => `${n},Rückfahrt ${n}\n`).join('')),
  ]),
};

/** A file in memory that comes in small blocks, so that there are many places to go on from. */
function fileOf(name: string, blockBytes: number): UploadedFile {
  const bytes = files[name] ?? new Uint8Array();
  return {
    ...{ name, contentType: '', sizeBytes: bytes.length, bytesRead: 0 },
    readSample: () => Promise.resolve(bytes),
    async *stream(start = 0) {
      for (let at = start; at < bytes.length; at += blockBytes)
        yield await Promise.resolve(bytes.subarray(at, at + blockBytes));
    },
    readDigest: () => Promise.resolve(createHash('sha256').update(bytes).digest('hex')),
  };
}

function sourceOf(name: string, blockBytes: number): PlanSource {
  const file = fileOf(name, blockBytes);
  const chunking = { strategy: 'RECURSIVE' as const, maxTokens: 512, overlapTokens: 0 };
  const ends = { objectKey: 'k', uploadExpiresAt: '', uploadId: null };
  const { contentType, sizeBytes } = file;
  const upload = { name, contentType, sizeBytes, sha256: null, metadata: null, chunking, ...ends };
  const embedding = { provider: 'local', model: 'lexical-384', dimension: 384 };
  return { file, upload, registered: {}, dimension: 384, embedding, known: null };
}

/** Plans a file in runs that end at every `every`th place; what stays between two runs goes through JSON. */
async function planInRuns(name: string, { blockBytes, every }: { blockBytes: number; every: number }) {
  const parts = new Map<number, string>();
  let before: PlanCheckpoint | null = null;
  for (let runs = 1; ; runs++) {
    let places = 0;
    const sink = {
      putPart: (part: number, text: string) => Promise.resolve(void parts.set(part, text)),
      onChunk: () => Promise.resolve(),
      wantsPause: () => ++places === every,
    };
    const outcome: { plan: IngestionPlan } | { checkpoint: PlanCheckpoint } = await readPlan(
      sourceOf(name, blockBytes),
      sink,
      before,
    );
    if ('plan' in outcome) return { plan: outcome.plan, parts, runs };
    before = JSON.parse(JSON.stringify(outcome.checkpoint)) as PlanCheckpoint;
  }
}

describe('a plan that is made in several runs', () => {
  it.each(Object.keys(files))('of %s is the plan of one run, part by part', async (name) => {
    const whole = await planInRuns(name, { blockBytes: 1_000, every: Infinity });

    for (const [blockBytes, every] of [
      [1_000, 1],
      [333, 7],
      [4_096, 3],
    ] as const) {
      const inRuns = await planInRuns(name, { blockBytes, every });

      expect(whole.runs).toBe(1);
      expect(inRuns.runs).toBeGreaterThan(2);
      expect(inRuns.plan).toEqual(whole.plan);
      expect(inRuns.parts).toEqual(whole.parts);
    }
  });
});

describe('a file that takes longer than a run', () => {
  let world: IngestionWorld;
  beforeAll(async () => {
    world = await startIngestionWorld();
  });
  afterAll(() => world.stop());

  const content = Array.from({ length: CHUNKS }, (_, n) =>
    JSON.stringify({ text: `Station ${n} lies ${'far '.repeat(60)}out.` }),
  ).join('\n');

  /** A clock that goes on by so much whenever it was read 64 times: planning looks at it for every chunk. */
  function clock(stepMs: number) {
    const start = Date.now();
    let reads = 0;
    return { ...world.deps, now: () => start + Math.floor(++reads / 64) * stepMs };
  }

  const isRun = (body: string): boolean => body.includes('"operation":"plan"');

  /** Delivers what waits in the plan queue until nothing does; returns how often planning was asked to go on. */
  async function planToTheEnd(): Promise<number> {
    let runs = 0;
    for (let round = 0; world.planQueue.length > 0 && round < 50; round++) {
      runs += world.planQueue.filter(isRun).length;
      await runPlans(world, clock(10_000));
    }
    return runs;
  }

  it('goes on by message where it stopped, and is searchable whole', async () => {
    const database = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId: database.id, name: 'stations.jsonl', content });
    const first = [...world.planQueue];

    const runs = await planToTheEnd();

    // A delivery of the first message once more finds nothing to do.
    world.planQueue.push(...first);
    await runPlans(world);
    await runParts(world);
    const file = await getFile(world, database.id, fileId);
    expect(runs).toBeGreaterThan(0);
    expect(file).toMatchObject({ status: 'READY', vectorCount: CHUNKS });
    expect(file.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect(await listRecords(world, database, fileId)).toHaveLength(CHUNKS);
    expect((await readDatabaseItem(world, database.id)).vectorCount).toBe(CHUNKS);
    expect((await findText(world, database, 'station 4499', 1))[0]?.id).toBe(`${fileId}:1:4499`);
    await runMaintenanceQueue(world);
    expect(await listKeys(world, 'files', `databases/${database.id}/g1/staging/`)).toEqual([]);
  });

  it('is planned as it is when every message comes twice', async () => {
    const database = await putFileDatabase(world);
    const fileId = await uploadFile(world, { databaseId: database.id, name: 'again.jsonl', content });
    for (let round = 0; world.planQueue.length > 0 && round < 50; round++) {
      const messages = world.planQueue.splice(0);
      world.planQueue.push(...messages, ...messages);
      await runPlans(world, clock(10_000));
    }

    await runParts(world);

    expect(await getFile(world, database.id, fileId)).toMatchObject({ status: 'READY', vectorCount: CHUNKS });
    expect(await listRecords(world, database, fileId)).toHaveLength(CHUNKS);
  });
});
