/**
 * Tells whether `value` matches `pattern`, where `*` is any run of characters and `?` is any one.
 * Backtracks to the latest `*` only, so the cost is at most pattern × value, whatever the pattern.
 */
export function matchesWildcard(pattern: string, value: string): boolean {
  let p = 0;
  let v = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (v < value.length) {
    const expected = pattern[p];
    if (expected === '*') {
      starAt = p++;
      resumeAt = v;
    } else if (expected === '?' || (expected !== undefined && expected === value[v])) {
      p++;
      v++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      v = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Splits an ARN into its six parts; the last keeps its colons. Undefined when there are fewer. */
export function splitArn(arn: string): string[] | undefined {
  const parts = arn.split(':');
  if (parts.length < 6 || parts[0] !== 'arn') return undefined;
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** Tells whether an ARN matches a pattern part by part: a wildcard never reaches over a colon of the first five parts. */
export function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const expected = splitArn(pattern);
  const actual = splitArn(arn);
  if (!expected || !actual) return false;
  return expected.every((part, position) => matchesWildcard(part, actual[position] ?? ''));
}
