import { join } from 'node:path';
import { bucketOf, type DatasetPlan } from '../datasets/dataset-plan.ts';
import {
  rowOf,
  secondsSince,
  type BuildInput,
  type BuildOutput,
  type MeasuredEngine,
  type OpenIndex,
} from './measured-engine.ts';
import { installedVersion, loadPeer } from './peer-package.ts';

/** The part of LanceDB that is used here. */
interface LanceDb {
  connect(path: string): Promise<{
    createTable(name: string, data: unknown): Promise<LanceTable>;
    openTable(name: string): Promise<LanceTable>;
  }>;
  makeArrowTable(rows: LanceRow[]): unknown;
  Index: Record<'ivfRq' | 'hnswSq' | 'btree', (options?: object) => unknown>;
}

interface LanceTable {
  add(data: unknown): Promise<unknown>;
  createIndex(column: string, options: { config: unknown }): Promise<void>;
  optimize(options: { cleanupOlderThan: Date }): Promise<unknown>;
  query(): { nearestTo(vector: Float32Array): LanceQuery };
  mergeInsert(on: string): LanceMerge;
}

interface LanceQuery {
  distanceType(metric: string): LanceQuery;
  nprobes(count: number): LanceQuery;
  ef(ef: number): LanceQuery;
  refineFactor(factor: number): LanceQuery;
  limit(count: number): LanceQuery;
  select(columns: string[]): LanceQuery;
  where(condition: string): LanceQuery;
  toArrow(): Promise<{ getChild(name: string): { toArray(): ArrayLike<number> } | null }>;
}

interface LanceMerge {
  whenMatchedUpdateAll(): LanceMerge;
  whenNotMatchedInsertAll(): LanceMerge;
  execute(rows: LanceRow[]): Promise<unknown>;
}

interface LanceRow {
  id: number;
  bucket: number;
  vector: number[];
}

interface LanceSetting {
  probes?: number;
  ef?: number;
  refine: number;
}

interface LanceKind {
  name: string;
  title: string;
  settings: string;
  isSlowToBuild: boolean;
  config(lance: LanceDb, distanceType: string): unknown;
  searches: LanceSetting[];
}

const rowsPerAdd = 10_000;

const probed: LanceSetting[] = [5, 10, 20, 40, 80, 160, 320].flatMap((probes) =>
  [2, 5, 10, 30].map((refine) => ({ probes, refine })),
);
const walked: LanceSetting[] = [30, 60, 100, 200, 400, 800].flatMap((ef) =>
  [1, 3, 6].map((refine) => ({ ef, refine })),
);

/** LanceDB with one-bit residual codes, its smallest index. */
export const lancedbRqEngine = lanceEngine({
  name: 'lancedb-rq',
  title: 'LanceDB IVF_RQ',
  settings: 'IVF_RQ with its default number of lists, refined on the vectors; btree on the filter column',
  isSlowToBuild: false,
  config: (lance, distanceType) => lance.Index.ivfRq({ distanceType }),
  searches: probed,
});

/** LanceDB with a graph over scalar codes, its fastest index. */
export const lancedbHnswEngine = lanceEngine({
  name: 'lancedb-hnsw',
  title: 'LanceDB IVF_HNSW_SQ',
  settings: 'IVF_HNSW_SQ in one partition, refined on the vectors; btree on the filter column',
  isSlowToBuild: true,
  config: (lance, distanceType) => lance.Index.hnswSq({ distanceType, numPartitions: 1 }),
  searches: walked,
});

function lanceEngine(kind: LanceKind): MeasuredEngine {
  return {
    name: kind.name,
    title: kind.title,
    settings: kind.settings,
    isSlowToBuild: kind.isSlowToBuild,
    version: () => installedVersion('@lancedb/lancedb'),
    build: (input) => buildTable(kind, input),
    open: async (plan, folder) => {
      const connection = await loadLance().connect(join(folder, 'lance'));
      return openIndex(plan, await connection.openTable('vectors'), kind.searches);
    },
  };
}

function loadLance(): LanceDb {
  return loadPeer('@lancedb/lancedb') as LanceDb;
}

function distanceOf(plan: DatasetPlan): string {
  return plan.metric === 'COSINE' ? 'cosine' : 'l2';
}

async function buildTable(kind: LanceKind, { plan, base, folder }: BuildInput): Promise<BuildOutput> {
  const lance = loadLance();
  const startedAt = performance.now();
  const connection = await lance.connect(join(folder, 'lance'));
  const rowsFrom = (first: number): unknown =>
    lance.makeArrowTable(
      Array.from({ length: Math.min(rowsPerAdd, plan.rows - first) }, (_, n) =>
        makeRow(first + n, rowOf(base, plan.dimension, first + n)),
      ),
    );
  const table = await connection.createTable('vectors', rowsFrom(0));
  for (let first = rowsPerAdd; first < plan.rows; first += rowsPerAdd) await table.add(rowsFrom(first));
  await table.optimize({ cleanupOlderThan: new Date() });
  const indexStartedAt = performance.now();
  await table.createIndex('vector', { config: kind.config(lance, distanceOf(plan)) });
  const indexSeconds = secondsSince(indexStartedAt);
  await table.createIndex('bucket', { config: lance.Index.btree() });
  return { seconds: secondsSince(startedAt), indexSeconds };
}

function makeRow(row: number, values: Float32Array): LanceRow {
  return { id: row, bucket: bucketOf(row), vector: Array.from(values) };
}

function openIndex(plan: DatasetPlan, table: LanceTable, settings: LanceSetting[]): OpenIndex {
  let setting = settings[0]!;
  const find = async (query: Float32Array, k: number, condition?: string): Promise<ArrayLike<number>> => {
    let wanted = table.query().nearestTo(query).distanceType(distanceOf(plan));
    if (setting.probes !== undefined) wanted = wanted.nprobes(setting.probes);
    if (setting.ef !== undefined) wanted = wanted.ef(setting.ef);
    if (condition !== undefined) wanted = wanted.where(condition);
    const found = await wanted.refineFactor(setting.refine).limit(k).select(['id', '_distance']).toArrow();
    const ids = found.getChild('id');
    if (ids === null) throw new Error('LanceDB answered without the column "id".');
    return ids.toArray();
  };
  return {
    parameters: settings.map(({ probes, ef, refine }) =>
      probes === undefined ? `ef ${ef ?? 0}, refine ${refine}` : `probes ${probes}, refine ${refine}`,
    ),
    use: (parameter) => {
      setting = settings[parameter]!;
    },
    search: (query, k) => find(query, k),
    searchBelow: (query, k, bucketLimit) => find(query, k, `bucket < ${bucketLimit}`),
    upsert: async (row, values) => {
      const merge = table.mergeInsert('id').whenMatchedUpdateAll().whenNotMatchedInsertAll();
      await merge.execute([makeRow(row, values)]);
    },
  };
}
