import type { Metric } from '../api.ts';
import type { Bitmap } from '../format/bitmap.ts';
import { BLOCK_ROWS, SCRATCH, type Kernels } from '../kernels/kernels.ts';
import { isIndexed } from '../segment/segment-index.ts';
import type { SegmentFile } from '../segment/segment-file.ts';
import type { VectorIo } from '../segment/vector-io.ts';
import { visitRows, type RowBlock } from '../segment/visit-rows.ts';
import type { AllowedRows } from './allowed-rows.ts';
import { areRecordsResident, searchIndex, searchRows, type GuessedRow } from './index-search.ts';
import { MAX_INDEX_K } from './plan-probes.ts';
import type { ScoredRow } from './score-records.ts';

/** A query of the vectors of one segment. */
export interface VectorQuery {
  values: Float32Array;
  metric: Metric;
  k: number;
  allowed: AllowedRows;
  exact: boolean;
  effort: number;
}

/** The best rows of a segment, best first; of equals the lower row comes first. */
interface VectorAnswer {
  rows: ScoredRow[];
  /** Rows that are worth reading, if those of all segments leave them that. */
  guesses: GuessedRow[];
  /** Vectors that were compared, by codes or by value. */
  compared: number;
  /** Whether every allowed vector was compared by value. */
  isExact: boolean;
}

/** Most bytes of rows that are read one by one. */
const MAX_SINGLE_ROW_BYTES = 32 << 20;
/** So few allowed rows are compared one by one: their records cost less than lists that hold hardly any of them. */
const MAX_EXACT_ROWS = { resident: 4096, cold: 256 } as const;

/** Finds the best `k` allowed rows of a segment, through its index where it has one and that pays. */
export async function searchVectors(
  io: VectorIo,
  file: SegmentFile,
  query: VectorQuery,
): Promise<VectorAnswer> {
  const { count } = query.allowed;
  if (count === 0) return exactAnswer([], 0);
  if (!isIndexed(file)) return exactAnswer(await scanSegment(io, file, query), count);
  const few = areRecordsResident(io, file) ? MAX_EXACT_ROWS.resident : MAX_EXACT_ROWS.cold;
  const isExact = query.exact || query.k > MAX_INDEX_K;
  if (count <= Math.max(few, query.k) || (isExact && isSmallPart(file, count))) {
    return exactAnswer(await searchRows(io, file, query), count);
  }
  if (isExact) return exactAnswer(await scanSegment(io, file, query), count);
  const { scanned: compared, ...found } = await searchIndex(io, file, query);
  return { ...found, compared, isExact: false };
}

/** Makes the answer of a segment of which every allowed vector was compared. */
export function exactAnswer(rows: ScoredRow[], compared: number): VectorAnswer {
  return { rows, guesses: [], compared, isExact: true };
}

/** Returns whether some rows of a segment are better read one by one than among all others; it bounds what is in memory, too. */
function isSmallPart(file: SegmentFile, count: number): boolean {
  const { rows, dimension } = file.statistics;
  return count * 8 <= rows && count * dimension * 4 <= MAX_SINGLE_ROW_BYTES;
}

/** Scores all allowed rows of a segment and returns the best `k`, best first; of equals the lower row comes first. */
async function scanSegment(
  io: VectorIo,
  file: SegmentFile,
  query: { values: Float32Array; metric: Metric; k: number; allowed: AllowedRows },
): Promise<ScoredRow[]> {
  if (query.allowed.count === 0) return [];
  let best: ScoredRow[] = [];
  await visitRows(io, file, (block) => {
    const found = scanBlock(io.kernels, block, query);
    best = best.length === 0 ? found : best.concat(found);
    // Sorting pays when there is much to leave out.
    if (best.length > 4 * query.k) best = keepBest(best, query.k);
  });
  return keepBest(best, query.k);
}

function keepBest(rows: ScoredRow[], k: number): ScoredRow[] {
  return rows.sort((a, b) => b.raw - a.raw || a.row - b.row).slice(0, k);
}

function scanBlock(
  kernels: Kernels,
  block: RowBlock,
  query: { values: Float32Array; metric: Metric; k: number; allowed: AllowedRows },
): ScoredRow[] {
  const { functions, arena } = kernels;
  const memory = arena.memory.buffer();
  new Float32Array(memory, SCRATCH.query, query.values.length).set(query.values);
  const { rows, count } = query.allowed;
  const size =
    count === rows.size ? scoreAll(kernels, block, query) : scoreChosen(kernels, block, { ...query, rows });
  functions.sortTop(SCRATCH.heap, size);
  const scores = new Float32Array(memory, SCRATCH.heap, size * 2);
  const indexes = new Uint32Array(memory, SCRATCH.heap, size * 2);
  return Array.from({ length: size }, (_, i) => ({ row: indexes[i * 2 + 1]!, raw: scores[i * 2]! }));
}

function scoreAll(
  { functions }: Kernels,
  { address, firstRow, rowCount }: RowBlock,
  { values, metric, k }: { values: Float32Array; metric: Metric; k: number },
): number {
  const score = metric === 'EUCLIDEAN' ? functions.l2Rows : functions.dotRows;
  const dim = values.length;
  let size = 0;
  for (let start = 0; start < rowCount; start += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, rowCount - start);
    score(SCRATCH.query, address + start * dim * 4, count, dim, SCRATCH.scores);
    size = functions.pushTop(SCRATCH.scores, 0, firstRow + start, count, SCRATCH.heap, size, k);
  }
  return size;
}

/** Scores only the allowed rows: a narrow filter costs what it lets through. */
function scoreChosen(
  { functions, arena }: Kernels,
  { address, firstRow, rowCount }: RowBlock,
  { values, metric, k, rows }: { values: Float32Array; metric: Metric; k: number; rows: Bitmap },
): number {
  const score = metric === 'EUCLIDEAN' ? functions.l2RowsAt : functions.dotRowsAt;
  const indexes = new Uint32Array(arena.memory.buffer(), SCRATCH.indexes, BLOCK_ROWS);
  const stride = values.length * 4;
  let size = 0;
  let count = 0;
  const flush = (): void => {
    score(SCRATCH.query, address, SCRATCH.indexes, count, values.length, stride, SCRATCH.scores);
    size = functions.pushTop(SCRATCH.scores, SCRATCH.indexes, firstRow, count, SCRATCH.heap, size, k);
    count = 0;
  };
  for (let row = 0; row < rowCount; row++) {
    if (!rows.has(firstRow + row)) continue;
    indexes[count++] = row;
    if (count === BLOCK_ROWS) flush();
  }
  if (count > 0) flush();
  return size;
}

/** Returns the score and the distance of a kernel's value under a metric. */
export function scoreOf(metric: Metric, raw: number): { score: number; distance: number } {
  if (metric === 'DOT_PRODUCT') return { score: raw, distance: -raw };
  if (metric === 'EUCLIDEAN') {
    const distance = Math.sqrt(Math.max(0, -raw));
    return { score: 1 / (1 + distance), distance };
  }
  // Rounding may carry the product of two unit vectors a little beyond 1.
  const cosine = Math.max(-1, Math.min(1, raw));
  return { score: cosine, distance: 1 - cosine };
}
