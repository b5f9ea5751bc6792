import type { DatasetPlan } from '../datasets/dataset-plan.ts';

/** What an engine builds its index from. */
export interface BuildInput {
  plan: DatasetPlan;
  /** All vectors, row after row. */
  base: Float32Array;
  /** An empty folder for the index. */
  folder: string;
  /** `default` is what the engine does unless told otherwise. */
  threads: 'default' | 'one';
}

export interface BuildOutput {
  seconds: number;
  /** The part of `seconds` after all rows were stored, where an engine has such a part. */
  indexSeconds: number | null;
}

export type Answer = ArrayLike<number> | Promise<ArrayLike<number>>;

/** An index that answers; one query at a time on one thread. */
export interface OpenIndex {
  /** Settings that trade recall for speed, cheapest first. */
  parameters: readonly string[];
  /** Makes the following searches use a setting. */
  use: (parameter: number) => void | Promise<void>;
  /** Returns row numbers, nearest first. */
  search: (query: Float32Array, k: number) => Answer;
  /** Searches the rows whose bucket is below a number; absent where the engine has no filters. */
  searchBelow?: (query: Float32Array, k: number, bucketLimit: number) => Answer;
  /** Adds or replaces one row; absent where the engine cannot while it searches. */
  upsert?: (row: number, values: Float32Array) => void | Promise<void>;
  /** Ends background work that `upsert` started. */
  settle?: () => Promise<void>;
  /** Bytes that the engine itself counts as resident, where it counts. */
  residentBytes?: () => { codes: number | null; all: number };
}

/** One engine with fixed build settings. */
export interface MeasuredEngine {
  name: string;
  title: string;
  /** Build settings in words. */
  settings: string;
  /** Whether a million rows take an hour or so. */
  isSlowToBuild?: boolean;
  version(): string | Promise<string>;
  build(input: BuildInput): Promise<BuildOutput>;
  /** Opens what `build` left in the folder. */
  open(plan: DatasetPlan, folder: string): OpenIndex | Promise<OpenIndex>;
}

/** Returns row number n of row-major vectors, without copying. */
export function rowOf(vectors: Float32Array, dimension: number, n: number): Float32Array {
  return vectors.subarray(n * dimension, (n + 1) * dimension);
}

/** Returns the seconds since a reading of `performance.now()`. */
export function secondsSince(startedAtMs: number): number {
  return (performance.now() - startedAtMs) / 1000;
}
