import { readDataset, recallAt } from '../datasets/dataset.ts';
import type { DatasetPlan } from '../datasets/dataset-plan.ts';
import { uniformSource } from '../datasets/gaussian-source.ts';
import { rowOf, type OpenIndex } from '../engines/measured-engine.ts';
import { percentile } from './statistics.ts';

/** Searches and upserts of single rows in one loop, nine to one. */
export interface MixedResult {
  operationsPerSecond: number;
  searchP50Ms: number;
  searchP99Ms: number;
  upsertP50Ms: number;
  upsertP99Ms: number;
}

const upsertShare = 0.1;

/** Searches and replaces rows for some seconds, one call after the other. */
export async function measureMixed(
  plan: DatasetPlan,
  index: OpenIndex,
  durationMs: number,
): Promise<MixedResult> {
  const { upsert } = index;
  if (upsert === undefined) throw new Error('it cannot change what it has opened');
  const uniform = uniformSource(7);
  const { queries } = readDataset(plan);
  const pick = (count: number): number => Math.floor(uniform() * count);
  const searchesMs: number[] = [];
  const upsertsMs: number[] = [];
  const startedAt = performance.now();
  let nowMs = startedAt;
  while (nowMs - startedAt < durationMs) {
    const vector = rowOf(queries, plan.dimension, pick(plan.queries));
    const isUpsert = uniform() < upsertShare;
    if (isUpsert) await upsert(pick(plan.rows), vector);
    else await index.search(vector, recallAt);
    const finishedMs = performance.now();
    (isUpsert ? upsertsMs : searchesMs).push(finishedMs - nowMs);
    nowMs = finishedMs;
  }
  await index.settle?.();
  return {
    operationsPerSecond: ((searchesMs.length + upsertsMs.length) * 1000) / (nowMs - startedAt),
    searchP50Ms: percentile(searchesMs, 0.5),
    searchP99Ms: percentile(searchesMs, 0.99),
    upsertP50Ms: percentile(upsertsMs, 0.5),
    upsertP99Ms: percentile(upsertsMs, 0.99),
  };
}
