import type { Bitmap } from '../format/bitmap.ts';
import { NumberList } from '../format/number-list.ts';
import { ANALYZER, analyzeText, findPlainWord, type PlainWord } from './analyze-text.ts';
import { detectPlainLanguage, type LatinLanguage } from './detect-language.ts';
import { orderTerms } from './order-terms.ts';
import { splitPlainText } from './tokenize.ts';

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
  const postings = new Postings();
  const plainWords = new PlainWords(postings);
  const lengths = new Uint32Array(texts.length);
  texts.forEach((text, row) => {
    if (text === null) return;
    const plain = splitPlainText(text);
    lengths[row] = plain === null ? addWords(postings, text, row) : plainWords.addTo(row, plain);
  });
  return { analyzer: ANALYZER, lengths, plainRows: null, terms: () => postings.terms() };
}

function addWords(postings: Postings, text: string, row: number): number {
  const words = analyzeText(text);
  for (const { term, stem } of words) {
    postings.add(postings.idOf(term), row);
    if (stem !== null) postings.add(postings.idOf(stem), row);
  }
  return words.length;
}

/** A word with the numbers of its term and of its stems. */
interface NumberedWord {
  languages: readonly number[];
  id: number;
  /** By language; -1 for what is not stemmed. */
  stemIds: Partial<Record<LatinLanguage, number>>;
  word: PlainWord;
}

/** The words of plain texts, each looked up once for all rows: what takes time is to compute the same of the same words again. */
class PlainWords {
  private readonly known = new Map<string, NumberedWord | null>();
  private readonly postings: Postings;

  constructor(postings: Postings) {
    this.postings = postings;
  }

  /** Adds the words of a row and returns their number. */
  addTo(row: number, spelled: readonly string[]): number {
    const words: NumberedWord[] = [];
    for (const each of spelled) {
      const found = this.find(each);
      if (found !== null) words.push(found);
    }
    const language = detectPlainLanguage(words);
    for (const word of words) {
      this.postings.add(word.id, row);
      const stemId = (word.stemIds[language] ??= this.findStem(word, language));
      if (stemId >= 0) this.postings.add(stemId, row);
    }
    return words.length;
  }

  private find(spelled: string): NumberedWord | null {
    const known = this.known.get(spelled);
    if (known !== undefined) return known;
    const word = findPlainWord(spelled);
    const { term, languages } = word;
    const found = term === '' ? null : { word, languages, id: this.postings.idOf(term), stemIds: {} };
    this.known.set(spelled, found);
    return found;
  }

  private findStem({ word }: NumberedWord, language: LatinLanguage): number {
    const stem = word.stemIn(language);
    return stem === null ? -1 : this.postings.idOf(stem);
  }
}

/** Postings as they come, row by row, and the newest of each term. 12 bytes for each. */
class Postings {
  private readonly idByTerm = new Map<string, number>();
  private readonly newest = new NumberList();
  private readonly counts = new NumberList();
  private readonly ids = new NumberList();
  private readonly rows = new NumberList();
  private readonly frequencies = new NumberList();

  /** Returns the number of a term; every term that is asked for is then added. */
  idOf(term: string): number {
    const known = this.idByTerm.get(term);
    if (known !== undefined) return known;
    const id = this.counts.length;
    this.idByTerm.set(term, id);
    this.counts.push(0);
    this.newest.push(0);
    return id;
  }

  /** Rows come in rising order. */
  add(id: number, row: number): void {
    const count = this.counts.get(id);
    const newest = this.newest.get(id);
    if (count > 0 && this.rows.get(newest) === row) {
      this.frequencies.set(newest, this.frequencies.get(newest) + 1);
      return;
    }
    this.counts.set(id, count + 1);
    this.newest.set(id, this.ids.length);
    this.ids.push(id);
    this.rows.push(row);
    this.frequencies.push(1);
  }

  *terms(): Generator<TermRows> {
    const { ends, rows, frequencies } = this.sortByTerm();
    const terms = [...this.idByTerm.keys()];
    for (const id of orderTerms(terms)) {
      const [start, end] = [id === 0 ? 0 : ends[id - 1]!, ends[id]!];
      yield {
        term: terms[id]!,
        rows: rows.subarray(start, end),
        frequencies: frequencies.subarray(start, end),
      };
    }
  }

  /** Brings the postings of each term together, in the order in which they came. */
  private sortByTerm(): { ends: Uint32Array; rows: Uint32Array; frequencies: Uint32Array } {
    const next = new Uint32Array(this.counts.length);
    for (let id = 1; id < next.length; id++) next[id] = next[id - 1]! + this.counts.get(id - 1);
    const rows = new Uint32Array(this.ids.length);
    const frequencies = new Uint32Array(this.ids.length);
    for (let posting = 0; posting < rows.length; posting++) {
      const at = next[this.ids.get(posting)]!++;
      rows[at] = this.rows.get(posting);
      frequencies[at] = this.frequencies.get(posting);
    }
    return { ends: next, rows, frequencies };
  }
}
