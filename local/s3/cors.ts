import type { CorsRule } from './types.ts';

/** What a browser asks, in a preflight or with the request itself. */
interface CorsQuestion {
  origin: string;
  method: string;
  /** Lower-case names; empty for the request itself. */
  headers: string[];
}

/** Returns the headers that let a browser go on by the first rule that matches, or undefined when none does. */
export function corsHeaders(
  rules: readonly CorsRule[],
  question: CorsQuestion,
): Record<string, string> | undefined {
  for (const rule of rules) {
    const pattern = rule.allowedOrigins.find((allowed) => matchesOneStar(allowed, question.origin));
    if (pattern === undefined || !rule.allowedMethods.includes(question.method)) continue;
    if (!question.headers.every((name) => isHeaderAllowed(rule, name))) continue;
    return answerHeaders(rule, question, pattern);
  }
  return undefined;
}

function answerHeaders(rule: CorsRule, question: CorsQuestion, pattern: string): Record<string, string> {
  const headers: Record<string, string> = {
    'access-control-allow-origin': pattern === '*' ? '*' : question.origin,
    'access-control-allow-methods': rule.allowedMethods.join(', '),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
  if (pattern !== '*') headers['access-control-allow-credentials'] = 'true';
  if (question.headers.length > 0) headers['access-control-allow-headers'] = question.headers.join(', ');
  if (rule.exposedHeaders?.length) headers['access-control-expose-headers'] = rule.exposedHeaders.join(', ');
  if (rule.maxAgeSeconds !== undefined) headers['access-control-max-age'] = String(rule.maxAgeSeconds);
  return headers;
}

function isHeaderAllowed(rule: CorsRule, name: string): boolean {
  return (rule.allowedHeaders ?? []).some((allowed) => matchesOneStar(allowed.toLowerCase(), name));
}

function matchesOneStar(pattern: string, value: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === value;
  const head = pattern.slice(0, star);
  const tail = pattern.slice(star + 1);
  return value.length >= head.length + tail.length && value.startsWith(head) && value.endsWith(tail);
}
