import { ByteReader, FormatProblem } from '../format/byte-reader.ts';
import { ByteWriter, bytesOf } from '../format/byte-writer.ts';
import { readStringList, writeStringList, type StringList } from '../format/string-list.ts';
import { tokenize } from './tokenize.ts';

/** The rows that contain one term, ascending, and how often. */
export interface TermRows {
  rows: number[];
  frequencies: number[];
}

/** The keyword index of one segment before it is stored. */
export interface KeywordContent {
  terms: Map<string, TermRows>;
  /** Words per row; 0 for a row without text. */
  lengths: Uint32Array;
}

/** The dictionary of a stored keyword index. */
export interface TermDictionary {
  terms: StringList;
  /** Where each term's postings start; one more than terms. */
  offsets: Uint32Array;
}

/** Indexes the texts of rows by word. */
export function indexTexts(texts: readonly (string | null)[]): KeywordContent {
  const terms = new Map<string, TermRows>();
  const lengths = new Uint32Array(texts.length);
  texts.forEach((text, row) => {
    if (text === null) return;
    for (const { term } of tokenize(text)) {
      lengths[row]! += 1;
      addOccurrence(terms, term, row);
    }
  });
  return { terms, lengths };
}

function addOccurrence(terms: Map<string, TermRows>, term: string, row: number): void {
  const found = terms.get(term);
  if (found === undefined) terms.set(term, { rows: [row], frequencies: [1] });
  else if (found.rows.at(-1) === row) found.frequencies[found.frequencies.length - 1]! += 1;
  else {
    found.rows.push(row);
    found.frequencies.push(1);
  }
}

/** Writes the dictionary and the postings as two sections' bytes. */
export function encodePostings(terms: Map<string, TermRows>): {
  dictionary: Uint8Array;
  postings: Uint8Array;
} {
  const sorted = [...terms.keys()].sort();
  const postings = new ByteWriter();
  const offsets = new Uint32Array(sorted.length + 1);
  sorted.forEach((term, i) => {
    const { rows, frequencies } = terms.get(term)!;
    let previous = -1;
    rows.forEach((row, n) => {
      postings.varint(row - previous - 1).varint(frequencies[n]! - 1);
      previous = row;
    });
    offsets[i + 1] = postings.length;
  });
  const dictionary = new ByteWriter().u32(sorted.length).raw(bytesOf(offsets));
  writeStringList(dictionary, sorted);
  return { dictionary: dictionary.finish(), postings: postings.finish() };
}

/** Reads a dictionary that `encodePostings` wrote. */
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

/** Reads the postings of term `index` of a segment of `rowCount` rows. */
export function decodePostings(
  dictionary: TermDictionary,
  postings: Uint8Array,
  index: number,
  rowCount: number,
): TermRows {
  const end = dictionary.offsets[index + 1]!;
  if (end > postings.length) throw new FormatProblem(`the postings end at ${postings.length}, not at ${end}`);
  const rows: number[] = [];
  const frequencies: number[] = [];
  let at = dictionary.offsets[index]!;
  let previous = -1;
  const next = (): number => {
    let value = 0;
    for (let shift = 0; at < end && shift < 35; shift += 7) {
      const byte = postings[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new FormatProblem(`the postings of term ${index} are cut`);
  };
  while (at < end) {
    previous += next() + 1;
    if (previous >= rowCount) throw new FormatProblem(`a posting names row ${previous} of ${rowCount}`);
    rows.push(previous);
    frequencies.push(next() + 1);
  }
  return { rows, frequencies };
}
