import type { Metric, ObjectStore, Row, SearchQuery } from '../../../engine/api.ts';
import {
  createCache,
  isVectorDbError,
  memoryPointer,
  memoryStore,
  verifyDatabase,
} from '../../../engine/index.ts';
import {
  kernels,
  makeChange,
  makeQuery,
  openTestDatabase,
  PREFIX,
  upsert,
} from '../../support/engine-database.ts';
import { sampleRows } from '../../support/sample-rows.ts';

const DIMENSION = 5;
const METRIC: Metric = 'DOT_PRODUCT';
const FILTER = { field: 'year', number: { gte: 2000 } };

const QUERIES: SearchQuery[] = [
  makeQuery({ values: [1, 2, 3, 4, 5], topK: 200, exact: true }),
  makeQuery({ values: [1, 0, 0, 2, 1], topK: 3, effort: 1, filter: FILTER }),
  makeQuery({
    text: 'fox cafe 東京 big',
    topK: 20,
    filter: { not: { field: 'tags', list: { contains: 'b' } } },
  }),
  makeQuery({
    values: [1, 0, 0, 0, 1],
    text: 'fox big',
    fileIds: ['file-0', 'file-1'],
    filter: {
      or: [
        { field: 'color', string: { in: ['red'] } },
        { field: 'isNew', boolean: { eq: true } },
      ],
    },
    exact: true,
  }),
];

/** A stored database whose objects are damaged one at a time. */
export interface StoredDatabase {
  objects: Map<string, Uint8Array>;
  manifest: string;
  segments: string[];
  indexed: boolean;
}

/** What each way of reading answered: JSON, or `CorruptData`. */
export type Outcomes = Record<string, string>;

/** Stores two segments of equally many rows, each with a row that is deleted; with an index where `indexed`. */
export async function storeDatabase(indexed: boolean): Promise<StoredDatabase> {
  const store = memoryStore();
  const pointer = memoryPointer();
  const { database } = openTestDatabase(
    { dimension: DIMENSION, metric: METRIC },
    { store, pointer, minIndexRows: indexed ? 16 : 4096 },
  );
  const rows = sampleRows(48, DIMENSION);
  await upsert(database, rows.slice(0, 24));
  await upsert(database, rows.slice(24).map(renamed));
  await database.commit(makeChange({ removeIds: [rows[5]!.id, renamed(rows[30]!).id] }));
  const objects = new Map<string, Uint8Array>();
  for await (const { key } of store.list('')) objects.set(key, await store.get(key));
  const { manifest } = await pointer.read();
  const segments = [...objects.keys()].filter((key) => key.endsWith('.seg'));
  return { objects, manifest: manifest!, segments, indexed };
}

function renamed(row: Row): Row {
  return { ...row, id: row.id.replace('row', 'raw') };
}

/** Reads a database in every way there is, and verifies it when told to. Fails for an error that is not CorruptData. */
export async function readEverything(
  { objects, manifest, indexed }: StoredDatabase,
  options: { isVerified: boolean } = { isVerified: true },
): Promise<Outcomes> {
  const store = storeOf(objects);
  const pointer = {
    read: () => Promise.resolve({ manifest, version: '000000000003' }),
    compareAndSet: () => Promise.resolve(true),
  };
  const { database } = openTestDatabase(
    { dimension: DIMENSION, metric: METRIC },
    { store, pointer, cache: createCache({ kernels, vectorBytes: 0 }), minIndexRows: indexed ? 16 : 4096 },
  );
  const readings: Record<string, () => Promise<unknown>> = {
    readRows: () => database.readRows(['row-0001', 'row-0005', 'row-0013', 'raw-0030', 'raw-0047']),
    findIds: () => database.findIds(FILTER, 100),
    removal: async () => {
      const change = { removeIds: ['row-0003'], removeFiles: [{ fileId: 'file-1', beforeVersion: 9 }] };
      return (await database.commit(makeChange(change))).removed;
    },
  };
  for (const [i, query] of QUERIES.entries())
    readings[`search ${i}`] = async () => (await database.search(query)).hits;
  const outcomes: Outcomes = {};
  for (const [name, read] of Object.entries(readings)) outcomes[name] = await outcomeOf(read);
  if (options.isVerified) outcomes['verify'] = String(await countErrors(store, manifest));
  return outcomes;
}

async function outcomeOf(read: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await read(), (_, value: unknown) =>
      value instanceof Float32Array ? [...value] : value,
    );
  } catch (error) {
    if (isVectorDbError(error, 'CorruptData')) return 'CorruptData';
    throw error;
  }
}

async function countErrors(store: ObjectStore, manifest: string): Promise<number> {
  let errors = 0;
  for await (const { severity } of verifyDatabase({ store, prefix: PREFIX, manifest }))
    if (severity === 'ERROR') errors += 1;
  return errors;
}

/** Reads straight from the objects: nothing is copied for a reading of some bytes. */
function storeOf(objects: Map<string, Uint8Array>): ObjectStore {
  const writable = memoryStore();
  const bytesOf = async (key: string): Promise<Uint8Array> => objects.get(key) ?? (await writable.get(key));
  return {
    ...writable,
    get: async (key, range) => {
      const bytes = await bytesOf(key);
      return range === undefined ? bytes.slice() : bytes.slice(range.offset, range.offset + range.length);
    },
    getTail: async (key, length) => {
      const bytes = await bytesOf(key);
      return { bytes: bytes.slice(Math.max(0, bytes.length - length)), sizeBytes: bytes.length };
    },
    async *list(prefix) {
      for (const [key, { length }] of objects)
        if (key.startsWith(prefix)) yield await Promise.resolve({ key, sizeBytes: length, modifiedAtMs: 0 });
    },
  };
}
