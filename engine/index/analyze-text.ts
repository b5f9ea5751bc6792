import type { StringList } from '../format/string-list.ts';
import { detectLanguage, languagesOf, LATIN_LANGUAGES, type LatinLanguage } from './detect-language.ts';
import { prepareWord, stemRules, stemWord, type StemLanguage } from './stem-word.ts';
import { foldTerm, termOf, tokenize, type Token } from './tokenize.ts';
import { WordMemo } from './word-memo.ts';

/** Names the rules of this file and of those that it imports; it is stored in each segment. */
export const ANALYZER = 'words-2';

/** The analyzer before: the same words without stems. Its rows are searched by exact words alone. */
export const PLAIN_ANALYZER = 'words-1';

/** Starts the term of a stem. No word holds it, so that stems and words share one dictionary. */
const STEM_MARK = '\u0002';

/** A word of a text with the two terms that it is found by. */
export interface AnalyzedWord extends Omit<Token, 'word'> {
  /** The term of its stem: mark, language and stem; null for what is not stemmed. */
  stem: string | null;
}

/** A word of a query. */
export interface QueryWord {
  term: string;
  /** Its stems in every language that a text may have; empty for what is not stemmed. A row has at most one of them. */
  stems: string[];
}

/** What is known of a word before its text is: how its stem is made, and the terms of the stems that were made. */
interface StemmedWord {
  prepared: string;
  rules: ReturnType<typeof stemRules>;
  terms: Partial<Record<StemLanguage, string>>;
}

const stemmedWords = new WordMemo<StemmedWord>((word) => {
  const prepared = prepareWord(word);
  return { prepared, rules: stemRules(prepared), terms: {} };
});

/** Returns the words of a text. Stems are of the language that the whole text seems to be in. */
export function analyzeText(text: string): AnalyzedWord[] {
  const tokens = Array.from(tokenize(text));
  const language = detectLanguage(tokens);
  return tokens.map(({ word, term, start, end }) => ({ term, start, end, stem: stemOf(word, language) }));
}

function stemOf(word: string, textLanguage: LatinLanguage): string | null {
  const stemmed = stemmedWords.get(word);
  const { rules } = stemmed;
  return rules === null ? null : stemTerm(stemmed, rules === 'latin' ? textLanguage : rules);
}

/** A word of ASCII, once for all the texts that it stands in. */
export interface PlainWord {
  /** Empty for what has no letter and no digit. */
  term: string;
  /** The languages that it is a function word of. */
  languages: readonly number[];
  /** Returns the term of its stem in the language of a text; null for what is not stemmed. */
  stemIn: (language: LatinLanguage) => string | null;
}

/** Looks up a word as it stands in a text of ASCII. */
export function findPlainWord(word: string): PlainWord {
  const term = termOf(word);
  return { term, languages: languagesOf(term), stemIn: (language) => stemOf(word, language) };
}

function stemTerm({ prepared, terms }: StemmedWord, language: StemLanguage): string {
  return (terms[language] ??= STEM_MARK + language + foldTerm(stemWord(prepared, language)));
}

/** Returns the distinct words of a query, ascending by term. Its language is not guessed: the stems of all are looked for. */
export function analyzeQuery(text: string): QueryWord[] {
  const found = new Map<string, QueryWord>();
  for (const { term, word } of tokenize(text)) {
    // Of spellings that fold to one term the first counts: stems of two could both be in one row.
    if (!found.has(term)) found.set(term, { term, stems: queryStems(stemmedWords.get(word)) });
  }
  return [...found.values()].sort((a, b) => (a.term < b.term ? -1 : 1));
}

function queryStems(word: StemmedWord): string[] {
  const { rules } = word;
  if (rules === null) return [];
  if (rules !== 'latin') return [stemTerm(word, rules)];
  return LATIN_LANGUAGES.map((language) => stemTerm(word, language));
}

/** Returns the language that the term of a stem is of. */
export function stemLanguage(stem: string): string {
  return stem.slice(STEM_MARK.length, STEM_MARK.length + 2);
}

/** Returns the languages that an ascending list of terms has stems of. */
export function stemLanguages(terms: StringList): Set<string> {
  const found = new Set<string>();
  let at = terms.lowerBound(STEM_MARK);
  while (at < terms.length && terms.get(at).startsWith(STEM_MARK)) {
    const language = stemLanguage(terms.get(at));
    found.add(language);
    at = terms.lowerBound(STEM_MARK + language + '\uffff');
  }
  return found;
}
