import { invariant } from '../errors/invariant.ts';
import { BLOCK_ROWS, MAX_DIMENSION, SCRATCH, WINDOW_BYTES, type Kernels } from '../kernels/kernels.ts';
import type { IndexHeader } from '../segment/index-section.ts';

/** Most lists of one call of the scan. */
export const MAX_SCAN_LISTS = 4096;
const LIST_ENTRY_BYTES = 16;
/** Sign flips come in four rounds. */
const ROUNDS = 4;

/** Addresses of what one query needs in the kernels' memory. Another search may overwrite it whenever something is awaited. */
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
}

const scratches = new WeakMap<Kernels, ScratchAreas>();

/** Returns the scratch areas of a set of kernels; they are allocated once. */
function scratchOf(kernels: Kernels): ScratchAreas {
  const known = scratches.get(kernels);
  if (known !== undefined) return known;
  const vector = (MAX_DIMENSION + 8) * 4;
  const sizes = {
    query: vector,
    rotated: vector,
    signs: vector * ROUNDS,
    table: vector,
    tableInfo: 64,
    query7: vector,
    query7Info: 64,
    lists: MAX_SCAN_LISTS * LIST_ENTRY_BYTES,
    scores: 65_536,
  };
  const total = Object.values(sizes).reduce((sum, bytes) => sum + bytes, 0);
  let at = kernels.arena.allocate(total);
  invariant(at !== null, 'the arena has room for the scratch areas');
  const areas = {} as ScratchAreas;
  for (const [name, bytes] of Object.entries(sizes)) {
    areas[name as keyof ScratchAreas] = at;
    at += bytes;
  }
  scratches.set(kernels, areas);
  return areas;
}

/** A query made ready for the scan of one segment's lists. It has to be renewed after anything was awaited. */
export class ProbeScratch {
  private readonly kernels: Kernels;
  private readonly areas: ScratchAreas;
  private readonly header: IndexHeader;
  private readonly values: Float32Array;
  private readonly isL2: boolean;

  constructor(
    kernels: Kernels,
    { header, values, isL2 }: { header: IndexHeader; values: Float32Array; isL2: boolean },
  ) {
    this.kernels = kernels;
    this.areas = scratchOf(kernels);
    this.header = header;
    this.values = values;
    this.isL2 = isL2;
    this.renew();
  }

  private get dimension(): number {
    return this.header.rotation.dimension;
  }

  /** Places and rotates the query, and makes its look-up table. Cost: about 10 microseconds at 384 dimensions. */
  renew(): void {
    const { areas, values, dimension } = this;
    const { functions, arena } = this.kernels;
    const memory = arena.memory.buffer();
    const { signs } = this.header.rotation;
    new Float32Array(memory, areas.query, values.length).set(values);
    const rotated = new Float32Array(memory, areas.rotated, dimension);
    rotated.set(values);
    rotated.fill(0, values.length);
    new Float32Array(memory, areas.signs, signs.length).set(signs);
    functions.rotateRows(areas.rotated, 1, dimension, areas.signs);
    functions.buildTable(areas.rotated, dimension, areas.table, areas.tableInfo);
  }

  /** Returns what every estimate of codes around the centroid at `address` starts from. */
  biasOf(address: number): number {
    const { functions, arena } = this.kernels;
    const { rotated, scores } = this.areas;
    functions.dotRows(rotated, address, 1, this.dimension, scores);
    const dot = new Float32Array(arena.memory.buffer(), scores, 1)[0]!;
    return this.isL2 ? 2 * dot : dot;
  }

  /**
   * Scans lists of blocks and offers their ids to the heap of at most `k`; returns its new size. `allowed` is the address of a
   * bitmap over ids, or 0.
   */
  scan(
    lists: readonly { address: number; blocks: number; bias: number }[],
    { allowed, heapSize, k }: { allowed: number; heapSize: number; k: number },
  ): number {
    const { areas, dimension } = this;
    const { functions, arena } = this.kernels;
    let size = heapSize;
    for (let start = 0; start < lists.length; start += MAX_SCAN_LISTS) {
      const part = lists.slice(start, start + MAX_SCAN_LISTS);
      const memory = arena.memory.buffer();
      const integers = new Uint32Array(memory, areas.lists, part.length * 4);
      const floats = new Float32Array(memory, areas.lists, part.length * 4);
      part.forEach(({ address, blocks, bias }, i) => {
        integers[i * 4] = address;
        integers[i * 4 + 1] = blocks;
        floats[i * 4 + 2] = bias;
      });
      const { table, tableInfo, lists: entries } = areas;
      const { heap } = SCRATCH;
      size = functions.scanLists(table, tableInfo, entries, part.length, dimension, allowed, heap, size, k);
    }
    return size;
  }

  /** Returns the `k` rows whose int8 form is best, best first. */
  best8(rows8: number, { stride, rows, k }: { stride: number; rows: Uint32Array; k: number }): Uint32Array {
    const { areas, dimension } = this;
    const { functions, arena } = this.kernels;
    const { query7, query7Info, scores } = areas;
    functions.quantizeQuery7(areas.rotated, dimension, query7, query7Info);
    let size = 0;
    for (let start = 0; start < rows.length; start += BLOCK_ROWS) {
      const part = rows.subarray(start, start + BLOCK_ROWS);
      const { indexes, heap } = SCRATCH;
      new Uint32Array(arena.memory.buffer(), indexes, part.length).set(part);
      functions.dotRows8At(query7, query7Info, rows8, indexes, part.length, dimension, stride, scores);
      size = functions.pushTop(scores, indexes, 0, part.length, heap, size, k);
    }
    functions.sortTop(SCRATCH.heap, size);
    return this.readHeap(size).ids;
  }

  /** Scores f32 rows at the given addresses exactly: the dot product, or the negative squared distance. */
  scoreRows(addresses: readonly number[]): Float32Array {
    const { query, scores } = this.areas;
    const { functions, arena } = this.kernels;
    const score = this.isL2 ? functions.l2Rows : functions.dotRows;
    const found = new Float32Array(arena.memory.buffer(), scores, 1);
    return Float32Array.from(addresses, (address) => {
      score(query, address, 1, this.values.length, scores);
      return found[0]!;
    });
  }

  /** Places bytes in the window, `at` bytes after its start, for use in this turn. */
  placeInWindow(bytes: Uint8Array, at: number): number {
    invariant(at + bytes.length <= WINDOW_BYTES, 'what is placed fits into the window');
    new Uint8Array(this.kernels.arena.memory.buffer(), SCRATCH.window + at, bytes.length).set(bytes);
    return SCRATCH.window + at;
  }

  /** Returns the heap's ids and scores, best first, each id once. */
  takeHeap(size: number): { ids: Uint32Array; scores: Float32Array } {
    return this.readHeap(this.kernels.functions.uniqueTop(SCRATCH.heap, size, SCRATCH.window));
  }

  private readHeap(count: number): { ids: Uint32Array; scores: Float32Array } {
    const memory = this.kernels.arena.memory.buffer();
    const heapScores = new Float32Array(memory, SCRATCH.heap, count * 2);
    const heapIds = new Uint32Array(memory, SCRATCH.heap, count * 2);
    const ids = new Uint32Array(count);
    const scores = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      scores[i] = heapScores[i * 2]!;
      ids[i] = heapIds[i * 2 + 1]!;
    }
    return { ids, scores };
  }
}
