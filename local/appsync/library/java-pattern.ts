/** Regular expressions as java.util.regex.Pattern writes them, where JavaScript writes them differently. */

import { limits } from '../limits.ts';
import { runWatched } from '../runtime/watchdog.ts';

/** POSIX classes, which are ASCII alone. */
const CLASSES: Record<string, string | undefined> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7f',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '!-\\/:-@\\[-`{-~',
  Graph: '!-~',
  Print: ' -~',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1f\\x7f',
  XDigit: '0-9a-fA-F',
  Space: ' \\t\\n\\x0b\\f\\r',
};

const ANCHORS: Record<string, string | undefined> = { A: '^', z: '$', Z: '(?=\\n?$)' };

/** One escape, one class bracket, one possessive or atomic construct, or any other character. */
const TOKEN = /\\p\{(\w+)\}|\\P\{(\w+)\}|\\Q(.*?)(?:\\E|$)|\\([\s\S])|[?*+}]\+|\(\?>|\[|\]|[\s\S]/gu;

function namedClass(name: string, isInside: boolean, isNegated: boolean): string {
  const content = CLASSES[name];
  if (content === undefined) return `\\${isNegated ? 'P' : 'p'}{${name}}`;
  if (isInside && isNegated)
    throw new Error(`\\P{${name}} inside of [ ] is not supported by the local runtime`);
  return isInside ? content : `[${isNegated ? '^' : ''}${content}]`;
}

function translateEscape(character: string, isInside: boolean): string {
  const anchor = isInside ? undefined : ANCHORS[character];
  if (anchor !== undefined) return anchor;
  if (character === 'h') return isInside ? ' \\t\\xa0' : '[ \\t\\xa0]';
  return `\\${character}`;
}

function translate(pattern: string): string {
  let isInside = false;
  return pattern.replace(TOKEN, (token: string, ...groups: unknown[]) => {
    const [named, negated, quoted, escaped] = groups as (string | undefined)[];
    if (named !== undefined) return namedClass(named, isInside, false);
    if (negated !== undefined) return namedClass(negated, isInside, true);
    if (quoted !== undefined) return quoted.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&');
    if (escaped !== undefined) return translateEscape(escaped, isInside);
    if (token === '(?>' || (token.length === 2 && !isInside)) {
      throw new Error(`'${token}' (possessive or atomic) is not supported by the local runtime`);
    }
    if (token === '[') return isInside ? '\\[' : ((isInside = true), token);
    if (token === ']') isInside = false;
    return token;
  });
}

function compile(pattern: string, isWhole: boolean): RegExp {
  const [leading = '', letters = ''] = /^\(\?([imsu]+)\)/.exec(pattern) ?? [];
  const translated = translate(pattern.slice(leading.length));
  // The `u` flag knows \p{L}, and refuses much that Java takes, such as [\w-.].
  const flags = `${letters.includes('i') ? 'i' : ''}${letters.includes('s') ? 's' : ''}`;
  try {
    const source = isWhole ? `^(?:${translated})$` : translated;
    return new RegExp(source, `${flags}${/\\[pP]\{/.test(translated) ? 'u' : ''}${isWhole ? '' : 'g'}`);
  } catch (cause) {
    throw new Error(`'${pattern}' is not a pattern: ${(cause as Error).message}`, { cause });
  }
}

/** Steps that take some 10 ms. */
const UNWATCHED_STEPS = 1_000_000;
const MOST_COMPILED = 500;

interface Bounds {
  /** Quantifiers of variable length; infinite for what is not judged: quantified groups, references, and groups that look around. */
  quantifiers: number;
  alternatives: number;
}

interface Compiled extends Bounds {
  expression: RegExp;
}

const compiled = new Map<string, Compiled>();

function compileOnce(pattern: string, isWhole = true): Compiled {
  const key = `${isWhole ? '=' : '~'}${pattern}`;
  const known = compiled.get(key);
  if (known) return known;
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  const made = analyze(compile(pattern, isWhole));
  compiled.set(key, made);
  return made;
}

function analyze(expression: RegExp): Compiled {
  const { source } = expression;
  const plain = source
    .replace(/\\[\s\S]/g, 'x')
    .replace(/\[[^\]]*\]/g, 'x')
    .replaceAll('(?:', '(');
  const isJudged = !/\\[1-9k]/.test(source) && !/\)[*+?{]|\(\?/.test(plain);
  const quantifiers = plain.match(/[*+?]|\{\d*,\d*\}/g)?.length ?? 0;
  return {
    expression,
    quantifiers: isJudged ? Math.max(1, quantifiers) : Infinity,
    alternatives: plain.split('|').length,
  };
}

/** Tells whether the whole value matches, as Pattern.matches does. Some patterns take ages on some values: they end. */
export function matchesPattern(pattern: string, value: string): boolean {
  const { expression, ...bounds } = compileOnce(pattern);
  return watched(bounds, value.length, () => expression.test(value));
}

/** Runs a search in a text, under the watchdog when it may take long. */
function watched<T>({ quantifiers, alternatives }: Bounds, characters: number, work: () => T): T {
  // From above: each quantifier may end at each character.
  const steps = alternatives * (characters + 1) ** quantifiers;
  return steps <= UNWATCHED_STEPS ? work() : runWatched(limits.handlerMs, work);
}

interface Replacement {
  pattern: string;
  /** `$1` stands for a group. */
  by: string;
  isAll: boolean;
}

/** Replaces the first match of a pattern, or all of them. */
export function replacePattern(value: string, { pattern, by, isAll }: Replacement): string {
  const { expression, ...bounds } = compileOnce(pattern, false);
  // The search begins again at every character.
  const search = { ...bounds, quantifiers: bounds.quantifiers + 1 };
  return watched(search, value.length, () => {
    const once = isAll ? expression : new RegExp(expression.source, expression.flags.replace('g', ''));
    const matches = isAll ? [...value.matchAll(expression)].length : 1;
    const grown = value.length + matches * (by.length + (by.includes('$') ? value.length : 0));
    if (grown > limits.handlerJson)
      throw new Error(`the replaced text may grow beyond ${limits.handlerJson} characters`);
    return value.replace(once, by);
  });
}
