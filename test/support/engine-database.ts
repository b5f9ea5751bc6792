import type {
  Change,
  DatabaseConfig,
  ObjectStore,
  PointerStore,
  Row,
  SearchQuery,
  VectorDatabase,
} from '../../engine/api.ts';
import {
  loadKernels,
  memoryPointer,
  memoryStore,
  openDatabase,
  type OpenOptions,
} from '../../engine/index.ts';

/** One set of kernels for a test file: its memory is shared by all databases of the file. */
export const kernels = await loadKernels({ arenaBytes: 64 << 20 });

export const PREFIX = 'databases/d/g1/';

interface TestDatabase {
  database: VectorDatabase;
  store: ObjectStore;
  pointer: PointerStore;
}

/** Opens a database in memory; parts that a test cares about are passed in. */
export function openTestDatabase(
  config: Partial<DatabaseConfig> = {},
  options: Partial<OpenOptions> = {},
): TestDatabase {
  const store = options.store ?? memoryStore();
  const pointer = options.pointer ?? memoryPointer();
  const database = openDatabase({
    kernels,
    ...options,
    store,
    pointer,
    config: { dimension: 2, metric: 'COSINE', prefix: PREFIX, ...config },
  });
  return { database, store, pointer };
}

/** Makes a row; its address is `at-<id>`. */
export function makeRow(id: string, values: ArrayLike<number>, rest: Partial<Row> = {}): Row {
  const row: Row = {
    id,
    address: `at-${id}`,
    fileId: null,
    fileVersion: 0,
    values: Float32Array.from(values),
    text: null,
    metadata: {},
  };
  return { ...row, ...rest };
}

/** Makes a change; parts that are left out are empty. */
export function makeChange(change: Partial<Change>): Change {
  return { add: [], removeIds: [], removeFiles: [], finishedWrites: [], ...change };
}

/** Writes rows as one segment and commits it. */
export async function upsert(database: VectorDatabase, rows: Row[]): Promise<string> {
  const { version } = await database.commit(makeChange({ add: [await database.writeSegment(rows)] }));
  return version;
}

/** Makes a query: VECTOR with values, KEYWORD with text, HYBRID with both. */
export function makeQuery(
  query: Partial<Omit<SearchQuery, 'values'>> & { values?: ArrayLike<number> | null },
): SearchQuery {
  const { values = null, text = null } = query;
  return {
    mode: values === null ? 'KEYWORD' : text === null ? 'VECTOR' : 'HYBRID',
    topK: 10,
    fusion: { method: 'RRF', k: 60, vectorWeight: 0.5 },
    filter: null,
    fileIds: null,
    minScore: null,
    exact: false,
    effort: 0.5,
    minVersion: null,
    explain: false,
    excludeIds: [],
    ...query,
    values: values === null ? null : Float32Array.from(values),
    text,
  };
}

/** Returns the ids that a search answers, best first. */
export async function searchIds(
  database: VectorDatabase,
  query: Parameters<typeof makeQuery>[0],
): Promise<string[]> {
  const { hits } = await database.search(makeQuery(query));
  return hits.map(({ id }) => id);
}
