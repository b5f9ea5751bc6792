import { readDataset, recallAt } from '../datasets/dataset.ts';
import type { DatasetPlan } from '../datasets/dataset-plan.ts';
import { rowOf } from '../engines/measured-engine.ts';
import { applyParameter, openOurs, vectorQuery } from '../engines/ours.ts';
import { slowStore, type ReadCosts } from './slow-store.ts';
import { median, percentile } from './statistics.ts';

/** What queries read from a store of 60 ms: the first ever of a process, and the next one. */
export interface ColdReads {
  first: ReadSummary;
  next: ReadSummary;
}

export interface ReadSummary {
  medianMs: number;
  medianBytes: number;
  mostBytes: number;
  medianCalls: number;
  mostRounds: number;
}

interface TimedRead extends ReadCosts {
  ms: number;
}

const storeLatencyMs = 60;
const openings = 15;

/** Opens the database anew for each of some queries, and asks two. */
export async function measureColdReads(
  plan: DatasetPlan,
  folder: string,
  parameter: number,
): Promise<ColdReads> {
  const { queries } = readDataset(plan);
  const first: TimedRead[] = [];
  const next: TimedRead[] = [];
  for (let n = 0; n < openings; n++) {
    let store: ReturnType<typeof slowStore> | null = null;
    const { database } = await openOurs(plan, folder, (files) => (store = slowStore(files, storeLatencyMs)));
    const { costs } = store as unknown as ReturnType<typeof slowStore>;
    for (const [position, reads] of [first, next].entries()) {
      Object.assign(costs, { calls: 0, bytes: 0, rounds: 0 });
      const startedAt = performance.now();
      const query = rowOf(queries, plan.dimension, (2 * n + position) % plan.queries);
      await database.search(vectorQuery(query, recallAt, applyParameter(parameter)));
      reads.push({ ...costs, ms: performance.now() - startedAt });
    }
  }
  return { first: summarize(first), next: summarize(next) };
}

function summarize(reads: TimedRead[]): ReadSummary {
  return {
    medianMs: median(reads.map((read) => read.ms)),
    medianBytes: median(reads.map((read) => read.bytes)),
    mostBytes: percentile(
      reads.map((read) => read.bytes),
      1,
    ),
    medianCalls: median(reads.map((read) => read.calls)),
    mostRounds: percentile(
      reads.map((read) => read.rounds),
      1,
    ),
  };
}
