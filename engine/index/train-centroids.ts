import { invariant } from '../errors/invariant.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { withWorkAreas } from '../kernels/work-areas.ts';
import type { RowArea } from './encode-list.ts';
import { assignmentBytes, placeCentroids } from './place-centroids.ts';

/** Passes over the sample: to find coarse clusters, to split them, and over all centroids at the end. */
const ITERATIONS = { coarse: 6, split: 4, final: 1 } as const;
/** Rows for each coarse cluster. */
const COARSE_ROWS = 256;
/** Below this, one level of clustering is as fast. */
const MIN_SPLIT = 64;

/** How rows are compared and centroids are made. */
export interface Clustering {
  /** Squared Euclidean distance instead of the dot product. */
  isL2: boolean;
  /** Centroids have length 1 (spherical k-means). */
  isSpherical: boolean;
  random: () => number;
}

/**
 * Finds `lists` centroids of rotated rows by k-means: first coarse clusters, then each is split in proportion to its rows, and
 * the whole is refined. Returns `lists` x dimension values. Cost: O(rows x sqrt(lists) x dimension) and the refinement.
 */
export function trainCentroids(
  kernels: Kernels,
  rows: RowArea,
  { lists, ...clustering }: Clustering & { lists: number },
): Float32Array<ArrayBuffer> {
  invariant(rows.count >= lists, 'there is a row for each list');
  const coarseCount = lists < MIN_SPLIT ? lists : Math.round(Math.sqrt(lists));
  const coarse = trainCoarse(kernels, rows, { ...clustering, lists: coarseCount });
  if (coarseCount === lists) return coarse;
  const centroids = splitClusters(kernels, rows, { ...clustering, coarse, lists });
  refine(kernels, rows, { ...clustering, centroids, iterations: ITERATIONS.final });
  return centroids;
}

/** Clusters every so manieth row: few clusters need few rows. */
function trainCoarse(
  kernels: Kernels,
  rows: RowArea,
  { lists, ...clustering }: Clustering & { lists: number },
): Float32Array<ArrayBuffer> {
  const { dimension } = rows;
  const count = Math.min(rows.count, lists * COARSE_ROWS);
  const numbers = Array.from({ length: count }, (_, i) => Math.floor((i * rows.count) / count));
  return withWorkAreas(kernels, { rows: count * dimension * 4 }, ({ at }) => {
    gatherRows(kernels, rows, { numbers, to: at.rows });
    const area = { address: at.rows, count, dimension };
    const centroids = pickRows(kernels, area, lists, clustering.random);
    refine(kernels, area, { ...clustering, centroids, iterations: ITERATIONS.coarse });
    return centroids;
  });
}

/** Returns copies of `wanted` distinct rows. */
function pickRows(
  { arena }: Kernels,
  { address, count, dimension }: RowArea,
  wanted: number,
  random: () => number,
): Float32Array<ArrayBuffer> {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const picked = new Float32Array(wanted * dimension);
  const memory = arena.memory.buffer();
  for (let i = 0; i < wanted; i++) {
    const other = i + Math.floor(random() * (count - i));
    const row = order[other]!;
    order[other] = order[i]!;
    picked.set(new Float32Array(memory, address + row * dimension * 4, dimension), i * dimension);
  }
  return picked;
}

/** Moves centroids to the means of their rows, in place. A centroid without rows starts again at a row. */
function refine(
  kernels: Kernels,
  rows: RowArea,
  { centroids, iterations, ...clustering }: Clustering & { centroids: Float32Array; iterations: number },
): void {
  const { dimension } = rows;
  const lists = centroids.length / dimension;
  const sizes = {
    nearest: assignmentBytes(rows.count, 1),
    sums: centroids.byteLength,
    counts: lists * 4,
  };
  withWorkAreas(kernels, sizes, ({ at, floats, integers, bytes }) => {
    for (let iteration = 0; iteration < iterations; iteration++) {
      assignAll(kernels, rows, { centroids, isL2: clustering.isL2, out: at.nearest });
      bytes('sums', centroids.byteLength).fill(0);
      bytes('counts', lists * 4).fill(0);
      kernels.functions.addRows(rows.address, at.nearest, 8, rows.count, dimension, at.sums, at.counts);
      if (clustering.isSpherical) kernels.functions.normalizeRows(at.sums, lists, dimension);
      const sums = floats('sums', centroids.length);
      integers('counts', lists).forEach((count, list) => {
        const mean = sums.subarray(list * dimension, (list + 1) * dimension);
        if (count === 0) mean.set(pickRows(kernels, rows, 1, clustering.random));
        else if (!clustering.isSpherical) mean.forEach((sum, i) => (mean[i] = sum / count));
      });
      centroids.set(sums);
    }
  });
}

function assignAll(
  kernels: Kernels,
  rows: RowArea,
  { centroids, isL2, out }: { centroids: Float32Array; isL2: boolean; out: number },
): void {
  const placed = placeCentroids(kernels, centroids, { dimension: rows.dimension, isL2 });
  try {
    placed.assign(rows, 1, out);
  } finally {
    placed.release();
  }
}

function splitClusters(
  kernels: Kernels,
  rows: RowArea,
  { coarse, lists, ...clustering }: Clustering & { coarse: Float32Array; lists: number },
): Float32Array<ArrayBuffer> {
  const { dimension } = rows;
  const members = membersOf(kernels, rows, { coarse, isL2: clustering.isL2 });
  const shares = shareLists(
    members.map(({ length }) => length),
    lists,
  );
  const centroids = new Float32Array(lists * dimension);
  const largest = members.reduce((most, { length }) => Math.max(most, length), 0);
  let done = 0;
  withWorkAreas(kernels, { cluster: largest * dimension * 4 }, ({ at }) => {
    members.forEach((numbers, cluster) => {
      const share = shares[cluster]!;
      if (share === 0) return;
      gatherRows(kernels, rows, { numbers, to: at.cluster });
      const area = { address: at.cluster, count: numbers.length, dimension };
      const split = pickRows(kernels, area, share, clustering.random);
      refine(kernels, area, { ...clustering, centroids: split, iterations: ITERATIONS.split });
      centroids.set(split, done * dimension);
      done += share;
    });
  });
  return centroids;
}

/** Returns the numbers of the rows that are nearest to each centroid. */
function membersOf(
  kernels: Kernels,
  rows: RowArea,
  { coarse, isL2 }: { coarse: Float32Array; isL2: boolean },
): number[][] {
  const members = Array.from({ length: coarse.length / rows.dimension }, (): number[] => []);
  withWorkAreas(kernels, { nearest: assignmentBytes(rows.count, 1) }, ({ at, integers }) => {
    assignAll(kernels, rows, { centroids: coarse, isL2, out: at.nearest });
    const nearest = integers('nearest', rows.count * 2);
    for (let row = 0; row < rows.count; row++) members[nearest[row * 2]!]!.push(row);
  });
  return members;
}

/** Divides `lists` among clusters in proportion to their rows, at most one for each row (largest remainders). */
function shareLists(sizes: readonly number[], lists: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const shares = sizes.map((size) => Math.min(size, Math.floor((size * lists) / total)));
  let rest = lists - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = sizes
    .map((size, cluster) => ({ cluster, remainder: (size * lists) / total - shares[cluster]! }))
    .sort((a, b) => b.remainder - a.remainder || a.cluster - b.cluster);
  while (rest > 0) {
    for (const { cluster } of byRemainder) {
      if (rest === 0 || shares[cluster]! >= sizes[cluster]!) continue;
      shares[cluster]! += 1;
      rest -= 1;
    }
  }
  return shares;
}

function gatherRows(
  { arena }: Kernels,
  { address, dimension }: RowArea,
  { numbers, to }: { numbers: readonly number[]; to: number },
): void {
  const memory = new Uint8Array(arena.memory.buffer());
  const rowBytes = dimension * 4;
  numbers.forEach((row, i) => {
    memory.copyWithin(to + i * rowBytes, address + row * rowBytes, address + (row + 1) * rowBytes);
  });
}
