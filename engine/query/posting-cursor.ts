import type { Bitmap } from '../format/bitmap.ts';
import {
  createBlockBuffer,
  decodeBlock,
  type DecodedBlock,
  type PostingList,
} from '../index/posting-list.ts';

/** How fast further occurrences of a word count less, and how much long texts are discounted: the usual values. */
const K1 = 1.2;
const B = 0.75;

/** The rows of a segment as BM25 sees them. */
export interface RowLengths {
  lengths: Uint32Array;
  /** Words of a row, on average over the live rows of the whole database that have any. */
  average: number;
  /** Rows that were indexed without stems; null when there are none. */
  plainRows: Bitmap | null;
}

/** What a posting of a list counts, before its frequency and the length of its row do. */
export interface ListWeights {
  weight: number;
  /** In plain rows. */
  plainWeight: number;
}

/**
 * Adding this rounds a smaller number to a multiple of 2^-32. So sums of scores and of bounds are exact in every order: rows
 * with the same words have the same score. A score of 1024 words stays below 2^20.
 */
const ROUNDING = 2 ** 20;
/** Added to bounds, because a quotient may be rounded the wrong way. */
const STEP = 2 ** -32;

/** Walks one list of postings forward, and knows what is the most that its blocks can score. */
export class PostingCursor {
  private readonly list: PostingList;
  private readonly rows: RowLengths;
  private readonly weight: number;
  private readonly plainWeight: number;
  private readonly flat: number;
  private readonly slope: number;
  /** By block. */
  private readonly bounds: Float64Array;
  private readonly decoded: DecodedBlock = createBlockBuffer();
  private block = 0;
  /** Postings of the current block in `decoded`; 0 while it is not. */
  private count = 0;
  private at = 0;

  constructor(list: PostingList, { weight, plainWeight }: ListWeights, rows: RowLengths) {
    this.list = list;
    this.rows = rows;
    this.weight = weight * (K1 + 1);
    this.plainWeight = plainWeight * (K1 + 1);
    this.flat = K1 * (1 - B);
    this.slope = (K1 * B) / rows.average;
    this.bounds = this.boundBlocks();
  }

  private boundBlocks(): Float64Array {
    const { frontierEnds, frequencies, lengths } = this.list.blocks;
    const weight = Math.max(this.weight, this.plainWeight);
    let pair = 0;
    return Float64Array.from(frontierEnds, (end) => {
      let bound = 0;
      for (; pair < end; pair++)
        bound = Math.max(bound, this.part(weight, frequencies[pair]!, lengths[pair]!));
      return bound + STEP;
    });
  }

  private part(weight: number, frequency: number, length: number): number {
    const score = (weight * frequency) / (frequency + this.flat + this.slope * length);
    return score + ROUNDING - ROUNDING;
  }

  private seek(row: number): boolean {
    const { lastRows } = this.list.blocks;
    if (this.block >= lastRows.length) return false;
    if (lastRows[this.block]! >= row) return true;
    do this.block += 1;
    while (this.block < lastRows.length && lastRows[this.block]! < row);
    this.count = 0;
    return this.block < lastRows.length;
  }

  private decode(): void {
    if (this.count > 0) return;
    this.count = decodeBlock(this.list, this.block, this.decoded);
    this.at = 0;
  }

  /** Moves to `from` and returns the most that a row before `end` can score. */
  boundWindow(from: number, end: number): number {
    if (!this.seek(from)) return 0;
    const { lastRows } = this.list.blocks;
    let bound = 0;
    for (let block = this.block; block < lastRows.length; block++) {
      if (block > 0 && lastRows[block - 1]! + 1 >= end) break;
      bound = Math.max(bound, this.bounds[block]!);
    }
    return bound;
  }

  /** Adds the scores of all rows from `from` to before `end`, and marks them. `scores` starts at `from`. */
  addWindow(
    from: number,
    end: number,
    { scores, marks }: { scores: Float64Array; marks: Uint32Array },
  ): void {
    const { rows, frequencies } = this.decoded;
    const { lengths, plainRows } = this.rows;
    for (let next = from; this.seek(next);) {
      this.decode();
      let { at } = this;
      while (at < this.count && rows[at]! < from) at += 1;
      for (; at < this.count; at++) {
        const row = rows[at]!;
        if (row >= end) break;
        const weight = plainRows?.has(row) === true ? this.plainWeight : this.weight;
        const place = row - from;
        scores[place]! += this.part(weight, frequencies[at]!, lengths[row]!);
        marks[place >>> 5]! |= 1 << (place & 31);
      }
      this.at = at;
      next = rows[this.count - 1]! + 1;
      if (at < this.count || next >= end) return;
    }
  }

  /** Moves to a row and returns what the list adds to its score; 0 is also the answer when that is surely less than `needed`. */
  scoreRow(row: number, needed: number): number {
    if (!this.seek(row) || this.bounds[this.block]! < needed) return 0;
    this.decode();
    const { rows, frequencies } = this.decoded;
    let { at } = this;
    while (at < this.count && rows[at]! < row) at += 1;
    this.at = at;
    if (at === this.count || rows[at] !== row) return 0;
    const weight = this.rows.plainRows?.has(row) === true ? this.plainWeight : this.weight;
    return this.part(weight, frequencies[at]!, this.rows.lengths[row]!);
  }
}
