// Finds nearest rows by comparing with every row, independently of the engines that are measured.
import { workerData } from 'node:worker_threads';
import type { NearestTask } from './nearest.ts';

const { base, queries, neighbours, distances, dimension, k, metric, from, to } = workerData as NearestTask;
const rowIds = (workerData as NearestTask).rowIds;

for (let first = from; first < to; first += 4) findBlock(first, Math.min(4, to - first));

/** Compares up to four queries with all rows in one pass, so that a row is read once for the four. */
function findBlock(first: number, count: number): void {
  const points = Array.from({ length: 4 }, (_, i) => {
    const query = first + Math.min(i, count - 1);
    return Float64Array.from(queries.subarray(query * dimension, (query + 1) * dimension));
  });
  const best = points.map(() => ({ size: 0, limit: Infinity }));
  const found = new Float64Array(4);
  const rows = rowIds === null ? base.length / dimension : rowIds.length;
  for (let n = 0; n < rows; n++) {
    const row = rowIds === null ? n : rowIds[n]!;
    if (metric === 'EUCLIDEAN') squaredDistances(points, row * dimension, found);
    else negatedDots(points, row * dimension, found);
    for (let i = 0; i < count; i++) {
      if (found[i]! < best[i]!.limit) insert(first + i, best[i]!, row, found[i]!);
    }
  }
}

function negatedDots(points: Float64Array[], offset: number, found: Float64Array): void {
  const [p0, p1, p2, p3] = points as [Float64Array, Float64Array, Float64Array, Float64Array];
  let d0 = 0;
  let d1 = 0;
  let d2 = 0;
  let d3 = 0;
  for (let i = 0; i < dimension; i++) {
    const value = base[offset + i]!;
    d0 -= value * p0[i]!;
    d1 -= value * p1[i]!;
    d2 -= value * p2[i]!;
    d3 -= value * p3[i]!;
  }
  found[0] = d0;
  found[1] = d1;
  found[2] = d2;
  found[3] = d3;
}

function squaredDistances(points: Float64Array[], offset: number, found: Float64Array): void {
  for (const [n, point] of points.entries()) {
    let sum = 0;
    for (let i = 0; i < dimension; i++) sum += (base[offset + i]! - point[i]!) ** 2;
    found[n] = sum;
  }
}

/** Keeps the k nearest of one query in order. */
function insert(query: number, state: { size: number; limit: number }, row: number, distance: number): void {
  const start = query * k;
  let at = state.size < k ? state.size++ : k - 1;
  while (at > 0 && distances[start + at - 1]! > distance) {
    distances[start + at] = distances[start + at - 1]!;
    neighbours[start + at] = neighbours[start + at - 1]!;
    at -= 1;
  }
  distances[start + at] = distance;
  neighbours[start + at] = row;
  if (state.size === k) state.limit = distances[start + k - 1]!;
}
