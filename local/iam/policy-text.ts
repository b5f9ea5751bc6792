import { contextValues, isKnownKey, isMultivalued } from './context-keys.ts';
import { InvalidPolicy } from './policy.ts';
import type { RequestContext } from './policy.ts';
import { parsePattern } from './wildcard.ts';
import type { Pattern } from './wildcard.ts';

/** How a policy's texts are read. */
export interface TextRules {
  /** Policies of the version 2008-10-17 have no variables: `${` stands for itself there. */
  hasVariables: boolean;
  /** Keys that have a value in each request that the policy meets, in lower case. */
  certainKeys: ReadonlySet<string>;
}

/** A text of a policy, once for each request: its variables have the request's values, which are never wildcards. */
export interface PolicyText {
  /** Undefined when a variable has no value in this request, so that nothing matches. */
  fill: (context: RequestContext) => Pattern | undefined;
  /** A variable whose value may be missing; undefined when there is none. */
  uncertain: string | undefined;
  hasVariables: boolean;
}

interface Variable {
  key: string;
  fallback: string | undefined;
}

const ESCAPED = new Set(['*', '?', '$']);

/** Reads a text with wildcards and variables; fails with InvalidPolicy on a variable that could not be filled as in the service. */
export function compileText(text: string, rules: TextRules, place: string): PolicyText {
  if (!rules.hasVariables || !text.includes('${')) {
    const pattern = parsePattern(text);
    return { fill: () => pattern, uncertain: undefined, hasVariables: false };
  }
  const pieces: (Pattern | Variable)[] = [];
  let end = 0;
  for (const { index, 0: whole, groups } of text.matchAll(/\$\{(?<content>[^}]*)\}/g)) {
    const content = groups?.content ?? '';
    pieces.push(parsePattern(text.slice(end, index)));
    pieces.push(ESCAPED.has(content) ? [content] : readVariable(content, text, place));
    end = index + whole.length;
  }
  const rest = text.slice(end);
  if (rest.includes('${')) throw new InvalidPolicy(`${place} is "${text}"; expected a "}" after each "\${"`);
  pieces.push(parsePattern(rest));
  const variables = pieces.filter((piece): piece is Variable => 'key' in piece);
  const uncertain = variables.find(
    ({ key, fallback }) => fallback === undefined && !rules.certainKeys.has(key),
  )?.key;
  return { fill: (context) => fillPieces(pieces, context), uncertain, hasVariables: variables.length > 0 };
}

function readVariable(content: string, text: string, place: string): Variable {
  const match = /^(?<key>[\w:/.@-]+)(?:\s*,\s*'(?<fallback>[^']*)')?$/.exec(content.trim());
  const { key, fallback } = match?.groups ?? {};
  if (key === undefined)
    throw new InvalidPolicy(
      `${place} is "${text}"; expected \${key} or \${key, 'default'}, not "\${${content}}"`,
    );
  if (isMultivalued(key))
    throw new InvalidPolicy(`${place} is "${text}"; ${key} may have several values, so it is no variable`);
  if (!isKnownKey(key))
    throw new InvalidPolicy(`${place} is "${text}", but no local service fills in the variable ${key}`);
  return { key: key.toLowerCase(), fallback };
}

function fillPieces(pieces: readonly (Pattern | Variable)[], context: RequestContext): Pattern | undefined {
  const filled: Pattern[number][] = [];
  for (const piece of pieces) {
    if (!('key' in piece)) {
      filled.push(...piece);
      continue;
    }
    const value = contextValues(context, piece.key)[0] ?? piece.fallback;
    if (value === undefined) return undefined;
    filled.push(...Array.from({ length: value.length }, (_, index) => value.charAt(index)));
  }
  return filled;
}

/** Returns the text that a pattern was, for operators that know no wildcards. */
export function textOf(pattern: Pattern): string {
  return pattern.map((part) => (typeof part === 'symbol' ? part.description : part)).join('');
}
