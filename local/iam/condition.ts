import { OPERATORS } from './condition-operators.ts';
import type { Operator } from './condition-operators.ts';
import { InvalidPolicy, listOf } from './policy.ts';
import type { ConditionValue, RequestContext, Statement } from './policy.ts';

/** A condition block, compiled: true when every operator and key of it holds. */
export type Condition = (context: RequestContext) => boolean;

type SetRule = 'ONE' | 'ForAllValues' | 'ForAnyValue';

interface Test {
  operator: Operator;
  set: SetRule;
  ifExists: boolean;
}

/** Keys that the local services fill in. A key outside of these never has a value. */
const KNOWN_KEYS = new Set(
  [
    'aws:CurrentTime',
    'aws:EpochTime',
    'aws:PrincipalAccount',
    'aws:PrincipalArn',
    'aws:PrincipalIsAWSService',
    'aws:PrincipalServiceName',
    'aws:PrincipalType',
    'aws:RequestedRegion',
    'aws:ResourceAccount',
    'aws:SecureTransport',
    'aws:SourceAccount',
    'aws:SourceArn',
    'aws:SourceIp',
    'aws:ViaAWSService',
    'aws:userid',
    'dynamodb:Attributes',
    'dynamodb:LeadingKeys',
    'dynamodb:ReturnValues',
    'dynamodb:Select',
    's3:delimiter',
    's3:max-keys',
    's3:prefix',
    's3:TlsVersion',
  ].map((key) => key.toLowerCase()),
);

/** Compiles the condition of a statement; fails with InvalidPolicy on whatever could not be enforced. */
export function compileCondition(statement: Statement, place: string): Condition {
  const tests: Condition[] = [];
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    const isNull = operator === 'Null';
    const test = isNull ? undefined : parseOperator(operator, place);
    for (const [key, value] of Object.entries(keys)) {
      const where = `${place}.Condition.${operator}.${key}`;
      const expected = expectedValues(value, test?.operator ?? OPERATORS.Bool, where);
      const holdsWithoutValue = test ? isTrueWithoutValue(test) : expected.includes('true');
      refuseUnenforceable(statement, { operator, key, holdsWithoutValue }, place);
      const name = key.toLowerCase();
      tests.push(test ? compileKey(test, name, expected) : compileNull(name, expected));
    }
  }
  return (context) => tests.every((holds) => holds(context));
}

function parseOperator(operator: string, place: string): Test {
  const match = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator);
  const name = match?.[2] ?? '';
  const known = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (!match || !known) {
    throw new InvalidPolicy(
      `${place}.Condition has the operator "${operator}", which is not supported here; expected Null or one of ` +
        `${Object.keys(OPERATORS).join(', ')}, each also with ForAllValues:, ForAnyValue: or IfExists`,
    );
  }
  return {
    operator: known,
    set: (match[1] as SetRule | undefined) ?? 'ONE',
    ifExists: match[3] !== undefined,
  };
}

/** A key that never has a value may only make an Allow fail: anything else would allow what AWS denies. */
function refuseUnenforceable(
  statement: Statement,
  { operator, key, holdsWithoutValue }: { operator: string; key: string; holdsWithoutValue: boolean },
  place: string,
): void {
  if (KNOWN_KEYS.has(key.toLowerCase())) return;
  if (statement.Effect === 'Allow' && !holdsWithoutValue) return;
  throw new InvalidPolicy(
    `${place}.Condition.${operator} tests the key "${key}", which no local service fills in, so this ${statement.Effect} could not be enforced`,
  );
}

function isTrueWithoutValue({ operator, set, ifExists }: Test): boolean {
  return ifExists || set === 'ForAllValues' || (operator.isNegated === true && set === 'ONE');
}

function expectedValues(value: ConditionValue, operator: Operator | undefined, place: string): string[] {
  const values = listOf(value).map(String);
  for (const text of values) {
    if (/\$\{(?!\*\}|\?\}|\$\})/.test(text)) {
      throw new InvalidPolicy(`${place} is "${text}": policy variables are not supported here`);
    }
    if (operator?.isValue?.(text) === false)
      throw new InvalidPolicy(`${place} is "${text}"; expected ${operator.expectation ?? 'another value'}`);
  }
  return values;
}

function compileKey(test: Test, key: string, expected: string[]): Condition {
  const { compare, isNegated = false } = test.operator;
  const matches = (actual: string): boolean => expected.some((value) => compare(value, actual)) !== isNegated;
  return (context) => {
    const actual = contextValues(context, key);
    if (actual.length === 0) return isTrueWithoutValue(test);
    return test.set === 'ForAllValues' ? actual.every(matches) : actual.some(matches);
  };
}

/** `Null: { key: true }` holds when the request has no value for the key. */
function compileNull(key: string, expected: string[]): Condition {
  return (context) => expected.includes(String(contextValues(context, key).length === 0));
}

function contextValues(context: RequestContext, key: string): readonly string[] {
  for (const [name, value] of Object.entries(context)) {
    if (name.toLowerCase() === key) return typeof value === 'string' ? [value] : value;
  }
  return [];
}
