import type { Metric } from '../api.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { withSecondThread } from '../kernels/second-thread.ts';
import { withWorkAreas } from '../kernels/work-areas.ts';
import { assignRows } from './assign-rows.ts';
import { blockBytes, blockCount, encodeList } from './encode-list.ts';
import { packLists, type PackedLists } from './pack-lists.ts';
import { placeCentroids } from './place-centroids.ts';
import { placeRotated, type RowSource } from './place-rotated.ts';
import { makeRotation, type Rotation } from './rotation.ts';
import { trainCentroids, type Clustering } from './train-centroids.ts';

/** Segments with fewer rows are scanned whole: that is as fast, and exact. */
export const MIN_INDEX_ROWS = 4096;
/** Rows of the sample for each list, and the fewest where memory is short. */
const SAMPLE_PER_LIST = 40;
const MIN_SAMPLE_PER_LIST = 4;
/** The part of the kernels' memory that the sample may take: a copy of its largest cluster may need as much again. */
const SAMPLE_SHARE = 0.2;
/** Bytes of rows that are rotated, encoded and assigned at a time. */
const PIECE_BYTES = 12 << 20;

/** Fewer rows are indexed before a second thread has started. */
const MIN_THREAD_ROWS = 8192;

/** What an index is built for; `random` draws from 0 to 1. */
interface IndexOptions {
  dimension: number;
  metric: Metric;
  random: () => number;
}

/** The vector index of one segment before it is stored; see `docs/format.md`. */
export interface VectorIndex {
  rotation: Rotation;
  /** Centroids of groups of lists (row-major, rotated), and the lists of each. */
  groupCentroids: Float32Array;
  groups: Uint32Array[];
  /** One-bit codes of the list centroids around their group's centroid, blocks of all groups one after the other. */
  centroidBlocks: Uint8Array;
  lists: PackedLists;
  /** The int8 form of the rotated rows, by row. */
  rows8: Uint8Array;
}

/** The most lists of an index: those of 8 million rows. */
const MAX_LISTS = 12_000;

/** Returns the number of lists for a number of rows. */
export function listCountFor(rows: number): number {
  return Math.min(MAX_LISTS, Math.round(4 * Math.sqrt(rows)));
}

/**
 * Builds the index of row-major `values`: a rotation, lists around the centroids of k-means, one-bit RaBitQ codes of every row in
 * its nearest lists, and int8 rows. The same input and seed give the same index on the same kind of kernels.
 */
export function buildIndex(kernels: Kernels, values: Float32Array, options: IndexOptions): VectorIndex {
  const rows = values.length / options.dimension;
  const build = (some: Kernels): VectorIndex => buildWith(some, values, options);
  return rows < MIN_THREAD_ROWS ? build(kernels) : withSecondThread(kernels, build);
}

function buildWith(
  kernels: Kernels,
  values: Float32Array,
  { dimension, metric, random }: IndexOptions,
): VectorIndex {
  const rotation = makeRotation(dimension, random);
  const rows = values.length / dimension;
  const clustering: Clustering = {
    isL2: metric !== 'COSINE',
    isSpherical: metric === 'COSINE',
    random,
  };
  const source = { values, dimension, rotation };
  const rowBytes = rotation.dimension * 4;
  const sample = Math.floor((kernels.arena.budgetBytes * SAMPLE_SHARE) / rowBytes);
  const lists = Math.max(1, Math.min(listCountFor(rows), Math.floor(sample / MIN_SAMPLE_PER_LIST)));
  const pieceRows = Math.max(32, Math.floor(PIECE_BYTES / rowBytes));
  const centroids = trainOnSample(kernels, source, { ...clustering, lists, sample });
  const assigned = assignRows(kernels, source, { centroids, metric, pieceRows: Math.min(rows, pieceRows) });
  return {
    rotation,
    ...groupCentroids(kernels, centroids, { dimension: rotation.dimension, metric, clustering }),
    lists: packLists(kernels, assigned, { centroids, dimension: rotation.dimension }),
    rows8: assigned.rows8,
  };
}

function trainOnSample(
  kernels: Kernels,
  source: RowSource,
  { lists, sample, ...clustering }: Clustering & { lists: number; sample: number },
): Float32Array<ArrayBuffer> {
  const { dimension, signs } = source.rotation;
  const rows = source.values.length / source.dimension;
  const numbers = sampleRows(
    rows,
    Math.min(rows, lists * SAMPLE_PER_LIST, Math.max(lists, sample)),
    clustering.random,
  );
  const sizes = { rows: numbers.length * dimension * 4, signs: signs.byteLength };
  return withWorkAreas(kernels, sizes, ({ at, floats }) => {
    floats('signs', signs.length).set(signs);
    placeRotated(kernels, source, { numbers, address: at.rows, signs: at.signs });
    const area = { address: at.rows, count: numbers.length, dimension };
    return trainCentroids(kernels, area, { lists, ...clustering });
  });
}

/** Draws distinct rows, ascending (Knuth's algorithm S). */
function sampleRows(rows: number, wanted: number, random: () => number): Uint32Array {
  const chosen = new Uint32Array(wanted);
  let found = 0;
  for (let row = 0; found < wanted; row++) {
    if (random() * (rows - row) < wanted - found) chosen[found++] = row;
  }
  return chosen;
}

/** Groups the list centroids, and encodes each around the centroid of its group. */
function groupCentroids(
  kernels: Kernels,
  centroids: Float32Array<ArrayBuffer>,
  { dimension, metric, clustering }: { dimension: number; metric: Metric; clustering: Clustering },
): Pick<VectorIndex, 'groupCentroids' | 'groups' | 'centroidBlocks'> {
  const lists = centroids.length / dimension;
  const wanted = Math.max(1, Math.round(Math.sqrt(lists) / 2));
  const isL2 = metric === 'EUCLIDEAN';
  return withWorkAreas(kernels, { rows: centroids.byteLength }, ({ at, floats }) => {
    floats('rows', centroids.length).set(centroids);
    const rows = { address: at.rows, count: lists, dimension };
    const groupCenters = trainCentroids(kernels, rows, { lists: wanted, ...clustering });
    const nearest = nearestGroups(kernels, rows, { groupCenters, isL2: clustering.isL2 });
    const groups = Array.from({ length: wanted }, (_, group) =>
      Uint32Array.from({ length: lists }, (__, list) => list).filter((list) => nearest[list] === group),
    );
    const blocks = groups.map((members, group) =>
      encodeGroup(kernels, centroids, {
        members,
        center: groupCenters.subarray(group * dimension, (group + 1) * dimension),
        isL2,
      }),
    );
    return { groupCentroids: groupCenters, groups, centroidBlocks: Buffer.concat(blocks) };
  });
}

function nearestGroups(
  kernels: Kernels,
  rows: { address: number; count: number; dimension: number },
  { groupCenters, isL2 }: { groupCenters: Float32Array; isL2: boolean },
): Uint32Array {
  return withWorkAreas(kernels, { nearest: rows.count * 8 }, ({ at, integers }) => {
    const placed = placeCentroids(kernels, groupCenters, { dimension: rows.dimension, isL2 });
    try {
      placed.assign(rows, 1, at.nearest);
    } finally {
      placed.release();
    }
    return integers('nearest', rows.count * 2).filter((_, i) => i % 2 === 0);
  });
}

function encodeGroup(
  kernels: Kernels,
  centroids: Float32Array,
  { members, center, isL2 }: { members: Uint32Array; center: Float32Array; isL2: boolean },
): Uint8Array {
  const dimension = center.length;
  const bytes = blockCount(members.length) * blockBytes(dimension);
  if (bytes === 0) return new Uint8Array(0);
  const sizes = { rows: members.length * dimension * 4, blocks: bytes };
  return withWorkAreas(kernels, sizes, (areas) => {
    const rows = areas.floats('rows', members.length * dimension);
    members.forEach((list, i) => {
      rows.set(centroids.subarray(list * dimension, (list + 1) * dimension), i * dimension);
    });
    const area = { address: areas.at.rows, count: members.length, dimension };
    encodeList(kernels, area, { centroid: center, ids: members, isL2, out: areas.at.blocks });
    return areas.bytes('blocks', bytes).slice();
  });
}
