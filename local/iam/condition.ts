import { OPERATORS } from './condition-operators.ts';
import type { Operator } from './condition-operators.ts';
import { contextValues, isKnownKey, isMultivalued } from './context-keys.ts';
import { compileText } from './policy-text.ts';
import type { PolicyText, TextRules } from './policy-text.ts';
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

/** Compiles the condition of a statement; fails with InvalidPolicy on whatever could not be enforced. */
export function compileCondition(statement: Statement, rules: TextRules, place: string): Condition {
  const tests: Condition[] = [];
  for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
    const isNull = operator === 'Null';
    const test = isNull ? undefined : parseOperator(operator, place);
    for (const [key, value] of Object.entries(keys)) {
      const where = `${place}.Condition.${operator}.${key}`;
      const expected = expectedTexts(value, test?.operator ?? OPERATORS.Bool, where);
      const holdsWithoutValue = test ? isTrueWithoutValue(test) : expected.includes('true');
      refuseUnenforceable(statement, { operator, key, holdsWithoutValue }, place);
      const name = key.toLowerCase();
      if (!test) {
        tests.push(compileNull(name, expected));
        continue;
      }
      refuseWithoutSetOperator(test, key, where);
      const texts = expected.map((text) => compileText(text, rules, where));
      refuseUncertain(statement, test, { texts, where });
      tests.push(compileKey(test, name, texts));
    }
  }
  return (context) => tests.every((holds) => holds(context));
}

/** A request may have several values for such a key: without a set operator the service promises nothing. */
function refuseWithoutSetOperator({ set }: Test, key: string, where: string): void {
  if (set !== 'ONE' || !isMultivalued(key)) return;
  throw new InvalidPolicy(
    `${where} compares one value, but a request may have several values for ${key}; expected ForAllValues: or ForAnyValue: before the operator`,
  );
}

/** A variable without a value may only make an Allow fail. */
function refuseUncertain(
  { Effect }: Statement,
  { operator }: Test,
  { texts, where }: { texts: PolicyText[]; where: string },
): void {
  if (Effect === 'Allow' && operator.isNegated !== true) return;
  for (const { uncertain } of texts)
    if (uncertain !== undefined)
      throw new InvalidPolicy(
        `${where} has the variable ${uncertain}, which a request may lack, so this ${Effect} could not be enforced; expected a default: \${${uncertain}, 'value'}`,
      );
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
  if (isKnownKey(key)) return;
  if (statement.Effect === 'Allow' && !holdsWithoutValue) return;
  throw new InvalidPolicy(
    `${place}.Condition.${operator} tests the key "${key}", which no local service fills in, so this ${statement.Effect} could not be enforced`,
  );
}

function isTrueWithoutValue({ operator, set, ifExists }: Test): boolean {
  return ifExists || set === 'ForAllValues' || (operator.isNegated === true && set === 'ONE');
}

function expectedTexts(value: ConditionValue, operator: Operator | undefined, place: string): string[] {
  const values = listOf(value).map(String);
  for (const text of values) {
    if (operator?.isValue?.(text) === false)
      throw new InvalidPolicy(`${place} is "${text}"; expected ${operator.expectation ?? 'another value'}`);
  }
  return values;
}

type Comparison = (context: RequestContext) => ((actual: string) => boolean) | undefined;

/** What has no variables is prepared once. */
function prepare({ expecting }: Operator, { fill, hasVariables }: PolicyText): Comparison {
  const fixed = hasVariables ? undefined : fill({});
  if (fixed) {
    const compare = expecting(fixed);
    return () => compare;
  }
  return (context) => {
    const filled = fill(context);
    return filled && expecting(filled);
  };
}

function compileKey(test: Test, key: string, texts: PolicyText[]): Condition {
  const { isNegated = false } = test.operator;
  const comparisons = texts.map((text) => prepare(test.operator, text));
  return (context) => {
    const actual = contextValues(context, key);
    if (actual.length === 0) return isTrueWithoutValue(test);
    const compares = comparisons.flatMap((comparison) => comparison(context) ?? []);
    const matches = (value: string): boolean => compares.some((compare) => compare(value)) !== isNegated;
    return test.set === 'ForAllValues' ? actual.every(matches) : actual.some(matches);
  };
}

/** `Null: { key: true }` holds when the request has no value for the key. */
function compileNull(key: string, expected: string[]): Condition {
  return (context) => expected.includes(String(contextValues(context, key).length === 0));
}
