import { join } from 'node:path';
import type { DatasetPlan } from '../datasets/dataset-plan.ts';
import { bucketOf } from '../datasets/dataset-plan.ts';
import { rowOf, secondsSince, type MeasuredEngine, type OpenIndex } from './measured-engine.ts';
import { installedVersion, loadPeer } from './peer-package.ts';

/** The part of hnswlib-node that is used here. It takes plain arrays only. */
interface Hnswlib {
  HierarchicalNSW: new (space: 'l2' | 'ip', dimension: number) => HnswlibIndex;
}

interface HnswlibIndex {
  initIndex(options: { maxElements: number; m: number; efConstruction: number; randomSeed: number }): void;
  addPoint(point: number[], label: number): void;
  setEf(ef: number): void;
  searchKnn(query: number[], k: number, filter?: (label: number) => boolean): { neighbors: number[] };
  writeIndexSync(path: string): void;
  readIndexSync(path: string): void;
}

const efs = [10, 16, 24, 32, 48, 64, 80, 100, 128, 160, 200, 256, 320, 400, 512, 640, 800, 1200, 1600];

/** hnswlib-node with M 16 and efConstruction 200. */
export const hnswlibEngine: MeasuredEngine = {
  name: 'hnswlib',
  title: 'hnswlib-node',
  settings: 'HNSW M=16, efConstruction=200; it builds on one thread',
  isSlowToBuild: true,
  version: () => installedVersion('hnswlib-node'),
  build: ({ plan, base, folder }) => {
    const startedAt = performance.now();
    const index = createIndex(plan);
    index.initIndex({ maxElements: plan.rows, m: 16, efConstruction: 200, randomSeed: 100 });
    for (let n = 0; n < plan.rows; n++) index.addPoint(Array.from(rowOf(base, plan.dimension, n)), n);
    const seconds = secondsSince(startedAt);
    index.writeIndexSync(join(folder, 'index.hnsw'));
    return Promise.resolve({ seconds, indexSeconds: null });
  },
  open: (plan, folder) => {
    const index = createIndex(plan);
    index.readIndexSync(join(folder, 'index.hnsw'));
    return openIndex(index);
  },
};

function openIndex(index: HnswlibIndex): OpenIndex {
  return {
    parameters: efs.map((ef) => `ef ${ef}`),
    use: (parameter) => {
      index.setEf(efs[parameter]!);
    },
    search: (query, k) => index.searchKnn(Array.from(query), k).neighbors,
    searchBelow: (query, k, bucketLimit) =>
      index.searchKnn(Array.from(query), k, (row) => bucketOf(row) < bucketLimit).neighbors,
    upsert: (row, values) => {
      index.addPoint(Array.from(values), row);
    },
  };
}

/** The vectors under cosine have length 1, so that the inner product ranks them alike and costs less. */
function createIndex(plan: DatasetPlan): HnswlibIndex {
  const { HierarchicalNSW } = loadPeer('hnswlib-node') as Hnswlib;
  return new HierarchicalNSW(plan.metric === 'COSINE' ? 'ip' : 'l2', plan.dimension);
}
