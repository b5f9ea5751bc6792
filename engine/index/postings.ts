import { ByteReader, FormatProblem } from '../format/byte-reader.ts';
import { ByteWriter, bytesOf } from '../format/byte-writer.ts';
import { NumberList } from '../format/number-list.ts';
import { readStringList, type StringList } from '../format/string-list.ts';
import { VarintReader } from '../format/varint-reader.ts';
import type { KeywordContent, TermRows } from './index-texts.ts';
import {
  addFrontier,
  BLOCK_POSTINGS,
  BlockCollector,
  BlockIndexWriter,
  type PostingBlocks,
} from './posting-blocks.ts';

/** The dictionary of a stored keyword index. */
export interface TermDictionary {
  terms: StringList;
  /** Where each term's postings start; one more than terms. */
  offsets: Uint32Array;
}

/** The bytes of the sections that a keyword index is stored in. */
interface EncodedKeywords {
  dictionary: Uint8Array;
  postings: Uint8Array;
  blocks: Uint8Array;
}

/** Writes a keyword index, one term after the other. */
export function encodeKeywords({
  terms,
  lengths,
}: Pick<KeywordContent, 'terms' | 'lengths'>): EncodedKeywords {
  const dictionary = new DictionaryWriter();
  const postings = new ByteWriter();
  const blockIndex = new BlockIndexWriter();
  let number = 0;
  for (const found of terms()) {
    const blocks = writePostings(postings, found, lengths);
    if (blocks !== null) blockIndex.add(number, blocks);
    dictionary.add(found.term, postings.length);
    number += 1;
  }
  return { dictionary: dictionary.finish(), postings: postings.finish(), blocks: blockIndex.finish() };
}

/** Writes the postings of a term, and returns their blocks when there are more than one. */
function writePostings(writer: ByteWriter, found: TermRows, lengths: Uint32Array): PostingBlocks | null {
  const { rows, frequencies } = found;
  const collector = rows.length > BLOCK_POSTINGS ? new BlockCollector() : null;
  const start = writer.length;
  let previous = -1;
  for (let first = 0; first < rows.length; first += BLOCK_POSTINGS) {
    const end = Math.min(rows.length, first + BLOCK_POSTINGS);
    for (let i = first; i < end; i++) {
      writer.varint(rows[i]! - previous - 1).varint(frequencies[i]! - 1);
      previous = rows[i]!;
    }
    if (collector === null) return null;
    const block = { rows: rows.subarray(first, end), frequencies: frequencies.subarray(first, end) };
    addFrontier(collector, block, lengths);
    collector.endBlock(previous, writer.length - start);
  }
  return collector?.finish() ?? null;
}

/** Characters of terms that are encoded at once: a call for each costs more than what it does. */
const BATCH_CHARACTERS = 16_384;

/** Writes the `terms` section without holding more than a few of the terms as strings. */
class DictionaryWriter {
  private readonly offsets = new NumberList();
  private readonly textEnds = new NumberList();
  private readonly text = new ByteWriter();
  private readonly encoder = new TextEncoder();
  private batch: string[] = [];
  private characters = 0;

  constructor() {
    this.offsets.push(0);
    this.textEnds.push(0);
  }

  add(term: string, postingsEnd: number): void {
    this.batch.push(term);
    this.characters += term.length;
    this.offsets.push(postingsEnd);
    if (this.characters >= BATCH_CHARACTERS) this.flush();
  }

  private flush(): void {
    const start = this.text.length;
    const bytes = this.encoder.encode(this.batch.join(''));
    const isAscii = bytes.length === this.characters;
    this.text.raw(bytes);
    let end = start;
    for (const term of this.batch) {
      end += isAscii ? term.length : this.encoder.encode(term).length;
      this.textEnds.push(end);
    }
    this.batch = [];
    this.characters = 0;
  }

  finish(): Uint8Array {
    this.flush();
    const count = this.offsets.length - 1;
    const writer = new ByteWriter().u32(count).raw(bytesOf(this.offsets.view())).u32(count);
    return writer.raw(bytesOf(this.textEnds.view())).raw(this.text.finish()).finish();
  }
}

/** Reads a dictionary that `encodeKeywords` wrote. */
export function decodeDictionary(bytes: Uint8Array): TermDictionary {
  const reader = new ByteReader(bytes);
  const count = reader.u32();
  const offsets = reader.u32Array(count + 1);
  for (let i = 0; i < count; i++) {
    if (offsets[i]! > offsets[i + 1]!) throw new FormatProblem(`term ${i} has a negative length of postings`);
  }
  const terms = readStringList(reader);
  if (terms.length !== count)
    throw new FormatProblem(`${terms.length} terms have ${count} lists of postings`);
  return { terms, offsets };
}

/** Reads all postings of term `index` of a segment of `rowCount` rows. */
export function decodePostings(
  dictionary: TermDictionary,
  postings: Uint8Array,
  index: number,
  rowCount: number,
): Omit<TermRows, 'term'> {
  const [start, end] = [dictionary.offsets[index]!, dictionary.offsets[index + 1]!];
  if (end > postings.length) throw new FormatProblem(`the postings end at ${postings.length}, not at ${end}`);
  const reader = new VarintReader(postings.subarray(start, end));
  const rows = new Uint32Array((end - start) >>> 1);
  const frequencies = new Uint32Array(rows.length);
  let count = 0;
  for (let row = -1; !reader.isAtEnd; count++) {
    row += reader.next() + 1;
    if (row >= rowCount) throw new FormatProblem(`a posting names row ${row} of ${rowCount}`);
    rows[count] = row;
    frequencies[count] = reader.next() + 1;
  }
  return { rows: rows.subarray(0, count), frequencies: frequencies.subarray(0, count) };
}
