import { compileCondition } from './condition.ts';
import type { Condition } from './condition.ts';
import { InvalidPolicy, listOf } from './policy.ts';
import type { PolicyDocument, RequestContext, Statement } from './policy.ts';
import { compilePrincipal } from './principal.ts';
import type { PrincipalMatch } from './principal.ts';
import type { Principal } from './session.ts';
import { matchesArn, matchesWildcard, splitArn } from './wildcard.ts';

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

/** Compiles every statement of a policy; fails with InvalidPolicy on whatever could not be enforced. */
export function compilePolicy(
  document: PolicyDocument,
  place: string,
  kind: PolicyKind = 'IDENTITY',
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
  return statements.map((statement, index) =>
    compileStatement(statement, kind, `${place}.Statement[${index}]`),
  );
}

function compileStatement(statement: Statement, kind: PolicyKind, place: string): CompiledStatement {
  for (const key of Object.keys(statement)) {
    if (!STATEMENT_KEYS.has(key) && !(key === 'Principal' && kind !== 'IDENTITY'))
      throw new InvalidPolicy(`${place} has the element "${key}", which is not supported here`);
  }
  const effect: string = statement.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new InvalidPolicy(`${place}.Effect is ${JSON.stringify(effect)}; expected Allow or Deny`);
  }
  const isAction = compileActions(statement, place);
  const isResource = kind === 'TRUST' ? () => true : compileResources(statement, place);
  const holds: Condition = compileCondition(statement, place);
  return {
    effect,
    concerns: kind === 'IDENTITY' ? () => 'CALLER' : compilePrincipal(statement.Principal, effect, place),
    applies: (action, resource, context) => isAction(action) && isResource(resource) && holds(context),
  };
}

function compileActions(statement: Statement, place: string): (action: string) => boolean {
  const { patterns, isNegated } = pickElement(statement, { element: 'Action', not: 'NotAction' }, place);
  for (const pattern of patterns) {
    if (pattern !== '*' && !/^[a-z0-9-]+:[\w*?-]+$/i.test(pattern)) {
      throw new InvalidPolicy(`${place}.Action has "${pattern}"; expected "*" or <service>:<action>`);
    }
  }
  const lowered = patterns.map((pattern) => pattern.toLowerCase());
  return (action) => lowered.some((pattern) => matchesWildcard(pattern, action.toLowerCase())) !== isNegated;
}

function compileResources(statement: Statement, place: string): (resource: string) => boolean {
  const { patterns, isNegated } = pickElement(statement, { element: 'Resource', not: 'NotResource' }, place);
  for (const pattern of patterns) {
    if (pattern.includes('${')) {
      throw new InvalidPolicy(`${place}.Resource has "${pattern}": policy variables are not supported here`);
    }
    if (pattern !== '*' && !splitArn(pattern)) {
      throw new InvalidPolicy(`${place}.Resource has "${pattern}"; expected "*" or an ARN of six parts`);
    }
  }
  return (resource) => patterns.some((pattern) => matchesResource(pattern, resource)) !== isNegated;
}

/** A request without a resource of its own (`*`, as of ListBuckets) is matched by the pattern `*` alone. */
function matchesResource(pattern: string, resource: string): boolean {
  return pattern === '*' || matchesArn(pattern, resource);
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
