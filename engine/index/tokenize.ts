import { WordMemo } from './word-memo.ts';

/** A word of a text as the keyword index knows it, and where it stands (UTF-16 offsets). */
export interface Token {
  /** As it stands in the text. */
  word: string;
  term: string;
  start: number;
  end: number;
}

/** Longer words are cut, in documents and queries alike, so that no term can bloat the dictionary. */
const MAX_TERM_LENGTH = 64;

const hasLetterOrDigit = /[\p{L}\p{N}]/u;
const marks = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]/g;
const chunkPattern = /\S+/g;
const asciiOnly = /^[\x21-\x7e]+$/;
/**
 * The word rules of UAX #29 for ASCII: letters join over ' . : and digits over ' . , ; while an underscore joins anything.
 * Plain text is mostly ASCII, and this is some twenty times faster than Intl.Segmenter.
 */
const asciiWord = /(?:[A-Za-z](?:['.:](?=[A-Za-z]))?|[0-9](?:['.,;](?=[0-9]))?|_)+/g;

/** A run of letters with nothing but punctuation behind: most of plain text, and the fastest to split. */
const singleWord = /^([A-Za-z]+)[^A-Za-z0-9_]*$/;

/** Splits a text into words: folded in case and accents, without stemming. */
export function* tokenize(text: string): Generator<Token> {
  // Lone surrogates cannot be stored; their replacement is as long, so that positions stay.
  for (const chunk of text.toWellFormed().matchAll(chunkPattern)) {
    for (const { word, at } of splitChunk(chunk[0])) {
      const term = terms.get(word);
      if (term !== '') yield { word, term, start: chunk.index + at, end: chunk.index + at + word.length };
    }
  }
}

/** White space and what has a place on an ASCII keyboard: no other rules than those of `asciiWord` apply to it. */
const plainText = /^[\t-\r\x20-\x7e]*$/;

/** Returns the words of a plain text as they stand, some without a letter or digit; null when it is not plain ASCII. */
export function splitPlainText(text: string): readonly string[] | null {
  return plainText.test(text) ? (text.match(asciiWord) ?? []) : null;
}

/** Returns the term of a word; empty for what has no letter and no digit. */
export function termOf(word: string): string {
  return terms.get(word);
}

function splitChunk(chunk: string): Iterable<{ word: string; at: number }> {
  if (!asciiOnly.test(chunk)) return segmentWords(chunk);
  const single = singleWord.exec(chunk);
  return single === null ? asciiWords(chunk) : [{ word: single[1]!, at: 0 }];
}

function* asciiWords(chunk: string): Generator<{ word: string; at: number }> {
  for (const match of chunk.matchAll(asciiWord)) yield { word: match[0], at: match.index };
}

let segmenter: Intl.Segmenter | undefined;

function* segmentWords(chunk: string): Generator<{ word: string; at: number }> {
  // Making one takes 7 ms, which a process that never meets such text does not spend.
  segmenter ??= new Intl.Segmenter('und', { granularity: 'word' });
  for (const { segment, index } of segmenter.segment(chunk)) yield { word: segment, at: index };
}

/** The term of each word; empty for what has no letter and no digit. */
const terms = new WordMemo((word) => (hasLetterOrDigit.test(word) ? foldTerm(word) : ''));

/**
 * Folds a word: compatibility forms, then accents of Latin, Greek, Cyrillic, Hebrew and Arabic, then case. Vowel signs of
 * other scripts carry meaning and stay.
 */
export function foldTerm(word: string): string {
  const folded = asciiOnly.test(word)
    ? word.toLowerCase()
    : word
        .normalize('NFKD')
        .replace(marks, '')
        .toUpperCase()
        .toLowerCase()
        .replaceAll('ς', 'σ')
        .replace(marks, '')
        .normalize('NFC');
  return cut(folded);
}

function cut(term: string): string {
  if (term.length <= MAX_TERM_LENGTH) return term;
  return term.slice(0, MAX_TERM_LENGTH).toWellFormed();
}
