import { compileCondition } from './condition.ts';
import type { Condition } from './condition.ts';
import { certainKeys } from './context-keys.ts';
import { compileText } from './policy-text.ts';
import type { TextRules } from './policy-text.ts';
import { InvalidPolicy, listOf } from './policy.ts';
import type { PolicyDocument, RequestContext, Statement } from './policy.ts';
import { compilePrincipal } from './principal.ts';
import type { PrincipalMatch } from './principal.ts';
import type { Principal } from './session.ts';
import { matchesArn, matchesPattern, parsePattern, splitArn } from './wildcard.ts';

/** A statement that was checked once and is cheap to evaluate. */
export interface CompiledStatement {
  effect: 'Allow' | 'Deny';
  /** Whether the caller is meant; identity-based policies mean whoever they belong to. */
  concerns(principal: Principal): PrincipalMatch;
  applies(action: string, resource: string, context: RequestContext): boolean;
}

/** What a policy belongs to: an identity, a resource, or the trust of a role, which names no resource. */
type PolicyKind = 'IDENTITY' | 'RESOURCE' | 'TRUST';

const STATEMENT_KEYS = new Set([
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

/** Compiles every statement of a policy; fails with InvalidPolicy on whatever could not be enforced. `tags` are those of the role. */
export function compilePolicy(
  document: PolicyDocument,
  place: string,
  kind: PolicyKind = 'IDENTITY',
  tags: readonly string[] = [],
): CompiledStatement[] {
  if (
    document.Version !== undefined &&
    document.Version !== '2012-10-17' &&
    document.Version !== '2008-10-17'
  ) {
    throw new InvalidPolicy(`${place}.Version is "${document.Version}"; expected 2012-10-17`);
  }
  const statements = listOf(document.Statement);
  if (statements.length === 0) throw new InvalidPolicy(`${place}.Statement is empty; expected at least one`);
  const texts = { hasVariables: document.Version === '2012-10-17', certainKeys: certainKeys(kind, tags) };
  return statements.map((statement, index) =>
    compileStatement(statement, { kind, texts }, `${place}.Statement[${index}]`),
  );
}

interface Rules {
  kind: PolicyKind;
  texts: TextRules;
}

function compileStatement(statement: Statement, { kind, texts }: Rules, place: string): CompiledStatement {
  for (const key of Object.keys(statement)) {
    const isOfResources = key === 'Principal' || key === 'NotPrincipal';
    if (!STATEMENT_KEYS.has(key) && !(isOfResources && kind !== 'IDENTITY'))
      throw new InvalidPolicy(`${place} has the element "${key}", which is not supported here`);
  }
  const effect: string = statement.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new InvalidPolicy(`${place}.Effect is ${JSON.stringify(effect)}; expected Allow or Deny`);
  }
  const isAction = compileActions(statement, place);
  const isResource = kind === 'TRUST' ? () => true : compileResources(statement, texts, place);
  const holds: Condition = compileCondition(statement, texts, place);
  return {
    effect,
    concerns: kind === 'IDENTITY' ? () => 'CALLER' : compilePrincipal(statement, place),
    applies: (action, resource, context) =>
      isAction(action) && isResource(resource, context) && holds(context),
  };
}

function compileActions(statement: Statement, place: string): (action: string) => boolean {
  const { patterns, isNegated } = pickElement(statement, { element: 'Action', not: 'NotAction' }, place);
  for (const pattern of patterns) {
    if (pattern !== '*' && !/^[a-z0-9-]+:[\w*?-]+$/i.test(pattern)) {
      throw new InvalidPolicy(`${place}.Action has "${pattern}"; expected "*" or <service>:<action>`);
    }
  }
  const lowered = patterns.map((pattern) => parsePattern(pattern.toLowerCase()));
  return (action) => lowered.some((pattern) => matchesPattern(pattern, action.toLowerCase())) !== isNegated;
}

/** A request without a resource of its own (`*`, as of ListBuckets) is matched by the pattern `*` alone. */
function compileResources(
  statement: Statement,
  rules: TextRules,
  place: string,
): (resource: string, context: RequestContext) => boolean {
  const { patterns, isNegated } = pickElement(statement, { element: 'Resource', not: 'NotResource' }, place);
  const texts = patterns.map((pattern) => {
    const where = `${place}.${isNegated ? 'NotResource' : 'Resource'}`;
    const parts = pattern === '*' ? undefined : splitArn(pattern);
    if (pattern !== '*' && !parts)
      throw new InvalidPolicy(`${where} has "${pattern}"; expected "*" or an ARN of six parts`);
    if (rules.hasVariables && parts?.slice(0, -1).some((part) => part.includes('${')))
      throw new InvalidPolicy(`${where} has "${pattern}"; expected variables behind the fifth colon alone`);
    const text = compileText(pattern, rules, where);
    if (text.uncertain !== undefined && (isNegated || statement.Effect === 'Deny'))
      throw new InvalidPolicy(
        `${where} has the variable ${text.uncertain}, which a request may lack, so this ${statement.Effect} could not be enforced; expected a default: \${${text.uncertain}, 'value'}`,
      );
    return text;
  });
  return (resource, context) =>
    texts.some(({ fill }) => {
      const pattern = fill(context);
      return pattern !== undefined && matchesArn(pattern, resource);
    }) !== isNegated;
}

function pickElement(
  statement: Statement,
  names: { element: 'Action' | 'Resource'; not: 'NotAction' | 'NotResource' },
  place: string,
): { patterns: string[]; isNegated: boolean } {
  const positive = statement[names.element];
  const negative = statement[names.not];
  if ((positive === undefined) === (negative === undefined)) {
    throw new InvalidPolicy(`${place} needs exactly one of ${names.element} and ${names.not}`);
  }
  const patterns: unknown[] = listOf(positive ?? negative);
  if (patterns.length === 0)
    throw new InvalidPolicy(`${place}.${names.element} is empty; expected at least one`);
  for (const pattern of patterns) {
    if (typeof pattern !== 'string') {
      throw new InvalidPolicy(
        `${place}.${names.element} has ${JSON.stringify(pattern)}; expected a string (is an intrinsic function unresolved?)`,
      );
    }
  }
  return { patterns: patterns as string[], isNegated: positive === undefined };
}
