import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryStore, type PointerStore } from '../../../../engine/index.ts';
import { searchVectors, type SearchDeps } from '../../../../functions/search/search-vectors.ts';
import type { DatabaseItem } from '../../../../functions/shared/database-item.ts';
import { createDynamoDbPointerStore } from '../../../../functions/shared/dynamodb-pointer-store.ts';
import { guardPointer } from '../../../../functions/shared/guard-commit.ts';
import { openEngineOver } from '../../../../functions/shared/open-database.ts';
import { upsertVectors } from '../../../../functions/vectors/upsert-vectors.ts';
import type { VectorDeps } from '../../../../functions/vectors/vector-deps.ts';
import type { SearchInput } from '../../../../schema/generated/types.ts';
import { putDatabase } from '../../../support/database-item.ts';
import { startTables, type Tables } from '../../../support/dynamodb-tables.ts';
import { type MaintenanceQueueServer, startMaintenanceQueue } from '../../../support/maintenance-queue.ts';

const WRITERS = 8;
const WRITES = 125;
const DIMENSION = 16;

let tables: Tables;
let queue: MaintenanceQueueServer;
let database: DatabaseItem;
let deps: VectorDeps & SearchDeps;

beforeAll(async () => {
  [tables, queue] = await Promise.all([startTables(), startMaintenanceQueue()]);
  database = await putDatabase(tables, { dimension: DIMENSION });
  // Objects in memory keep a thousand commits short; the pointer, which decides, is a real table.
  const store = memoryStore();
  const open = (item: DatabaseItem, guard = (pointer: PointerStore) => pointer) =>
    openEngineOver(item, { store, pointer: guard(createDynamoDbPointerStore(tables.databases, item.id)) });
  deps = {
    databases: tables.databases,
    records: tables.records,
    maintenance: { client: queue.client, queueUrl: queue.queueUrl },
    openEngine: (item) => open(item),
    openGuarded: async (item, expected) => {
      const reader = await open(item);
      return await open(item, (pointer) => guardPointer(pointer, reader, expected));
    },
    openMetered: async (item) => ({ engine: await open(item), counter: { reads: 0 } }),
    openEmbedder: () => null,
  };
});
afterAll(() => Promise.all([tables.stop(), queue.stop()]));

function randomValues(): number[] {
  return Array.from({ length: DIMENSION }, () => Math.random() * 2 - 1);
}

/** Does what the maintenance function does with the messages that writers sent. */
async function compactWhenAsked(isDone: () => boolean): Promise<number> {
  let compacted = 0;
  while (!isDone()) {
    const messages = queue.sent.splice(0);
    if (messages.some(({ message }) => message.operation === 'compact')) {
      compacted += await (await deps.openEngine(database)).compact();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return compacted;
}

const caller = { kind: 'USER' as const, id: 'writer', databaseIds: null };

function ask(input: Partial<SearchInput>) {
  const args = { input: { databaseId: database.id, ...input } };
  return searchVectors(deps, {
    operation: 'searchVectors',
    arguments: args,
    caller,
    selection: [],
    requestId: 'r',
  });
}

async function writeAndSearch(writer: number): Promise<number> {
  let seen = 0;
  for (let write = 0; write < WRITES; write++) {
    const id = `w${writer}-${write}`;
    const values = randomValues();
    const receipt = await upsertVectors(deps, { databaseId: database.id, vectors: [{ id, values }] }, caller);
    const { hits, version } = await ask({ values, topK: 3, minVersion: receipt.version });
    if (receipt.accepted === 1 && hits[0]?.id === id && version >= receipt.version) seen++;
  }
  return seen;
}

describe('read your writes', () => {
  it('holds for 8 concurrent writers of 125 vectors each, while segments are compacted', async () => {
    let isDone = false;
    const compaction = compactWhenAsked(() => isDone);

    const seen = await Promise.all(
      Array.from({ length: WRITERS }, (_, writer) => writeAndSearch(writer)),
    ).finally(() => (isDone = true));
    const compacted = await compaction;

    const { hits } = await ask({ values: randomValues(), topK: 1_000, exact: true });
    expect(seen).toEqual(Array.from({ length: WRITERS }, () => WRITES));
    expect(new Set(hits.map(({ id }) => id)).size).toBe(WRITERS * WRITES);
    expect(compacted).toBeGreaterThan(0);
  }, 300_000);
});
