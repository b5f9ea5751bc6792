import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { BenchMetric } from './dataset-plan.ts';

export interface NearestTask {
  base: Float32Array;
  queries: Float32Array;
  neighbours: Uint32Array;
  distances: Float64Array;
  /** Only these rows compete; null for all. */
  rowIds: Uint32Array | null;
  dimension: number;
  k: number;
  metric: BenchMetric;
  from: number;
  to: number;
}

export interface Nearest {
  neighbours: Uint32Array;
  distances: Float64Array;
}

/** Finds the k nearest rows of each query by exhaustive comparison on all cores. */
export async function findNearest(
  task: Pick<NearestTask, 'base' | 'queries' | 'rowIds' | 'dimension' | 'k' | 'metric'>,
): Promise<Nearest> {
  const count = task.queries.length / task.dimension;
  const neighbours = new Uint32Array(new SharedArrayBuffer(count * task.k * 4)).fill(0xffff_ffff);
  const distances = new Float64Array(new SharedArrayBuffer(count * task.k * 8)).fill(Infinity);
  const share = Math.ceil(count / availableParallelism() / 4) * 4;
  const starts = Array.from({ length: Math.ceil(count / share) }, (_, n) => n * share);
  await Promise.all(
    starts.map((from) =>
      runWorker({ ...task, neighbours, distances, from, to: Math.min(count, from + share) }),
    ),
  );
  return { neighbours, distances };
}

function runWorker(task: NearestTask): Promise<void> {
  const worker = new Worker(new URL('./nearest-worker.ts', import.meta.url), { workerData: task });
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`The search for true neighbours ended with code ${code}.`));
    });
  });
}

/** Makes an array whose memory worker threads share. */
export function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * 4));
}
