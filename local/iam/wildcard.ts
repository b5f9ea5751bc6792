/** Any run of characters, and any one character. */
export const ANY_RUN = Symbol('*');
export const ANY_ONE = Symbol('?');

/** A pattern, part by part: a character that stands for itself, or a wildcard. */
export type Pattern = readonly (string | typeof ANY_RUN | typeof ANY_ONE)[];

const WILDCARDS: Readonly<Record<string, typeof ANY_RUN | typeof ANY_ONE>> = { '*': ANY_RUN, '?': ANY_ONE };

/** Reads a text in which `*` is any run of characters and `?` is any one. */
export function parsePattern(text: string): Pattern {
  return Array.from({ length: text.length }, (_, index) => {
    const character = text.charAt(index);
    return WILDCARDS[character] ?? character;
  });
}

/**
 * Tells whether `value` matches `pattern`. Backtracks to the latest `*` only, so the cost is at most pattern × value,
 * whatever the pattern.
 */
export function matchesPattern(pattern: Pattern, value: string): boolean {
  let p = 0;
  let v = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (v < value.length) {
    const expected = pattern[p];
    if (expected === ANY_RUN) {
      starAt = p++;
      resumeAt = v;
    } else if (expected === ANY_ONE || (expected !== undefined && expected === value[v])) {
      p++;
      v++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      v = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[p] === ANY_RUN) p++;
  return p === pattern.length;
}

/** Tells whether `value` matches a text with wildcards. */
export function matchesWildcard(text: string, value: string): boolean {
  return matchesPattern(parsePattern(text), value);
}

const ARN_PARTS = 6;

/** Splits an ARN into its six parts; the last keeps its colons. Undefined when there are fewer. */
export function splitArn(arn: string): string[] | undefined {
  const parts = arn.split(':');
  if (parts.length < ARN_PARTS || parts[0] !== 'arn') return undefined;
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
}

function splitPattern(pattern: Pattern): Pattern[] {
  const parts: Pattern[] = [];
  let start = 0;
  while (parts.length < ARN_PARTS - 1) {
    const colon = pattern.indexOf(':', start);
    if (colon < 0) break;
    parts.push(pattern.slice(start, colon));
    start = colon + 1;
  }
  return [...parts, pattern.slice(start)];
}

/** Tells whether an ARN matches a pattern part by part: a wildcard never reaches over a colon of the first five parts. */
export function matchesArn(pattern: Pattern, arn: string): boolean {
  if (pattern.length === 1 && pattern[0] === ANY_RUN) return true;
  const expected = splitPattern(pattern);
  const actual = splitArn(arn);
  if (expected.length < ARN_PARTS || !actual) return false;
  return expected.every((part, position) => matchesPattern(part, actual[position] ?? ''));
}
