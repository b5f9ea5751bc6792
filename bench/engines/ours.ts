import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createCache,
  fileStore,
  loadKernels,
  memoryPointer,
  openDatabase,
  systemClock,
  type EngineCache,
  type ObjectStore,
  type PointerStore,
  type PointerUpdate,
  type Row,
  type SearchQuery,
  type VectorDatabase,
} from '../../engine/index.ts';
import { bucketOf, type DatasetPlan } from '../datasets/dataset-plan.ts';
import {
  rowOf,
  secondsSince,
  type BuildInput,
  type MeasuredEngine,
  type OpenIndex,
} from './measured-engine.ts';

const rowsPerCommit = 15_000;
/** From 0 to 1 in steps of 1/40: the share of centroids that a search reaches grows with it without steps. */
const efforts = Array.from({ length: 41 }, (_, step) => step / 40);

type Residency = EngineCache['vectors'];

/** An opened database of ours with what a measurement looks into. */
export interface OpenedDatabase {
  database: VectorDatabase;
  /** Bytes of the areas of codes (null for segments without codes), and of everything that is resident. */
  countBytes: () => { codes: number | null; all: number };
}

/** This project's engine as the product uses it: rows are written in segments, committed, and compacted. */
export const oursEngine: MeasuredEngine = {
  name: 'ours',
  title: 'this engine',
  settings: `segments of ${rowsPerCommit} rows, compacted`,
  version: () => 'this commit',
  build: buildOurs,
  open: async (plan, folder) => openIndex(await openOurs(plan, folder)),
};

/** Opens the database of a folder; `wrapStore` may count or slow the reads. */
export async function openOurs(
  plan: Pick<DatasetPlan, 'dimension' | 'metric'>,
  folder: string,
  wrapStore: (store: ObjectStore) => ObjectStore = (store) => store,
): Promise<OpenedDatabase> {
  const kernels = await loadKernels({ arenaBytes: 3 * 2 ** 30 });
  const cache = createCache({ kernels, objectBytes: 2 ** 31, vectorBytes: 2 ** 31 });
  const { vectors, codeBytes } = noteCodes(cache.vectors);
  const database = openDatabase({
    store: wrapStore(fileStore(join(folder, 'objects'))),
    pointer: await restoredPointer(folder),
    kernels,
    cache: { ...cache, vectors },
    config: { dimension: plan.dimension, metric: plan.metric, prefix: 'bench/' },
  });
  const countBytes = (): { codes: number | null; all: number } => ({
    codes: codeBytes(),
    all: cache.objects.usedBytes() + kernels.arena.usedBytes(),
  });
  return { database, countBytes };
}

/** Notes the areas of codes among those that are reserved: a segment's are named after its section. */
function noteCodes(vectors: Residency): { vectors: Residency; codeBytes: () => number | null } {
  const codes = new Map<string, number>();
  const reserve: Residency['reserve'] = (key, size) => {
    const area = vectors.reserve(key, size);
    if (area !== null && key.endsWith('#codes')) codes.set(key, area.bytes);
    return area;
  };
  const codeBytes = (): number | null =>
    codes.size === 0
      ? null
      : [...codes].reduce((sum, [key, bytes]) => sum + (vectors.find(key) ? bytes : 0), 0);
  return { vectors: { ...vectors, reserve }, codeBytes };
}

/** Makes a query for the nearest rows, filtered where `bucketLimit` is given. */
export function vectorQuery(
  values: Float32Array,
  topK: number,
  options: Partial<SearchQuery> = {},
): SearchQuery {
  return {
    mode: 'VECTOR',
    values,
    text: null,
    topK,
    fusion: { method: 'RRF', k: 60, vectorWeight: 0.5 },
    filter: null,
    fileIds: null,
    minScore: null,
    exact: false,
    effort: 0.5,
    minVersion: null,
    explain: false,
    excludeIds: [],
    ...options,
  };
}

/** Adds rows in segments of a size that an ingestion would write, then merges them all. */
export async function writeRows(
  database: VectorDatabase,
  count: number,
  makeRow: (n: number) => Row,
): Promise<{ compactionSeconds: number }> {
  for (let first = 0; first < count; first += rowsPerCommit) {
    const length = Math.min(rowsPerCommit, count - first);
    const segment = await database.writeSegment(Array.from({ length }, (_, n) => makeRow(first + n)));
    await database.commit({ add: [segment], removeIds: [], removeFiles: [], finishedWrites: [] });
  }
  const startedAt = performance.now();
  while ((await database.compact()) > 0);
  return { compactionSeconds: secondsSince(startedAt) };
}

/** Makes a row that carries its bucket as metadata. */
export function plainRow(n: number, values: Float32Array, text: string | null = null): Row {
  const metadata = { bucket: bucketOf(n) };
  return { id: String(n), address: '0', fileId: null, fileVersion: 0, values, text, metadata };
}

/** Keeps what the pointer holds in a file beside the objects, as a table would. */
export function savePointer(folder: string, pointer: { current(): PointerUpdate | null }): void {
  writeFileSync(join(folder, 'pointer.json'), JSON.stringify(pointer.current()));
}

async function restoredPointer(folder: string): Promise<PointerStore> {
  const pointer = memoryPointer();
  const saved = JSON.parse(readFileSync(join(folder, 'pointer.json'), 'utf8')) as PointerUpdate;
  await pointer.compareAndSet(null, saved);
  return pointer;
}

interface CreatedDatabase {
  database: VectorDatabase;
  pointer: ReturnType<typeof memoryPointer>;
  /** Deletes what was merged away, as the product does later. */
  sweep: () => Promise<void>;
}

/** Creates an empty database in a folder; its pointer is in memory. */
export async function createDatabaseIn(
  folder: string,
  config: Pick<DatasetPlan, 'dimension' | 'metric'>,
): Promise<CreatedDatabase> {
  const pointer = memoryPointer();
  mkdirSync(join(folder, 'objects'), { recursive: true });
  const options = {
    store: fileStore(join(folder, 'objects')),
    pointer,
    kernels: await loadKernels({ arenaBytes: 1 << 30 }),
    config: { dimension: config.dimension, metric: config.metric, prefix: 'bench/' },
    // The whole machine is ours: a merge may be larger than in a Lambda.
    compaction: { maxBytes: 4 * 2 ** 30, maxSegments: 256 },
  };
  // What was merged away goes when no reader can need it any more: the clock of the sweep is past that.
  const later = { ...systemClock, now: () => Date.now() + 3_600_000 };
  const sweep = async (): Promise<void> => {
    await openDatabase({ ...options, clock: later }).sweepOrphans(600_000);
  };
  return { database: openDatabase(options), pointer, sweep };
}

async function buildOurs({
  plan,
  base,
  folder,
}: BuildInput): Promise<{ seconds: number; indexSeconds: number }> {
  const startedAt = performance.now();
  const { database, pointer, sweep } = await createDatabaseIn(folder, plan);
  const written = await writeRows(database, plan.rows, (n) => plainRow(n, rowOf(base, plan.dimension, n)));
  const seconds = secondsSince(startedAt);
  savePointer(folder, pointer);
  await sweep();
  return { seconds, indexSeconds: written.compactionSeconds };
}

/** Returns what a search of ours is told by the setting of that number. */
export function applyParameter(parameter: number): Pick<SearchQuery, 'effort' | 'exact'> {
  const effort = efforts[parameter];
  return effort === undefined ? { effort: 1, exact: true } : { effort, exact: false };
}

function openIndex({ database, countBytes }: OpenedDatabase): OpenIndex {
  let options: Partial<SearchQuery> = {};
  let compaction: Promise<unknown> | null = null;
  const search = async (values: Float32Array, topK: number, more: Partial<SearchQuery> = {}) => {
    const { hits } = await database.search(vectorQuery(values, topK, { ...options, ...more }));
    return hits.map((hit) => Number(hit.id));
  };
  return {
    parameters: [...efforts.map((effort) => `effort ${effort}`), 'exact'],
    use: (parameter) => {
      options = applyParameter(parameter);
    },
    search,
    searchBelow: (query, k, limit) =>
      search(query, k, { filter: { field: 'bucket', number: { lt: limit } } }),
    upsert: async (row, values) => {
      const segment = await database.writeSegment([plainRow(row, values)]);
      const change = { add: [segment], removeIds: [], removeFiles: [], finishedWrites: [] };
      const { wantsCompaction } = await database.commit(change);
      if (!wantsCompaction || compaction !== null) return;
      compaction = database.compact().finally(() => (compaction = null));
    },
    settle: async () => {
      await compaction;
    },
    residentBytes: countBytes,
  };
}
