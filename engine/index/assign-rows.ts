import type { Metric } from '../api.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { withWorkAreas, type WorkAreas } from '../kernels/work-areas.ts';
import { assignmentBytes, placeCentroids, type PlacedCentroids } from './place-centroids.ts';
import { placeRotated, row8Bytes, type RowSource } from './place-rotated.ts';

/** Every row with its two nearest lists and its codes around their centroids. */
export interface Assignment {
  rows: number;
  /** First and second list of row n at 2n and 2n + 1. */
  lists: Uint32Array;
  /** How much better the first list fits than the second; 0 or more. */
  gaps: Float32Array;
  /** Codes and factors around the first and the second list's centroid. */
  codes: { bits: Uint8Array; factors: Float32Array }[];
  /** The int8 form of the rotated rows. */
  rows8: Uint8Array;
}

type Area = 'rows' | 'signs' | 'nearest' | 'lists' | 'bits' | 'factors' | 'rows8';

/** Finds the two nearest lists of every row and encodes it around both centroids, piece by piece. */
export function assignRows(
  kernels: Kernels,
  source: RowSource,
  { centroids, metric, pieceRows }: { centroids: Float32Array; metric: Metric; pieceRows: number },
): Assignment {
  const { dimension, signs } = source.rotation;
  const rows = source.values.length / source.dimension;
  const stride = row8Bytes(dimension, metric);
  const result: Assignment = {
    rows,
    lists: new Uint32Array(rows * 2),
    gaps: new Float32Array(rows),
    codes: [0, 1].map(() => ({
      bits: new Uint8Array((rows * dimension) / 8),
      factors: new Float32Array(rows * 2),
    })),
    rows8: new Uint8Array(rows * stride),
  };
  const sizes = {
    rows: pieceRows * dimension * 4,
    signs: signs.byteLength,
    nearest: assignmentBytes(pieceRows, 2),
    lists: pieceRows * 4,
    bits: (pieceRows * dimension) / 8,
    factors: pieceRows * 8,
    rows8: pieceRows * stride,
  };
  const placed = placeCentroids(kernels, centroids, { dimension, isL2: metric !== 'COSINE' });
  try {
    withWorkAreas(kernels, sizes, (areas) => {
      areas.floats('signs', signs.length).set(signs);
      for (let first = 0; first < rows; first += pieceRows) {
        const count = Math.min(pieceRows, rows - first);
        const numbers = Uint32Array.from({ length: count }, (_, i) => first + i);
        assignPiece(kernels, source, { areas, placed, result, numbers, stride, metric });
      }
    });
  } finally {
    placed.release();
  }
  return result;
}

function assignPiece(
  kernels: Kernels,
  source: RowSource,
  {
    areas,
    placed,
    result,
    numbers,
    stride,
    metric,
  }: {
    areas: WorkAreas<Area>;
    placed: PlacedCentroids;
    result: Assignment;
    numbers: Uint32Array;
    stride: number;
    metric: Metric;
  },
): void {
  const { at, bytes, floats, integers } = areas;
  const { functions } = kernels;
  const { dimension } = source.rotation;
  const first = numbers[0]!;
  placeRotated(kernels, source, { numbers, address: at.rows, signs: at.signs });
  const count = numbers.length;
  functions.quantizeRows8(at.rows, count, dimension, at.rows8, stride);
  result.rows8.set(bytes('rows8', count * stride), first * stride);
  placed.assign({ address: at.rows, count, dimension }, 2, at.nearest);
  const nearest = integers('nearest', count * 4);
  const scores = floats('nearest', count * 4);
  for (let i = 0; i < count; i++) {
    result.lists[(first + i) * 2] = nearest[i * 4]!;
    result.lists[(first + i) * 2 + 1] = nearest[i * 4 + 1]!;
    result.gaps[first + i] = scores[i * 4 + 2]! - scores[i * 4 + 3]!;
  }
  result.codes.forEach(({ bits, factors }, choice) => {
    const lists = integers('lists', count);
    for (let i = 0; i < count; i++) lists[i] = result.lists[(first + i) * 2 + choice]!;
    const isL2 = metric === 'EUCLIDEAN' ? 1 : 0;
    functions.encodeCodes(at.rows, placed.address, at.lists, count, dimension, isL2, at.bits, at.factors);
    bits.set(bytes('bits', (count * dimension) / 8), (first * dimension) / 8);
    factors.set(floats('factors', count * 2), first * 2);
  });
}
