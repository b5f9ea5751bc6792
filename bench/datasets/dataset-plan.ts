import type { TextLikeShape } from './text-like.ts';

export type BenchMetric = 'COSINE' | 'EUCLIDEAN';

/** What a set consists of; the key of its folder in the cache is made from it. */
export interface DatasetPlan {
  name: string;
  title: string;
  metric: BenchMetric;
  dimension: number;
  rows: number;
  queries: number;
  /** Queries with known neighbours under filters; 0 for none. */
  filteredQueries: number;
  shape: TextLikeShape | null;
}

const shape: TextLikeShape = {
  dimension: 384,
  latent: 128,
  topics: 80,
  clusters: 1500,
  directions: 64,
  centreSpread: 1,
  centreDecay: 0.2,
  withinSpread: 0.27,
  withinDecay: 0.25,
  spreadVariation: 0.1,
  noise: 0.004,
  mean: 0.5,
  seed: 20_240_611,
};

function textLike(name: string, rows: number, queries: number): DatasetPlan {
  return {
    name,
    title: `text-like, ${rows.toLocaleString('en')} x ${shape.dimension}, cosine (generated)`,
    metric: 'COSINE',
    dimension: shape.dimension,
    rows,
    queries,
    filteredQueries: Math.min(200, queries),
    shape,
  };
}

export const datasetPlans: readonly DatasetPlan[] = [
  {
    name: 'mnist784',
    title: 'mnist784, 60,000 x 784, Euclidean',
    metric: 'EUCLIDEAN',
    dimension: 784,
    rows: 60_000,
    queries: 1000,
    filteredQueries: 0,
    shape: null,
  },
  textLike('text150k', 150_000, 1000),
  textLike('text1m', 1_000_000, 1000),
  textLike('text20k', 20_000, 400),
];

/** Returns the plan of a set, or fails naming those that exist. */
export function datasetPlan(name: string): DatasetPlan {
  const plan = datasetPlans.find((one) => one.name === name);
  if (plan !== undefined) return plan;
  const known = datasetPlans.map((one) => one.name).join(', ');
  throw new Error(`There is no data set "${name}"; known are ${known}.`);
}

/** Shares of rows that the filters of the measurement let pass. */
export const selectivities = [0.001, 0.01, 0.1, 0.5] as const;

/** Buckets that rows fall into at random; a filter is `bucket < share * bucketCount`. */
export const bucketCount = 1000;

/** Returns the bucket of a row: an even hash of its number, so that it has nothing to do with its vector. */
export function bucketOf(row: number): number {
  let mixed = Math.imul(row ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) % bucketCount;
}
