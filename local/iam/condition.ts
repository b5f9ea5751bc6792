import { InvalidPolicy, listOf } from './policy.ts';
import type { ConditionValue, RequestContext, Statement } from './policy.ts';
import { matchesArn, matchesWildcard } from './wildcard.ts';

/** A condition block, compiled: true when every operator and key of it holds. */
export type Condition = (context: RequestContext) => boolean;

type Compare = (expected: string, actual: string) => boolean;
type SetRule = 'ONE' | 'ForAllValues' | 'ForAnyValue';

interface Test {
  compare: Compare;
  isNegated: boolean;
  set: SetRule;
  ifExists: boolean;
}

const OPERATORS: Record<string, { compare: Compare; isNegated?: true }> = {
  StringEquals: { compare: (expected, actual) => expected === actual },
  StringNotEquals: { compare: (expected, actual) => expected === actual, isNegated: true },
  StringLike: { compare: matchesWildcard },
  StringNotLike: { compare: matchesWildcard, isNegated: true },
  ArnEquals: { compare: matchesArn },
  ArnLike: { compare: matchesArn },
  Bool: { compare: (expected, actual) => expected.toLowerCase() === actual.toLowerCase() },
};

/** Keys that the local services fill in. A key outside of these never has a value. */
const KNOWN_KEYS = new Set(
  [
    'aws:SecureTransport',
    'aws:PrincipalArn',
    'aws:PrincipalAccount',
    'aws:SourceArn',
    'aws:SourceAccount',
    'dynamodb:LeadingKeys',
    'dynamodb:Attributes',
    'dynamodb:Select',
    'dynamodb:ReturnValues',
    's3:prefix',
    's3:delimiter',
    's3:max-keys',
  ].map((key) => key.toLowerCase()),
);

/** Compiles the condition of a statement; fails with InvalidPolicy on whatever could not be enforced. */
export function compileCondition(statement: Statement, place: string): Condition {
  const tests: Condition[] = [];
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    const test = parseOperator(operator, place);
    for (const [key, value] of Object.entries(keys)) {
      refuseUnenforceable(statement, { operator, key, test }, place);
      tests.push(
        compileKey(test, key.toLowerCase(), expectedValues(value, `${place}.Condition.${operator}.${key}`)),
      );
    }
  }
  return (context) => tests.every((holds) => holds(context));
}

function parseOperator(operator: string, place: string): Test {
  const match = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator);
  const known = match?.[2] === undefined ? undefined : OPERATORS[match[2]];
  if (!match || !known) {
    throw new InvalidPolicy(
      `${place}.Condition has the operator "${operator}", which is not supported here; expected one of ${Object.keys(OPERATORS).join(', ')}, ` +
        `each also with ForAllValues:, ForAnyValue: or IfExists`,
    );
  }
  return {
    compare: known.compare,
    isNegated: known.isNegated === true,
    set: (match[1] as SetRule | undefined) ?? 'ONE',
    ifExists: match[3] !== undefined,
  };
}

/** A key that never has a value may only make an Allow fail: anything else would allow what AWS denies. */
function refuseUnenforceable(
  statement: Statement,
  { operator, key, test }: { operator: string; key: string; test: Test },
  place: string,
): void {
  if (KNOWN_KEYS.has(key.toLowerCase())) return;
  const holdsWithoutValue = test.isNegated || test.ifExists || test.set === 'ForAllValues';
  if (statement.Effect === 'Allow' && !holdsWithoutValue) return;
  throw new InvalidPolicy(
    `${place}.Condition.${operator} tests the key "${key}", which no local service fills in, so this ${statement.Effect} could not be enforced`,
  );
}

function expectedValues(value: ConditionValue, place: string): string[] {
  const values = listOf(value).map(String);
  for (const text of values) {
    if (/\$\{(?!\*\}|\?\}|\$\})/.test(text)) {
      throw new InvalidPolicy(`${place} is "${text}": policy variables are not supported here`);
    }
  }
  return values;
}

function compileKey(test: Test, key: string, expected: string[]): Condition {
  const matches = (actual: string): boolean =>
    expected.some((value) => test.compare(value, actual)) !== test.isNegated;
  return (context) => {
    const actual = contextValues(context, key);
    if (actual.length === 0) {
      return test.ifExists || test.set === 'ForAllValues' || (test.isNegated && test.set === 'ONE');
    }
    return test.set === 'ForAllValues' ? actual.every(matches) : actual.some(matches);
  };
}

function contextValues(context: RequestContext, key: string): readonly string[] {
  for (const [name, value] of Object.entries(context)) {
    if (name.toLowerCase() === key) return typeof value === 'string' ? [value] : value;
  }
  return [];
}
