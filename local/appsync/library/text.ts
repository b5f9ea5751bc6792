import type { LibraryFunction } from './handler-session.ts';
import { matchesPattern, replacePattern } from './java-pattern.ts';

function text(value: unknown, name = 'the argument'): string {
  if (typeof value !== 'string') throw new Error(`${name} must be a string, not ${JSON.stringify(value)}`);
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number')
    throw new Error(`the argument must be a number, not ${JSON.stringify(value)}`);
  return value;
}

const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '"': '\\"',
  "'": "\\'",
  '/': '\\/',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

function escapeCharacter(character: string): string {
  return ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** `application/x-www-form-urlencoded`: a space is `+`, and `*-._` stay. */
function urlEncode(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1);
}

function urlDecode(value: string): string {
  return decodeURIComponent(value.replaceAll('+', ' '));
}

function randomWithinRange(start: number, end: number): number {
  if (!Number.isInteger(start) || !Number.isInteger(end) || start >= end) {
    throw new Error(`start (${start}) must be an integer below end (${end})`);
  }
  return start + Math.floor(Math.random() * (end - start));
}

const FORMS: Record<string, string | undefined> = { nfc: 'NFC', nfd: 'NFD', nfkc: 'NFKC', nfkd: 'NFKD' };

function normalize(value: string, form: string): string {
  const known = FORMS[form.toLowerCase()];
  if (known === undefined) throw new Error(`'${form}' is not one of nfc, nfd, nfkc, nfkd`);
  return value.normalize(known);
}

/** Strings and numbers. */
export const textFunctions = {
  'util.escapeJavaScript': ([value]) =>
    text(value).replace(/[\\"'/\u0000-\u001f\u0080-\uffff]/g, escapeCharacter),
  'util.urlEncode': ([value]) => urlEncode(text(value)),
  'util.urlDecode': ([value]) => urlDecode(text(value)),
  'util.base64Encode': ([value]) => Buffer.from(text(value)).toString('base64'),
  'util.base64Decode': ([value]) => Buffer.from(text(value), 'base64').toString(),
  'util.matches': ([pattern, value]) =>
    matchesPattern(text(pattern, 'the pattern'), text(value, 'the value')),
  'string.replace': ([value, pattern, by, isAll]) =>
    replacePattern(text(value), { pattern: text(pattern), by: text(by), isAll: isAll === true }),
  'util.math.roundNum': ([value]) => Math.round(number(value)),
  'util.math.minVal': ([a, b]) => Math.min(number(a), number(b)),
  'util.math.maxVal': ([a, b]) => Math.max(number(a), number(b)),
  'util.math.randomDouble': () => Math.random(),
  'util.math.randomWithinRange': ([start, end]) => randomWithinRange(number(start), number(end)),
  'util.str.normalize': ([value, form]) => normalize(text(value), text(form, 'the form')),
} satisfies Record<string, LibraryFunction>;
