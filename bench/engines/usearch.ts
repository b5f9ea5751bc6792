import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import type { DatasetPlan } from '../datasets/dataset-plan.ts';
import { rowOf, secondsSince, type MeasuredEngine, type OpenIndex } from './measured-engine.ts';
import { installedVersion, loadPeer } from './peer-package.ts';

/** The part of usearch that is used here. */
interface Usearch {
  Index: new (options: {
    dimensions: number;
    metric: string;
    quantization: string;
    connectivity: number;
    expansion_add: number;
    expansion_search: number;
    multi: boolean;
  }) => UsearchIndex;
}

interface UsearchIndex {
  add(keys: BigUint64Array | bigint, vectors: Float32Array, threads: number): void;
  remove(key: bigint): number;
  search(query: Float32Array, k: number, threads: number): { keys: BigUint64Array };
  save(path: string): void;
  load(path: string): void;
  view(path: string): void;
}

const expansions = [10, 16, 24, 32, 48, 64, 80, 100, 128, 160, 200, 256, 320, 400, 512, 640, 800, 1200, 1600];
const addedPerCall = 5000;

/** Makes usearch with its documented defaults (M 16, expansion of 128 while adding) and a scalar kind. */
export function usearchEngine(scalar: 'f32' | 'i8', access: 'load' | 'view' = 'load'): MeasuredEngine {
  const create = (plan: DatasetPlan, expansion: number): UsearchIndex => {
    const { Index } = loadPeer('usearch') as Usearch;
    return new Index({
      dimensions: plan.dimension,
      // The vectors under cosine have length 1, so that the inner product ranks them alike and costs less.
      metric: plan.metric === 'COSINE' ? 'ip' : 'l2sq',
      quantization: scalar,
      connectivity: 16,
      expansion_add: 128,
      expansion_search: expansion,
      multi: false,
    });
  };
  return {
    name: access === 'load' ? `usearch-${scalar}` : `usearch-${scalar}-view`,
    title: access === 'load' ? `usearch ${scalar}` : `usearch ${scalar}, memory-mapped`,
    settings: `HNSW M=16, expansion_add=128, ${scalar}`,
    isSlowToBuild: scalar === 'i8',
    version: () => installedVersion('usearch'),
    build: ({ plan, base, folder, threads }) => {
      const startedAt = performance.now();
      const index = create(plan, 64);
      for (let first = 0; first < plan.rows; first += addedPerCall) {
        const count = Math.min(addedPerCall, plan.rows - first);
        const keys = BigUint64Array.from({ length: count }, (_, n) => BigInt(first + n));
        const vectors = base.subarray(first * plan.dimension, (first + count) * plan.dimension);
        index.add(keys, vectors, threads === 'one' ? 1 : 0);
      }
      const seconds = secondsSince(startedAt);
      index.save(join(folder, 'index.usearch'));
      return Promise.resolve({ seconds, indexSeconds: null });
    },
    open: (plan, folder) => openUsearch((expansion) => create(plan, expansion), folder, access),
  };
}

function openUsearch(
  create: (expansion: number) => UsearchIndex,
  folder: string,
  access: 'load' | 'view',
): OpenIndex {
  let index: UsearchIndex | null = null;
  let current = 0;
  const opened = (): UsearchIndex => {
    if (index === null) throw new Error('No expansion was chosen before the search.');
    return index;
  };
  return {
    parameters: expansions.map((expansion) => `ef ${expansion}`),
    use: async (parameter) => {
      // The expansion is fixed when an index is made, so another one means opening the file again.
      if (expansions[parameter] === current) return;
      current = expansions[parameter]!;
      index = null;
      // What was open is far larger than the object that the collector sees; it goes in the next turn.
      globalThis.gc?.();
      await immediate();
      index = create(current);
      index[access](join(folder, 'index.usearch'));
    },
    search: (query, k) => rowNumbers(opened().search(query, k, 1).keys),
    ...(access === 'load' && {
      upsert: (row: number, values: Float32Array) => {
        opened().remove(BigInt(row));
        opened().add(BigInt(row), rowOf(values, values.length, 0), 1);
      },
    }),
  };
}

function rowNumbers(keys: BigUint64Array): number[] {
  return Array.from(keys, Number);
}
