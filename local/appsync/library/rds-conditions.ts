import type { RdsText } from './rds-text.ts';

type Bag = Record<string, unknown>;

const COMPARISONS: Record<string, string | undefined> = {
  eq: '=',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};

/** Conditions on what a function makes of the column. */
const FUNCTIONS: Record<string, ((column: string) => string) | undefined> = {
  size: (column) => `LENGTH(${column})`,
  max: (column) => `MAX(${column})`,
  min: (column) => `MIN(${column})`,
  avg: (column) => `AVG(${column})`,
  sum: (column) => `SUM(${column})`,
  count: (column) => `COUNT(${column})`,
  maxDistinct: (column) => `MAX(DISTINCT ${column})`,
  minDistinct: (column) => `MIN(DISTINCT ${column})`,
  avgDistinct: (column) => `AVG(DISTINCT ${column})`,
  sumDistinct: (column) => `SUM(DISTINCT ${column})`,
  countDistinct: (column) => `COUNT(DISTINCT ${column})`,
};

const PATTERNS: Record<string, { words: string; pattern: (text: string) => string } | undefined> = {
  contains: { words: 'LIKE', pattern: (text) => `%${text}%` },
  notContains: { words: 'NOT LIKE', pattern: (text) => `%${text}%` },
  beginsWith: { words: 'LIKE', pattern: (text) => `${text}%` },
};

function bag(value: unknown, name: string): Bag {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Bag;
  throw new Error(`${name} must be an object such as { eq: … }, not ${JSON.stringify(value)}`);
}

function between(value: unknown, operand: string, text: RdsText): string {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new Error(`'between' takes a list of two values, not ${JSON.stringify(value)}`);
  }
  return `${operand} BETWEEN ${text.value(value[0])} AND ${text.value(value[1])}`;
}

function condition(text: RdsText, operand: string, operator: string, value: unknown): string {
  const comparison = COMPARISONS[operator];
  if (comparison !== undefined) return `${operand} ${comparison} ${text.value(value)}`;
  const pattern = PATTERNS[operator];
  if (pattern) return `${operand} ${pattern.words} ${text.value(pattern.pattern(String(value)))}`;
  const called = FUNCTIONS[operator];
  if (called) return conditionsOn(text, called(operand), bag(value, `'${operator}'`)).join(' AND ');
  if (operator === 'between') return between(value, operand, text);
  if (operator === 'attributeExists') return `${operand} IS ${value === true ? 'NOT NULL' : 'NULL'}`;
  throw new Error(`the condition on ${operand} has the unknown operator '${operator}'`);
}

function conditionsOn(text: RdsText, operand: string, operators: Bag): string[] {
  return Object.entries(operators).map(([operator, value]) => condition(text, operand, operator, value));
}

/** What each filter of a list says, in parentheses where it says several things. */
function partsOf(filters: unknown, text: RdsText): string[] {
  const list = Array.isArray(filters) ? (filters as unknown[]) : [filters];
  return list.flatMap((filter) => {
    const conditions = conditionsOf(filter, text);
    return conditions.length > 1 ? [`(${conditions.join(' AND ')})`] : conditions;
  });
}

/** `and`, `or` or `not` of a list of filters. */
function combination(key: string, filters: unknown, text: RdsText, isAlone: boolean): string[] {
  const parts = partsOf(filters, text);
  if (parts.length === 0) return [];
  const joined = parts.join(key === 'or' ? ' OR ' : ' AND ');
  if (key === 'not') return [`NOT (${joined})`];
  return [parts.length > 1 && !isAlone ? `(${joined})` : joined];
}

function conditionsOf(where: unknown, text: RdsText, isOutermost = false): string[] {
  const entries = Object.entries(bag(where, 'a condition')).filter(([, value]) => (value ?? null) !== null);
  return entries.flatMap(([key, value]) =>
    key === 'and' || key === 'or' || key === 'not'
      ? combination(key, value, text, isOutermost && entries.length === 1)
      : conditionsOn(text, text.name(key), bag(value, `the condition on '${key}'`)),
  );
}

/** Translates a condition object; empty when it says nothing. */
export function rdsConditions(where: unknown, text: RdsText): string {
  return conditionsOf(where, text, true).join(' AND ');
}
