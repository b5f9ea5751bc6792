import { ByteReader, FormatProblem } from '../format/byte-reader.ts';
import { ByteWriter, bytesOf } from '../format/byte-writer.ts';
import { NumberList } from '../format/number-list.ts';
import { VarintReader } from '../format/varint-reader.ts';

/** Postings of one block; a shorter list is one block, and has no entry in the section. */
export const BLOCK_POSTINGS = 128;

/**
 * Where the blocks of one term's postings end, and what they can score at most. The bound of a block is its frontier: no posting
 * has both a higher frequency and a shorter row than one of its pairs. So the bound holds for every idf and average length
 * (block-max indexes: Ding and Suel 2011).
 */
export interface PostingBlocks {
  lastRows: Uint32Array;
  /** End of each block in the term's bytes. */
  ends: Uint32Array;
  /** End of each block's pairs. */
  frontierEnds: Uint32Array;
  frequencies: Uint32Array;
  lengths: Uint32Array;
}

/** The `posting-blocks` section: the terms with more than one block, and where the blocks of each are described. */
export interface BlockIndex {
  terms: Uint32Array;
  offsets: Uint32Array;
  body: Uint8Array;
}

/** Collects the blocks of a list of postings. */
export class BlockCollector {
  private readonly lastRows = new NumberList();
  private readonly ends = new NumberList();
  private readonly frontierEnds = new NumberList();
  private readonly frequencies = new NumberList();
  private readonly lengths = new NumberList();

  addPair(frequency: number, length: number): void {
    this.frequencies.push(frequency);
    this.lengths.push(length);
  }

  /** Ends a block after its pairs. */
  endBlock(lastRow: number, byteEnd: number): void {
    this.lastRows.push(lastRow);
    this.ends.push(byteEnd);
    this.frontierEnds.push(this.frequencies.length);
  }

  finish(): PostingBlocks {
    return {
      lastRows: this.lastRows.view(),
      ends: this.ends.view(),
      frontierEnds: this.frontierEnds.view(),
      frequencies: this.frequencies.view(),
      lengths: this.lengths.view(),
    };
  }
}

/** Adds the pairs of frequency and length that no other posting of a block beats in both, ascending. */
export function addFrontier(
  collector: BlockCollector,
  { rows, frequencies }: { rows: Uint32Array; frequencies: Uint32Array },
  lengths: Uint32Array,
): void {
  const shortest = new Map<number, number>();
  rows.forEach((row, i) => {
    const length = lengths[row]!;
    if (length < (shortest.get(frequencies[i]!) ?? Infinity)) shortest.set(frequencies[i]!, length);
  });
  let best = Infinity;
  const pairs = [...shortest]
    .sort(([a], [b]) => b - a)
    .filter(([, length]) => {
      const isBetter = length < best;
      if (isBetter) best = length;
      return isBetter;
    });
  for (const [frequency, length] of pairs.reverse()) collector.addPair(frequency, length);
}

/** Writes the `posting-blocks` section. */
export class BlockIndexWriter {
  private readonly terms = new NumberList();
  private readonly offsets = new NumberList();
  private readonly body = new ByteWriter();

  add(term: number, blocks: PostingBlocks): void {
    this.terms.push(term);
    this.offsets.push(this.body.length);
    this.body.varint(blocks.lastRows.length);
    let [row, end, pair] = [-1, 0, 0];
    blocks.lastRows.forEach((lastRow, block) => {
      this.body.varint(lastRow - row - 1).varint(blocks.ends[block]! - end);
      [row, end] = [lastRow, blocks.ends[block]!];
      pair = this.addPairs(blocks, pair, blocks.frontierEnds[block]!);
    });
  }

  private addPairs({ frequencies, lengths }: PostingBlocks, from: number, end: number): number {
    this.body.varint(end - from);
    let [frequency, length] = [0, 0];
    for (let pair = from; pair < end; pair++) {
      this.body.varint(frequencies[pair]! - frequency).varint(lengths[pair]! - length);
      [frequency, length] = [frequencies[pair]!, lengths[pair]!];
    }
    return end;
  }

  finish(): Uint8Array {
    const writer = new ByteWriter().u32(this.terms.length).raw(bytesOf(this.terms.view()));
    writer.raw(bytesOf(this.offsets.view())).u32(this.body.length);
    return writer.raw(this.body.finish()).finish();
  }
}

/** Reads the `posting-blocks` section. */
export function decodeBlockIndex(bytes: Uint8Array): BlockIndex {
  const reader = new ByteReader(bytes);
  const count = reader.u32();
  const terms = reader.u32Array(count);
  const offsets = reader.u32Array(count + 1);
  const body = reader.rest();
  for (let i = 0; i < count; i++) {
    if (offsets[i]! > offsets[i + 1]! || (i > 0 && terms[i]! <= terms[i - 1]!)) {
      throw new FormatProblem(`the blocks of its terms are out of order at ${i}`);
    }
  }
  if (offsets[0] !== 0 || offsets[count] !== body.length) {
    throw new FormatProblem(`the blocks of its postings end at ${offsets[count]} of ${body.length} bytes`);
  }
  return { terms, offsets, body };
}

/** Returns the blocks of a term, or null when its postings are one block. */
export function blocksOfTerm(
  index: BlockIndex,
  term: number,
  { byteCount, rowCount }: { byteCount: number; rowCount: number },
): PostingBlocks | null {
  const at = findTerm(index.terms, term);
  if (at === -1) return null;
  const reader = new VarintReader(index.body.subarray(index.offsets[at], index.offsets[at + 1]));
  const collector = new BlockCollector();
  let [row, end] = [-1, 0];
  for (let block = reader.next(); block > 0; block--) {
    row += reader.next() + 1;
    end += reader.next();
    if (row >= rowCount || end > byteCount)
      throw new FormatProblem(`a block of term ${term} lies outside it`);
    readFrontier(reader, collector);
    collector.endBlock(row, end);
  }
  if (end !== byteCount) throw new FormatProblem(`the blocks of term ${term} end at ${end} of ${byteCount}`);
  return collector.finish();
}

function readFrontier(reader: VarintReader, collector: BlockCollector): void {
  let [frequency, length] = [0, 0];
  for (let pair = reader.next(); pair > 0; pair--) {
    frequency += reader.next();
    length += reader.next();
    collector.addPair(frequency, length);
  }
}

function findTerm(terms: Uint32Array, term: number): number {
  let low = 0;
  let high = terms.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (terms[middle]! < term) low = middle + 1;
    else high = middle;
  }
  return terms[low] === term ? low : -1;
}
