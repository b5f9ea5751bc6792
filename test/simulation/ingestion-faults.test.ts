import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as limits from '../../functions/ingestion/limits.ts';
import { type EmbeddingServer, startEmbeddingServer } from '../support/embedding-server.ts';
import { type FaultKind, FaultyCalls } from '../support/faulty-calls.ts';
import { describeIngestion } from '../support/ingestion-state.ts';
import {
  asRequest,
  askForUpload,
  findFile,
  forgetAll,
  type IngestionWorld,
  postForm,
  putFileDatabase,
  runPlans,
  settle,
  startIngestionWorld,
  tester,
  uploadFile,
} from '../support/ingestion-world.ts';

// Small parts give a small file several of them.
vi.mock('../../functions/ingestion/limits.ts', async (importOriginal) => {
  const original = await importOriginal<typeof limits>();
  return { ...original, INGESTION_LIMITS: { ...original.INGESTION_LIMITS, chunksPerPart: 4 } };
});

const DIMENSION = 64;
const REFUSED = 'forbidden';
const RECORDS = 10;
const embedding = { provider: 'openai', model: 'test-model', dimension: DIMENSION };
const LATER_MS = 20 * 60_000;
const KINDS: FaultKind[] = ['REFUSED', 'LOST', 'DEAD', 'DEAD_AFTER'];
/** Every call is tried with VDB_ALL_FAULTS; otherwise a few for each kind of fault, which VDB_FAULT_SEED chooses. */
const TRIES_ALL = process.env['VDB_ALL_FAULTS'] !== undefined;
const SAMPLE = TRIES_ALL ? Infinity : 2;
const SEED = Number(process.env['VDB_FAULT_SEED'] ?? 1);
/** VDB_FAULT_SHARD=2/8 tries the second eighth of the calls, so that several processes can share them. */
const [SHARD = 1, SHARDS = 1] = (process.env['VDB_FAULT_SHARD'] ?? '1/1').split('/').map(Number);

let world: IngestionWorld;
let server: EmbeddingServer;
const faults = new FaultyCalls();

type AnyClient = { send: (...args: unknown[]) => Promise<unknown> };

beforeAll(async () => {
  [world, server] = await Promise.all([startIngestionWorld(), startEmbeddingServer(DIMENSION)]);
  const { getDocumentClient, getQueueClient, getS3Client } =
    await import('../../functions/shared/clients.ts');
  for (const client of [getDocumentClient(), getQueueClient(), getS3Client()] as unknown as AnyClient[]) {
    const send = client.send.bind(client);
    client.send = (...args) => faults.pass(() => send(...args));
  }
  server.refused = REFUSED;
  const embedder = server.openEmbedder(embedding);
  const embed: typeof embedder.embed = (texts, kind) => faults.pass(() => embedder.embed(texts, kind));
  world.deps = { ...world.deps, openEmbedder: () => ({ ...embedder, embed }) };
});
afterAll(() => Promise.all([world.stop(), server.stop()]));

const write = (edition: string): string =>
  Array.from({ length: RECORDS }, (_, n) =>
    JSON.stringify({ text: `Lighthouse ${n % 3 === 0 ? edition : 'always'}, log ${n}.`, number: n }),
  ).join('\n');

/** What comes out of a queue: each message once and in order, or twice and the last one first. */
type Order = 'ONCE' | 'TWICE_REVERSED';

function take<Message>(queue: Message[], order: Order): Message[] {
  const messages = queue.splice(0);
  return order === 'ONCE' ? messages : [...messages, ...messages].reverse();
}

async function deliverAll(order: Order = 'ONCE'): Promise<void> {
  const { planFile } = await import('../../functions/ingestion/plan/plan-file.ts');
  const { readPlanMessage } = await import('../../functions/ingestion/plan/read-plan-message.ts');
  const { processPart } = await import('../../functions/ingestion/part/process-part.ts');
  const { runMaintenance } = await import('../../functions/ingestion/maintain/run-maintenance.ts');
  const attempt = { isLastAttempt: false };
  while (world.planQueue.length + world.partsQueue.length + world.maintenanceQueue.length > 0) {
    for (const body of take(world.planQueue, order))
      for (const of of readPlanMessage(body)) await faults.persist(() => planFile(world.deps, of, attempt));
    for (const message of take(world.partsQueue, order))
      await faults.persist(() => processPart(world.deps, message, attempt));
    for (const { message } of take(world.maintenanceQueue, order))
      await faults.persist(() => runMaintenance(world.deps, message));
  }
}

interface Situation {
  databaseId: string;
  fileId: string;
}

async function openDatabase(): Promise<string> {
  return (await putFileDatabase(world, { dimension: DIMENSION, embedding })).id;
}

const sha256 = createHash('sha256').update(write('alpha')).digest('hex');

async function upload(databaseId: string, replaceFileId?: string): Promise<string> {
  const content = write(replaceFileId === undefined ? 'alpha' : 'beta');
  const digest = replaceFileId === undefined ? { sha256 } : {};
  return await uploadFile(world, { databaseId, name: 'log.jsonl', content, replaceFileId, ...digest });
}

async function ingestFile(): Promise<Situation> {
  const databaseId = await openDatabase();
  const fileId = await upload(databaseId);
  await settle(world);
  return { databaseId, fileId };
}

async function removeFile({ databaseId, fileId }: Situation): Promise<void> {
  const { deleteFile } = await import('../../functions/ingestion/upload/delete-file.ts');
  await faults.persist(async () => {
    // A user who got no answer asks again, and is told when it is gone.
    if (await findFile(world, databaseId, fileId))
      await deleteFile(world.deps, asRequest({ databaseId, id: fileId }));
  });
}

async function cancelFile({ databaseId, fileId }: Situation): Promise<void> {
  const { cancelIngestion } = await import('../../functions/ingestion/upload/cancel-ingestion.ts');
  await faults.persist(async () => {
    await cancelIngestion(world.deps, asRequest({ databaseId, fileId }));
  });
}

async function removeDatabase({ databaseId }: Situation): Promise<void> {
  const { deleteDatabase } = await import('../../functions/databases/delete-database.ts');
  const deps = { databases: world.deps.databases, maintenance: world.deps.maintenanceQueue };
  await faults.persist(() =>
    deleteDatabase(deps, databaseId, tester).catch((error: unknown) => {
      if ((error as { kind?: string }).kind !== 'NOT_FOUND') throw error;
    }),
  );
}

async function sendAgain({ databaseId }: Situation): Promise<void> {
  const file = { databaseId, name: 'log.jsonl', content: write('alpha'), sha256 };
  const asked = await faults.persist(() => askForUpload(world, file));
  expect(asked.file.status).toBe('READY');
  await postForm(asked, file.content);
  await vi.waitUntil(() => world.planQueue.length > 0);
}

interface Scenario {
  /** What is done before any fault. */
  prepare: () => Promise<Situation>;
  /** What is done under faults, before the queues are worked off. */
  act?: (situation: Situation) => Promise<void>;
  /** What the state has to be, whatever is compared with it. */
  expected: Record<string, unknown>;
}

const READY = { status: 'READY', vectorCount: RECORDS, percent: 100, error: null };
const FAILED = { records: [], search: { vectorCount: 0, fileCount: 0, hits: [] } };
const GONE = { file: null, records: [], uploads: [], objects: [] };

const scenarios: Record<string, Scenario> = {
  'the first ingestion of a file': {
    prepare: async () => {
      const databaseId = await openDatabase();
      return { databaseId, fileId: await upload(databaseId) };
    },
    expected: { file: { ...READY, fileVersion: 1 }, search: { vectorCount: RECORDS, fileCount: 1 } },
  },
  'the replacement of a file': {
    prepare: async () => {
      const situation = await ingestFile();
      await upload(situation.databaseId, situation.fileId);
      return situation;
    },
    expected: { file: { ...READY, fileVersion: 2 }, search: { vectorCount: RECORDS, fileCount: 1 } },
  },
  'the same upload once more': {
    prepare: ingestFile,
    act: sendAgain,
    expected: { file: { ...READY, fileVersion: 1 }, search: { vectorCount: RECORDS, fileCount: 1 } },
  },
  'a file that cannot be read': {
    prepare: async () => {
      const databaseId = await openDatabase();
      const content = `${write('alpha')}\n[1,\n[2,`;
      return { databaseId, fileId: await uploadFile(world, { databaseId, name: 'log.jsonl', content }) };
    },
    expected: { ...FAILED, file: { status: 'FAILED', error: { kind: 'VALIDATION' } } },
  },
  'a file whose texts the embedding provider refuses': {
    prepare: async () => {
      const databaseId = await openDatabase();
      const content = write('gamma').replaceAll('log', REFUSED);
      return { databaseId, fileId: await uploadFile(world, { databaseId, name: 'log.jsonl', content }) };
    },
    expected: { ...FAILED, file: { status: 'FAILED', error: { kind: 'VALIDATION' } } },
  },
  'the deletion of a file': {
    prepare: ingestFile,
    act: removeFile,
    expected: { ...GONE, search: { vectorCount: 0, fileCount: 0, hits: [] } },
  },
  'the deletion of a file that is being processed': {
    prepare: async () => {
      const databaseId = await openDatabase();
      const fileId = await upload(databaseId);
      await runPlans(world);
      return { databaseId, fileId };
    },
    act: removeFile,
    expected: { ...GONE, search: { vectorCount: 0, fileCount: 0, hits: [] } },
  },
  'the cancellation of a replacement that is being processed': {
    prepare: async () => {
      const situation = await ingestFile();
      await upload(situation.databaseId, situation.fileId);
      await runPlans(world);
      return situation;
    },
    act: cancelFile,
    expected: {
      file: { status: 'FAILED', vectorCount: RECORDS, fileVersion: 1, error: { kind: 'CONFLICT' } },
      search: { vectorCount: RECORDS, fileCount: 1 },
    },
  },
  'the deletion of a database with a file that is being processed': {
    prepare: async () => {
      const situation = await ingestFile();
      await upload(situation.databaseId, situation.fileId);
      await runPlans(world);
      return situation;
    },
    act: removeDatabase,
    expected: { ...GONE, search: null, items: [] },
  },
};

/** Plays a scenario under a fault, tidies up, and tells the state that is left and the number of calls. */
async function play(
  { prepare, act }: Scenario,
  { kind = 'REFUSED', at = Infinity, order }: { kind?: FaultKind; at?: number; order?: Order } = {},
) {
  faults.disarm();
  await forgetAll(world);
  const situation = await prepare();
  faults.arm(kind, at);

  await act?.(situation);
  await deliverAll(order);
  const { calls } = faults;
  faults.disarm();
  const { runMaintenance } = await import('../../functions/ingestion/maintain/run-maintenance.ts');
  const later = { ...world.deps, now: () => Date.now() + LATER_MS };
  await runMaintenance(later, { operation: 'sweep' });
  await deliverAll(order);
  return { state: await describeIngestion(world, situation.databaseId, situation.fileId), calls };
}

/** Chooses calls spread over all of them, others with each seed. */
function chooseCalls(calls: number, kind: FaultKind): number[] {
  const count = Math.min(SAMPLE, calls);
  const step = calls / count;
  const shift = ((SEED * 7 + KINDS.indexOf(kind) * 3) % 12) / 12;
  return Array.from({ length: count }, (_, n) => 1 + Math.floor((n + shift) * step)).filter(
    (at) => at <= calls && (!TRIES_ALL || at % SHARDS === SHARD % SHARDS),
  );
}

/** What a fault led to; work that gives up ends the play, not the trial. */
async function tryFault(scenario: Scenario, fault: { kind: FaultKind; at: number }): Promise<unknown> {
  try {
    return (await play(scenario, fault)).state;
  } catch (error) {
    return String(error instanceof Error ? error.stack : error);
  }
}

describe.each(Object.entries(scenarios))('%s', (name, scenario) => {
  it(
    'leaves the same state whatever call of S3, DynamoDB, SQS or the embedding provider fails, and however messages come',
    { timeout: 3_600_000 },
    async () => {
      const whole = await play(scenario);
      expect(whole.state).toMatchObject(scenario.expected);

      const reversed = await play(scenario, { order: 'TWICE_REVERSED' });
      expect({ order: 'TWICE_REVERSED', ...reversed.state }).toEqual({
        order: 'TWICE_REVERSED',
        ...whole.state,
      });
      for (const kind of KINDS) {
        const calls = chooseCalls(whole.calls, kind);
        for (const at of calls) {
          const state = await tryFault(scenario, { kind, at });
          expect.soft({ kind, at, state }).toEqual({ kind, at, state: whole.state });
        }
        if (TRIES_ALL) console.info(`${name}: ${kind} at ${calls.length} of ${whole.calls} calls`);
      }

      expect(whole.calls).toBeGreaterThan(5);
    },
  );
});
