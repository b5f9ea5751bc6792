import { randomInt } from 'node:crypto';
import {
  createCache,
  type EngineCache,
  type Kernels,
  loadKernels,
  type ObjectStore,
  openDatabase,
  type PointerStore,
  type VectorDatabase,
} from '../../engine/index.ts';
import { getDocumentClient, getS3Client } from './clients.ts';
import type { DatabaseItem } from './database-item.ts';
import { createDynamoDbPointerStore } from './dynamodb-pointer-store.ts';
import { readEnvironment, readMemoryLimitBytes } from './environment.ts';
import { type ExpectedRow, guardPointer } from './guard-commit.ts';
import { RequestError } from './request-error.ts';
import { createS3ObjectStore } from './s3-object-store.ts';

/** What is left of a function's memory is for the runtime, the SDK and the request itself: 120-200 MB of 1 GB. */
const VECTOR_SHARE = 0.45;
const OBJECT_SHARE = 0.2;

interface Warm {
  kernels: Kernels;
  cache: EngineCache;
}

let warm: Promise<Warm> | undefined;

async function warmUp(): Promise<Warm> {
  const memoryBytes = readMemoryLimitBytes();
  const vectorBytes = Math.floor(memoryBytes * VECTOR_SHARE);
  const kernels = await loadKernels({ arenaBytes: vectorBytes });
  const objectBytes = Math.floor(memoryBytes * OBJECT_SHARE);
  return { kernels, cache: createCache({ kernels, objectBytes, vectorBytes }) };
}

/** Loads the kernels and the cache once per warm instance: every database shares their byte budget. */
function getWarm(): Promise<Warm> {
  warm ??= warmUp().catch((error: unknown) => {
    warm = undefined;
    throw error;
  });
  return warm;
}

/** Where the engine of a database keeps its objects and its pointer. */
interface EngineStores {
  store: ObjectStore;
  pointer: PointerStore;
}

/** Returns the bucket and the pointer that a database's item names. */
export function connectStores({ id }: Pick<DatabaseItem, 'id'>): EngineStores {
  const databases = { client: getDocumentClient(), table: readEnvironment('DATABASES_TABLE') };
  return {
    store: createS3ObjectStore({ client: getS3Client(), bucket: readEnvironment('VECTORS_BUCKET') }),
    pointer: createDynamoDbPointerStore(databases, id),
  };
}

/** Returns the prefix of everything that a database and generation keep in a bucket. */
function databasePrefix({ id, generation }: Pick<DatabaseItem, 'id' | 'generation'>): string {
  return `databases/${id}/g${generation}/`;
}

/** Opens the engine of a database over the given stores; nothing is read until a method is called. */
export async function openEngineOver(item: DatabaseItem, stores: EngineStores): Promise<VectorDatabase> {
  const { engine, dimension, metric } = item;
  if (engine !== 'SEGMENTS') {
    const message = `The database uses the engine ${engine}, which this version does not have.`;
    throw new RequestError('UNAVAILABLE', message, { field: 'databaseId', actual: engine, retryable: false });
  }
  const config = { dimension, metric, prefix: databasePrefix(item) };
  // Instances with the same seed would repeat a lost commit at the same moments.
  return openDatabase({ ...stores, ...(await getWarm()), config, seed: randomInt(2 ** 32) });
}

/** Opens the engine of a database. */
export function openEngine(item: DatabaseItem): Promise<VectorDatabase> {
  return openEngineOver(item, connectStores(item));
}

/** Opens an engine whose commits fail with Conflict unless the expected rows are live and unchanged. */
export async function openGuarded(
  item: DatabaseItem,
  expected: readonly ExpectedRow[],
): Promise<VectorDatabase> {
  const { store, pointer } = connectStores(item);
  const reader = await openEngineOver(item, { store, pointer });
  return await openEngineOver(item, { store, pointer: guardPointer(pointer, reader, expected) });
}

/** Counts the object reads of one request, for the estimate of its cost. */
export interface ReadCounter {
  reads: number;
}

function countReads(store: ObjectStore, counter: ReadCounter): ObjectStore {
  return {
    ...store,
    get: (key, range) => {
      counter.reads++;
      return store.get(key, range);
    },
    getTail: (key, length) => {
      counter.reads++;
      return store.getTail(key, length);
    },
  };
}

/** Opens an engine that counts its object reads. */
export async function openMetered(
  item: DatabaseItem,
): Promise<{ engine: VectorDatabase; counter: ReadCounter }> {
  const { store, pointer } = connectStores(item);
  const counter = { reads: 0 };
  return { engine: await openEngineOver(item, { store: countReads(store, counter), pointer }), counter };
}
