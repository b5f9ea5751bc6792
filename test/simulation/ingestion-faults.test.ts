import type { SearchHit } from '../../engine/api.ts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as limits from '../../functions/ingestion/limits.ts';
import type { DatabaseItem } from '../../functions/shared/database-item.ts';
import { type EmbeddingServer, startEmbeddingServer } from '../support/embedding-server.ts';
import {
  findText,
  getFile,
  type IngestionWorld,
  listItems,
  listKeys,
  listRecords,
  putFileDatabase,
  readDatabaseItem,
  settle,
  startIngestionWorld,
  uploadFile,
} from '../support/ingestion-world.ts';

// Small parts give a small file several of them.
vi.mock('../../functions/ingestion/limits.ts', async (importOriginal) => {
  const original = await importOriginal<typeof limits>();
  return { ...original, INGESTION_LIMITS: { ...original.INGESTION_LIMITS, chunksPerPart: 4 } };
});

const DIMENSION = 64;
const RECORDS = 10;
const embedding = { provider: 'openai', model: 'test-model', dimension: DIMENSION };
const LATER_MS = 20 * 60_000;
/** A message that fails this often would be dead in its queue. */
const MAX_DELIVERIES = 5;
/** Every call is tried with VDB_ALL_FAULTS; otherwise every so many, a different set for each kind of fault. */
const STRIDE = process.env['VDB_ALL_FAULTS'] === undefined ? 31 : 1;

/** LOST: the call was made, and its answer never arrived. DEAD: so does every call after it, until the message is delivered again. */
type FaultKind = 'REFUSED' | 'LOST' | 'DEAD' | 'DEAD_AFTER';

class Faults {
  kind: FaultKind = 'REFUSED';
  at = Infinity;
  calls = 0;

  arm(kind: FaultKind, at: number): void {
    Object.assign(this, { kind, at, calls: 0 });
  }

  /** A process that died is replaced by a new one. */
  revive(): void {
    if (this.calls >= this.at) this.at = Infinity;
  }

  async pass<Result>(call: () => Promise<Result>): Promise<Result> {
    const place = ++this.calls;
    if (place < this.at) return await call();
    const isFirst = place === this.at;
    if (!isFirst && (this.kind === 'REFUSED' || this.kind === 'LOST')) return await call();
    if (isFirst && (this.kind === 'LOST' || this.kind === 'DEAD_AFTER')) await call();
    throw new Error(`call ${place} failed`);
  }
}

let world: IngestionWorld;
let server: EmbeddingServer;
const faults = new Faults();

type AnyClient = { send: (...args: unknown[]) => Promise<unknown> };

beforeAll(async () => {
  [world, server] = await Promise.all([startIngestionWorld(), startEmbeddingServer(DIMENSION)]);
  const { getDocumentClient, getQueueClient, getS3Client } =
    await import('../../functions/shared/clients.ts');
  for (const client of [getDocumentClient(), getQueueClient(), getS3Client()] as unknown as AnyClient[]) {
    const send = client.send.bind(client);
    client.send = (...args) => faults.pass(() => send(...args));
  }
  const embedder = server.openEmbedder(embedding);
  const embed: typeof embedder.embed = (texts, kind) => faults.pass(() => embedder.embed(texts, kind));
  world.deps = { ...world.deps, openEmbedder: () => ({ ...embedder, embed }) };
});
afterAll(() => Promise.all([world.stop(), server.stop()]));

const write = (edition: string): string =>
  Array.from({ length: RECORDS }, (_, n) =>
    JSON.stringify({ text: `Lighthouse ${n % 3 === 0 ? edition : 'always'}, log ${n}.`, number: n }),
  ).join('\n');

/** Works on one message until it is done, as its queue would. */
async function deliver(work: () => Promise<void>): Promise<void> {
  for (let delivery = 1; ; delivery++) {
    try {
      await work();
      return;
    } catch (error) {
      faults.revive();
      if (delivery === MAX_DELIVERIES) throw error;
    }
  }
}

async function deliverAll(): Promise<void> {
  const { planFile } = await import('../../functions/ingestion/plan/plan-file.ts');
  const { readPlanMessage } = await import('../../functions/ingestion/plan/read-plan-message.ts');
  const { processPart } = await import('../../functions/ingestion/part/process-part.ts');
  const { runMaintenance } = await import('../../functions/ingestion/maintain/run-maintenance.ts');
  const attempt = { isLastAttempt: false };
  while (world.planQueue.length + world.partsQueue.length + world.maintenanceQueue.length > 0) {
    for (const body of world.planQueue.splice(0))
      for (const of of readPlanMessage(body)) await deliver(() => planFile(world.deps, of, attempt));
    for (const message of world.partsQueue.splice(0))
      await deliver(() => processPart(world.deps, message, attempt));
    for (const { message } of world.maintenanceQueue.splice(0))
      await deliver(() => runMaintenance(world.deps, message));
  }
}

/** What a user and an operator can see, without what is new each time. */
async function describeState({ id }: DatabaseItem, fileId: string) {
  const plain = (text: string): string => text.replaceAll(id, 'DB').replaceAll(fileId, 'FILE');
  const database = await readDatabaseItem(world, id);
  const file = await getFile(world, id, fileId);
  const records = await listRecords(world, database, fileId);
  const engine = await world.deps.openEngine(database);
  const rows = await engine.readRows(records.map((record) => record.id));
  const hits: SearchHit[] = await findText(world, database, 'Lighthouse', RECORDS * 2);
  const { status, vectorCount, fileVersion, nextVersion, sha256, error, progress } = file;
  const { percent, chunksDone, chunksTotal, message } = progress;
  const items = await listItems<{ pk: string; sk: string }>(world, 'Databases');
  return {
    file: {
      status,
      vectorCount,
      fileVersion,
      nextVersion,
      sha256,
      error,
      percent,
      chunksDone,
      chunksTotal,
      message,
    },
    fileAttributes: Object.keys(file).sort(),
    database: [
      database.vectorCount,
      database.fileCount,
      database.metadataFields,
      [...(database.pendingWrites ?? [])],
    ],
    records: records.map((record) => [plain(record.id), record.text, record.metadata]),
    rows: rows.map((row) => [plain(row.id), [...row.values]]).sort(),
    hits: hits.map((hit) => plain(hit.id)).sort(),
    items: items
      .filter(({ pk, sk }) => (pk + sk).includes(id))
      .map(({ pk, sk }) => plain(`${pk} ${sk}`))
      .sort(),
    uploads: (await listKeys(world, 'files', `databases/${id}/`)).map(plain),
    kept: (await listKeys(world, 'vectors', `databases/${id}/g1/embeddings/`)).map(plain),
  };
}

/** Replaces a file under a fault, tidies up, and tells the state that is left and the number of calls. */
async function replaceUnder(kind: FaultKind, at: number) {
  faults.arm(kind, Infinity);
  const database = await putFileDatabase(world, { dimension: DIMENSION, embedding });
  const file = { databaseId: database.id, name: 'log.jsonl' };
  const fileId = await uploadFile(world, { ...file, content: write('alpha') });
  await settle(world);
  await uploadFile(world, { ...file, content: write('beta'), replaceFileId: fileId });
  faults.arm(kind, at);

  await deliverAll();
  const { calls } = faults;
  faults.arm(kind, Infinity);
  const { runMaintenance } = await import('../../functions/ingestion/maintain/run-maintenance.ts');
  const later = { ...world.deps, now: () => Date.now() + LATER_MS };
  await runMaintenance(later, { operation: 'sweep' });
  await deliverAll();
  return { state: await describeState(database, fileId), calls };
}

describe('the replacement of a file', () => {
  it.each([
    ['fails once', 'REFUSED', 1],
    ['is made, and its answer is lost', 'LOST', 4],
    ['meets a process that dies before it', 'DEAD', 7],
    ['meets a process that dies after it', 'DEAD_AFTER', 10],
  ] as const)(
    'leaves the same state when a call of S3, DynamoDB, SQS or the embedding provider %s',
    { timeout: 600_000 },
    async (_title, kind, first) => {
      const whole = await replaceUnder(kind, Infinity);

      const step = STRIDE;
      for (let at = STRIDE === 1 ? 1 : first; at <= whole.calls; at += step) {
        const { state } = await replaceUnder(kind, at);
        expect({ at, state }).toEqual({ at, state: whole.state });
      }

      expect(whole.calls).toBeGreaterThan(50);
      expect(whole.state.file).toMatchObject({ status: 'READY', vectorCount: RECORDS, fileVersion: 2 });
      expect(whole.state.rows).toHaveLength(RECORDS);
    },
  );
});
