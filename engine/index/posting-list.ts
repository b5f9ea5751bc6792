import { FormatProblem } from '../format/byte-reader.ts';
import { addFrontier, BLOCK_POSTINGS, BlockCollector, type PostingBlocks } from './posting-blocks.ts';

/** The stored postings of one term, with its blocks. The bytes are decoded block by block, when a search needs them. */
export interface PostingList {
  bytes: Uint8Array;
  count: number;
  blocks: PostingBlocks;
}

/** Room for the decoded postings of one block. */
export interface DecodedBlock {
  rows: Uint32Array;
  frequencies: Uint32Array;
}

/** Where decoding stands: the next byte, and the row before it. */
interface Position {
  at: number;
  row: number;
}

/** Makes room for the decoded postings of one block. */
export function createBlockBuffer(): DecodedBlock {
  return { rows: new Uint32Array(BLOCK_POSTINGS), frequencies: new Uint32Array(BLOCK_POSTINGS) };
}

/** Opens the postings of a term; without stored blocks they are decoded once to find them. */
export function openPostings(
  bytes: Uint8Array,
  stored: PostingBlocks | null,
  lengths: Uint32Array,
): PostingList {
  if (stored === null) return findBlocks(bytes, lengths);
  const last = stored.lastRows.length - 1;
  const list = { bytes, blocks: stored, count: 0 };
  const inLast = decodeRun(list, last, createBlockBuffer());
  return { ...list, count: last * BLOCK_POSTINGS + inLast };
}

function findBlocks(bytes: Uint8Array, lengths: Uint32Array): PostingList {
  const collector = new BlockCollector();
  const buffer = createBlockBuffer();
  const position = { at: 0, row: -1 };
  let count = 0;
  while (position.at < bytes.length) {
    const found = decodeNext(bytes, position, bytes.length, buffer);
    if (position.row >= lengths.length) {
      throw new FormatProblem(`a posting names row ${position.row} of ${lengths.length}`);
    }
    addFrontier(collector, firstOf(buffer, found), lengths);
    collector.endBlock(position.row, position.at);
    count += found;
  }
  return { bytes, count, blocks: collector.finish() };
}

function firstOf({ rows, frequencies }: DecodedBlock, count: number): DecodedBlock {
  return { rows: rows.subarray(0, count), frequencies: frequencies.subarray(0, count) };
}

/** Decodes a block and returns the number of its postings. */
export function decodeBlock(list: PostingList, block: number, into: DecodedBlock): number {
  const count = decodeRun(list, block, into);
  const expected = Math.min(BLOCK_POSTINGS, list.count - block * BLOCK_POSTINGS);
  if (count !== expected) throw new FormatProblem(`block ${block} has ${count} of ${expected} postings`);
  return count;
}

function decodeRun({ bytes, blocks }: Omit<PostingList, 'count'>, block: number, into: DecodedBlock): number {
  const position = {
    at: block === 0 ? 0 : blocks.ends[block - 1]!,
    row: block === 0 ? -1 : blocks.lastRows[block - 1]!,
  };
  const end = blocks.ends[block]!;
  const count = decodeNext(bytes, position, end, into);
  if (position.at !== end || position.row !== blocks.lastRows[block]) {
    throw new FormatProblem(`block ${block} of some postings ends at row ${position.row}, not where it says`);
  }
  return count;
}

/** Decodes up to one block of postings from `position`, moves it, and returns how many there were. */
function decodeNext(bytes: Uint8Array, position: Position, end: number, into: DecodedBlock): number {
  const { rows, frequencies } = into;
  let { at, row } = position;
  let count = 0;
  while (at < end && count < BLOCK_POSTINGS) {
    let gap = bytes[at++]!;
    if (gap >= 0x80) {
      position.at = at - 1;
      gap = decodeLong(bytes, position, end);
      at = position.at;
    }
    let more = at < end ? bytes[at++]! : 0x80;
    if (more >= 0x80) {
      position.at = at - 1;
      more = decodeLong(bytes, position, end);
      at = position.at;
    }
    row += gap + 1;
    rows[count] = row;
    frequencies[count] = more + 1;
    count += 1;
  }
  position.at = at;
  position.row = row;
  return count;
}

/** Decodes an integer of more than one byte; most have one. */
function decodeLong(bytes: Uint8Array, position: Position, end: number): number {
  let value = 0;
  for (let shift = 0; shift < 35 && position.at < end; shift += 7) {
    const byte = bytes[position.at++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
  throw new FormatProblem(`some postings are cut at ${position.at} of ${end} bytes`);
}

/** Returns how often a row has the term; 0 when it has not. */
export function frequencyOf(list: PostingList, row: number): number {
  const block = blockOfRow(list.blocks.lastRows, row);
  if (block === list.blocks.lastRows.length) return 0;
  const buffer = createBlockBuffer();
  const at = firstOf(buffer, decodeBlock(list, block, buffer)).rows.indexOf(row);
  return at === -1 ? 0 : buffer.frequencies[at]!;
}

/** Returns the block that has a row if any does; the number of blocks when the list ends before. */
function blockOfRow(lastRows: Uint32Array, row: number): number {
  let low = 0;
  let high = lastRows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (lastRows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
