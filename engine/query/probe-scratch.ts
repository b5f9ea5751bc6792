import { invariant } from '../errors/invariant.ts';
import { noRoom } from '../kernels/work-areas.ts';
import { BLOCK_ROWS, MAX_DIMENSION, SCRATCH, WINDOW_BYTES, type Kernels } from '../kernels/kernels.ts';
import { BLOCK_SLOTS } from '../index/encode-list.ts';
import { MAX_CENTROID_PLACES, type IndexHeader } from '../segment/index-section.ts';

/** Most lists of one call of the scan. */
const MAX_SCAN_LISTS = 4096;
const LIST_ENTRY_BYTES = 16;
/** Sign flips come in four rounds. */
const ROUNDS = 4;

/** Addresses of what one query needs in the kernels' memory. */
interface ScratchAreas {
  /** The query as it was given, and rotated. */
  query: number;
  rotated: number;
  signs: number;
  table: number;
  tableInfo: number;
  query7: number;
  query7Info: number;
  lists: number;
  scores: number;
  /** The lists that the centroids of an index stand for, and their scores. */
  centroidIds: number;
  centroidScores: number;
}

/** The scratch of a set of kernels, and which search it is made ready for: another may take it whenever something is awaited. */
interface SharedScratch {
  areas: ScratchAreas;
  owner: ProbeScratch | null;
  /** Whose signs and ids of centroids stand there. */
  headerOf: IndexHeader | null;
  floats: Float32Array;
  integers: Uint32Array;
}

const scratches = new WeakMap<Kernels, SharedScratch>();

const VECTOR_BYTES = (MAX_DIMENSION + 8) * 4;
const AREA_BYTES: Record<keyof ScratchAreas, number> = {
  query: VECTOR_BYTES,
  rotated: VECTOR_BYTES,
  signs: VECTOR_BYTES * ROUNDS,
  table: VECTOR_BYTES,
  tableInfo: 64,
  query7: VECTOR_BYTES,
  query7Info: 64,
  lists: MAX_SCAN_LISTS * LIST_ENTRY_BYTES,
  scores: 65_536,
  centroidIds: MAX_CENTROID_PLACES * 4,
  centroidScores: MAX_CENTROID_PLACES * 4,
};
const SCRATCH_BYTES = Object.values(AREA_BYTES).reduce((sum, bytes) => sum + bytes, 0);

/** Allocates the scratch before anything that comes and goes, which it would otherwise stand between; a tiny arena has none. */
export function reserveScratch(kernels: Kernels): void {
  if (kernels.arena.budgetBytes >= SCRATCH_BYTES) scratchOf(kernels);
}

/** Returns the scratch of a set of kernels; its areas are allocated once. LimitExceeded when the arena is too small for them. */
function scratchOf(kernels: Kernels): SharedScratch {
  const known = scratches.get(kernels);
  if (known !== undefined) return known;
  let at = kernels.arena.allocateForWork(SCRATCH_BYTES);
  if (at === null) throw noRoom(SCRATCH_BYTES);
  const areas = {} as ScratchAreas;
  for (const [name, bytes] of Object.entries(AREA_BYTES)) {
    areas[name as keyof ScratchAreas] = at;
    at += bytes;
  }
  const none = new ArrayBuffer(0);
  const scratch: SharedScratch = {
    areas,
    owner: null,
    headerOf: null,
    floats: new Float32Array(none),
    integers: new Uint32Array(none),
  };
  scratches.set(kernels, scratch);
  return scratch;
}

/** Addresses of a centroid and of blocks of codes around it. */
export interface ScannedList {
  centroid: number;
  address: number;
  blocks: number;
}

/** A query made ready for one segment's index. Each method makes the shared scratch ready again when another search had it meanwhile. */
export class ProbeScratch {
  private readonly kernels: Kernels;
  private readonly shared: SharedScratch;
  private readonly header: IndexHeader;
  private readonly values: Float32Array;
  private readonly isL2: boolean;

  constructor(
    kernels: Kernels,
    { header, values, isL2 }: { header: IndexHeader; values: Float32Array; isL2: boolean },
  ) {
    this.kernels = kernels;
    this.shared = scratchOf(kernels);
    this.header = header;
    this.values = values;
    this.isL2 = isL2;
  }

  /** Returns the dot products of the query with `count` rotated vectors in a row; twice that under EUCLIDEAN. */
  biasesOf(address: number, count: number): Float32Array {
    const { areas, floats } = this.own();
    const dimension = this.header.rotation.dimension;
    this.kernels.functions.dotRows(areas.rotated, address, count, dimension, areas.scores);
    const first = areas.scores >>> 2;
    const biases = floats.slice(first, first + count);
    if (this.isL2) biases.forEach((dot, i) => (biases[i] = 2 * dot));
    return biases;
  }

  /** Estimates the scores of centroids from their blocks around their group's centroid; `firstBlock` is the number of the first. */
  scoreCentroids(
    { address, blocks, bias }: { address: number; blocks: number; bias: number },
    firstBlock: number,
  ): void {
    const { areas } = this.own();
    const out = areas.centroidScores + firstBlock * BLOCK_SLOTS * 4;
    const { dimension } = this.header.rotation;
    this.kernels.functions.scanBlocks(areas.table, areas.tableInfo, address, blocks, dimension, bias, out);
  }

  /** Returns the best of the centroids' scores, and their sum. */
  measureCentroids(): { best: number; sum: number } {
    const { areas, floats } = this.own();
    const { functions } = this.kernels;
    const { centroidScores, centroidIds, scores } = areas;
    functions.measureScores(centroidScores, centroidIds, this.header.centroidIds.length, scores);
    return { best: floats[scores >>> 2]!, sum: floats[(scores >>> 2) + 1]! };
  }

  /** Returns the lists whose centroid scores at least `limit`, best first and at most `most`. */
  centroidsAbove(limit: number, most: number): Uint32Array {
    const { areas } = this.own();
    const { functions } = this.kernels;
    const { centroidScores, centroidIds } = areas;
    const { heap } = SCRATCH;
    const places = this.header.centroidIds.length;
    const size = functions.pushAbove(centroidScores, centroidIds, places, limit, heap, 0, most);
    functions.sortTop(heap, size);
    return this.readIds(size);
  }

  /**
   * Scans lists of blocks and offers their ids to the heap of at most `k`; returns its new size. `allowed` is the address of a
   * bitmap over ids, or 0. Nothing may be awaited until the heap is taken.
   */
  scan(
    lists: readonly ScannedList[],
    { allowed, heapSize, k }: { allowed: number; heapSize: number; k: number },
  ): number {
    const { areas, integers } = this.own();
    const { functions } = this.kernels;
    const dimension = this.header.rotation.dimension;
    const { rotated, table, tableInfo, lists: entries } = areas;
    const isL2 = this.isL2 ? 1 : 0;
    const { heap } = SCRATCH;
    let size = heapSize;
    for (let start = 0; start < lists.length; start += MAX_SCAN_LISTS) {
      const count = Math.min(MAX_SCAN_LISTS, lists.length - start);
      for (let i = 0, at = entries >>> 2; i < count; i++, at += 4) {
        const { centroid, address, blocks } = lists[start + i]!;
        integers[at] = centroid;
        integers[at + 1] = address;
        integers[at + 2] = blocks;
      }
      // prettier-ignore
      size = functions.scanLists(rotated, table, tableInfo, entries, count, dimension, isL2, allowed, heap, size, k);
    }
    return size;
  }

  /** Returns the `k` rows whose int8 form is best, best first. */
  best8(rows8: number, { stride, rows, k }: { stride: number; rows: Uint32Array; k: number }): Uint32Array {
    const { areas, integers } = this.own();
    const { functions } = this.kernels;
    const dimension = this.header.rotation.dimension;
    const { query7, query7Info, scores } = areas;
    functions.quantizeQuery7(areas.rotated, dimension, query7, query7Info);
    let size = 0;
    for (let start = 0; start < rows.length; start += BLOCK_ROWS) {
      const part = rows.subarray(start, start + BLOCK_ROWS);
      const { indexes, heap } = SCRATCH;
      integers.set(part, indexes >>> 2);
      functions.dotRows8At(query7, query7Info, rows8, indexes, part.length, dimension, stride, scores);
      size = functions.pushTop(scores, indexes, 0, part.length, heap, size, k);
    }
    functions.sortTop(SCRATCH.heap, size);
    return this.readIds(size);
  }

  /** Scores f32 rows exactly, those of the given numbers in rows of `stride` bytes: the dot product, or the negative squared distance. */
  scoreRows(address: number, { rows, stride }: { rows: Uint32Array; stride: number }): Float32Array {
    const { areas, floats, integers } = this.own();
    const { functions } = this.kernels;
    const score = this.isL2 ? functions.l2RowsAt : functions.dotRowsAt;
    const scored = new Float32Array(rows.length);
    const { indexes } = SCRATCH;
    for (let start = 0; start < rows.length; start += BLOCK_ROWS) {
      const part = rows.subarray(start, start + BLOCK_ROWS);
      integers.set(part, indexes >>> 2);
      score(areas.query, address, indexes, part.length, this.values.length, stride, areas.scores);
      scored.set(floats.subarray(areas.scores >>> 2, (areas.scores >>> 2) + part.length), start);
    }
    return scored;
  }

  /** Places bytes in the window, `at` bytes after its start, for use in this turn. */
  placeInWindow(bytes: Uint8Array, at: number): number {
    invariant(at + bytes.length <= WINDOW_BYTES, 'what is placed fits into the window');
    new Uint8Array(this.kernels.arena.memory.buffer(), SCRATCH.window + at, bytes.length).set(bytes);
    return SCRATCH.window + at;
  }

  /** Returns the heap's ids and scores, best first, each id once. */
  takeHeap(size: number): { ids: Uint32Array; scores: Float32Array } {
    const count = this.kernels.functions.uniqueTop(SCRATCH.heap, size, SCRATCH.window);
    const { floats } = this.shared;
    const scores = new Float32Array(count);
    for (let i = 0, at = SCRATCH.heap >>> 2; i < count; i++, at += 2) scores[i] = floats[at]!;
    return { ids: this.readIds(count), scores };
  }

  private readIds(count: number): Uint32Array {
    const { integers } = this.shared;
    const ids = new Uint32Array(count);
    for (let i = 0, at = (SCRATCH.heap >>> 2) + 1; i < count; i++, at += 2) ids[i] = integers[at]!;
    return ids;
  }

  /** Makes the scratch this query's, unless it is. Views follow the memory, which moves when it grows. */
  private own(): SharedScratch {
    const { shared } = this;
    const memory = this.kernels.arena.memory.buffer();
    if (shared.floats.buffer !== memory) {
      shared.floats = new Float32Array(memory);
      shared.integers = new Uint32Array(memory);
    }
    if (shared.owner !== this) {
      this.placeQuery(shared);
      shared.owner = this;
    }
    return shared;
  }

  /** Places and rotates the query, and makes its look-up table: some 3 microseconds at 384 dimensions. */
  private placeQuery(shared: SharedScratch): void {
    const { areas, floats } = shared;
    const { values, header } = this;
    const { functions } = this.kernels;
    const { signs, dimension } = header.rotation;
    floats.set(values, areas.query >>> 2);
    const rotated = areas.rotated >>> 2;
    floats.set(values, rotated);
    floats.fill(0, rotated + values.length, rotated + dimension);
    if (shared.headerOf !== header) {
      floats.set(signs, areas.signs >>> 2);
      shared.integers.set(header.centroidIds, areas.centroidIds >>> 2);
      shared.headerOf = header;
    }
    functions.rotateRows(areas.rotated, 1, dimension, areas.signs);
    functions.buildTable(areas.rotated, dimension, areas.table, areas.tableInfo);
  }
}
