import type { Bitmap } from '../format/bitmap.ts';
import { NumberList } from '../format/number-list.ts';
import { ANALYZER, analyzeText } from './analyze-text.ts';

/** The rows that contain a term, ascending, and how often. The arrays are valid until the next term is taken. */
export interface TermRows {
  term: string;
  rows: Uint32Array;
  frequencies: Uint32Array;
}

/** The keyword index of one segment before it is stored. */
export interface KeywordContent {
  analyzer: string;
  /** Words per row; 0 for a row without text. */
  lengths: Uint32Array;
  /** Rows that have words and no stems, because the analyzer before indexed them; null when there are none, or when all are. */
  plainRows: Bitmap | null;
  /** Returns words and stems, ascending by term. */
  terms: () => Iterable<TermRows>;
}

/** Indexes the texts of rows by word and by stem. */
export function indexTexts(texts: readonly (string | null)[]): KeywordContent {
  const postings = new PostingChains();
  const lengths = new Uint32Array(texts.length);
  texts.forEach((text, row) => {
    if (text === null) return;
    const words = analyzeText(text);
    lengths[row] = words.length;
    for (const { term, stem } of words) {
      postings.add(term, row);
      if (stem !== null) postings.add(stem, row);
    }
  });
  return { analyzer: ANALYZER, lengths, plainRows: null, terms: () => postings.terms() };
}

const NONE = 0xffff_ffff;

/** Postings as they come, row by row: each term's stand in a chain. 12 bytes for each. */
class PostingChains {
  private readonly idByTerm = new Map<string, number>();
  private readonly first = new NumberList();
  private readonly last = new NumberList();
  private readonly rows = new NumberList();
  private readonly frequencies = new NumberList();
  private readonly next = new NumberList();

  add(term: string, row: number): void {
    const id = this.idByTerm.get(term);
    if (id === undefined) {
      this.idByTerm.set(term, this.first.length);
      const posting = this.append(row);
      this.first.push(posting);
      this.last.push(posting);
      return;
    }
    const last = this.last.get(id);
    if (this.rows.get(last) === row) {
      this.frequencies.set(last, this.frequencies.get(last) + 1);
      return;
    }
    const posting = this.append(row);
    this.next.set(last, posting);
    this.last.set(id, posting);
  }

  private append(row: number): number {
    this.rows.push(row);
    this.frequencies.push(1);
    this.next.push(NONE);
    return this.rows.length - 1;
  }

  *terms(): Generator<TermRows> {
    const rows = new NumberList();
    const frequencies = new NumberList();
    for (const term of [...this.idByTerm.keys()].sort()) {
      rows.clear();
      frequencies.clear();
      for (let at = this.first.get(this.idByTerm.get(term)!); at !== NONE; at = this.next.get(at)) {
        rows.push(this.rows.get(at));
        frequencies.push(this.frequencies.get(at));
      }
      yield { term, rows: rows.view(), frequencies: frequencies.view() };
    }
  }
}
