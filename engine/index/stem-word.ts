import { stemmer as arabic } from '@orama/stemmers/arabic';
import { stemmer as danish } from '@orama/stemmers/danish';
import { stemmer as dutch } from '@orama/stemmers/dutch';
import { stemmer as english } from '@orama/stemmers/english';
import { stemmer as finnish } from '@orama/stemmers/finnish';
import { stemmer as french } from '@orama/stemmers/french';
import { stemmer as german } from '@orama/stemmers/german';
import { stemmer as hungarian } from '@orama/stemmers/hungarian';
import { stemmer as hindi } from '@orama/stemmers/indian';
import { stemmer as italian } from '@orama/stemmers/italian';
import { stemmer as norwegian } from '@orama/stemmers/norwegian';
import { stemmer as portuguese } from '@orama/stemmers/portuguese';
import { stemmer as romanian } from '@orama/stemmers/romanian';
import { stemmer as russian } from '@orama/stemmers/russian';
import { stemmer as spanish } from '@orama/stemmers/spanish';
import { stemmer as swedish } from '@orama/stemmers/swedish';
import { stemmer as turkish } from '@orama/stemmers/turkish';
import type { LatinLanguage } from './detect-language.ts';

/** A language whose words are stemmed. All but the Latin ones are known by their script. */
export type StemLanguage = LatinLanguage | 'ru' | 'ar' | 'hi';

const STEMMERS: Record<StemLanguage, (word: string) => string> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  it: italian,
  pt: portuguese,
  nl: dutch,
  sv: swedish,
  da: danish,
  no: norwegian,
  fi: finnish,
  hu: hungarian,
  ro: romanian,
  tr: turkish,
  ru: russian,
  ar: arabic,
  hi: hindi,
};

/** Words of letters in one script; what has digits, dots or underscores is a name or a number, and is not stemmed. */
const SCRIPTS: [pattern: RegExp, language: StemLanguage | 'latin'][] = [
  [/^[\p{Script=Latin}\p{M}']+$/u, 'latin'],
  [/^[\p{Script=Cyrillic}\p{M}]+$/u, 'ru'],
  [/^[\p{Script=Arabic}\p{M}]+$/u, 'ar'],
  [/^[\p{Script=Devanagari}\p{M}]+$/u, 'hi'],
];
const asciiLetters = /^[a-z']+$/;

/** What stands before the word: articles and prepositions of French and Italian that lost their vowel. */
const ELISION = /^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|dall|dell|nell|sull|all|un|quest)'(?=.)/;
/** Endings that are often typed without their accents, without which the rules do not know them. */
const RESTORED: Partial<Record<StemLanguage, [pattern: RegExp, ending: string][]>> = {
  es: [[/([cs])ion$/, '$1ión']],
  pt: [
    [/cao$/, 'ção'],
    [/coes$/, 'ções'],
  ],
};
const POSSESSIVE = /'s?$/;
const arabicMarks = /[\u064b-\u065f\u0670\u0640]/g;

/** Returns a word as stemmers take it: composed, in lower case, with a plain apostrophe. */
export function prepareWord(word: string): string {
  if (asciiLetters.test(word)) return word;
  return word.normalize('NFKC').toLowerCase().replaceAll('’', "'").replace(arabicMarks, '').slice(0, 64);
}

/** Returns which rules stem a prepared word: those of its script, or `latin` for those of its text's language; null for none. */
export function stemRules(prepared: string): StemLanguage | 'latin' | null {
  if (asciiLetters.test(prepared)) return 'latin';
  return SCRIPTS.find(([pattern]) => pattern.test(prepared))?.[1] ?? null;
}

/** Returns the stem of a prepared word by the rules of a language. */
export function stemWord(prepared: string, language: StemLanguage): string {
  let word = withoutAttached(prepared, language);
  for (const [pattern, ending] of RESTORED[language] ?? []) word = word.replace(pattern, ending);
  return STEMMERS[language](word) || prepared;
}

function withoutAttached(word: string, language: StemLanguage): string {
  if (!word.includes("'")) return word;
  if (language === 'fr' || language === 'it') return word.replace(ELISION, '');
  return word.replace(POSSESSIVE, '');
}
