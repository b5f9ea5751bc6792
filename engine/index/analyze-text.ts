import type { StringList } from '../format/string-list.ts';
import { detectLanguage, LATIN_LANGUAGES, type LatinLanguage } from './detect-language.ts';
import { prepareWord, stemRules, stemWord, type StemLanguage } from './stem-word.ts';
import { foldTerm, tokenize, type Token } from './tokenize.ts';

/** Names the rules of this file and of those that it imports; it is stored in each segment. */
export const ANALYZER = 'words-2';

/** The analyzer before: the same words without stems. Its rows are searched by exact words alone. */
export const PLAIN_ANALYZER = 'words-1';

/** Starts the term of a stem. No word holds it, so that stems and words share one dictionary. */
const STEM_MARK = '\u0002';

/** A word of a text with the two terms that it is found by. */
export interface AnalyzedWord extends Token {
  /** The term of its stem: mark, language and stem; null for what is not stemmed. */
  stem: string | null;
}

/** A word of a query. */
export interface QueryWord {
  term: string;
  /** Its stems in every language that a text may have; empty for what is not stemmed. A row has at most one of them. */
  stems: string[];
}

/** Returns the words of a text. Stems are of the language that the whole text seems to be in. */
export function analyzeText(text: string): AnalyzedWord[] {
  const words = Array.from(tokenize(text), (token) => ({
    ...token,
    word: prepareWord(text.slice(token.start, token.end)),
  }));
  const language = detectLanguage(words);
  return words.map(({ word, ...token }) => ({ ...token, stem: stemOf(word, language) }));
}

function stemOf(word: string, textLanguage: LatinLanguage): string | null {
  const rules = stemRules(word);
  return rules === null ? null : stemTerm(word, rules === 'latin' ? textLanguage : rules);
}

function stemTerm(word: string, language: StemLanguage): string {
  return STEM_MARK + language + foldTerm(stemWord(word, language));
}

/** Returns the distinct words of a query, ascending by term. Its language is not guessed: the stems of all are looked for. */
export function analyzeQuery(text: string): QueryWord[] {
  const found = new Map<string, QueryWord>();
  for (const { term, start, end } of tokenize(text)) {
    // Of spellings that fold to one term the first counts: stems of two could both be in one row.
    if (!found.has(term)) found.set(term, { term, stems: queryStems(prepareWord(text.slice(start, end))) });
  }
  return [...found.values()].sort((a, b) => (a.term < b.term ? -1 : 1));
}

function queryStems(word: string): string[] {
  const rules = stemRules(word);
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
