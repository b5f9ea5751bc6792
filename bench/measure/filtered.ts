import { readDataset, recallAt } from '../datasets/dataset.ts';
import { bucketCount, selectivities, type DatasetPlan } from '../datasets/dataset-plan.ts';
import type { Answer, OpenIndex } from '../engines/measured-engine.ts';
import { percentile } from './statistics.ts';
import { runPass } from './sweep.ts';

/** Recall and speed at one share of rows that pass; a share of 1 is a search without a filter. */
export interface FilteredPoint {
  share: number;
  recall: number;
  queriesPerSecond: number;
  p99Ms: number;
}

const budgetMs = 5000;

/** Measures filters of every selectivity on the same queries as the search without one. */
export async function measureFiltered(plan: DatasetPlan, index: OpenIndex): Promise<FilteredPoint[]> {
  const { searchBelow } = index;
  if (searchBelow === undefined) throw new Error('it has no filters in JavaScript');
  const points = [await measureShare(plan, 1, (query) => index.search(query, recallAt))];
  for (const share of selectivities) {
    const limit = share * bucketCount;
    points.push(await measureShare(plan, share, (query) => searchBelow(query, recallAt, limit)));
  }
  return points;
}

async function measureShare(
  plan: DatasetPlan,
  share: number,
  ask: (query: Float32Array) => Answer,
): Promise<FilteredPoint> {
  const dataset = readDataset(plan, share === 1 ? null : share);
  const window = { from: 0, to: plan.filteredQueries, budgetMs };
  await runPass(dataset, ask, { ...window, budgetMs: budgetMs / 4 });
  const { recall, queriesPerSecond, latenciesMs } = await runPass(dataset, ask, window);
  return { share, recall, queriesPerSecond, p99Ms: percentile(latenciesMs, 0.99) };
}
