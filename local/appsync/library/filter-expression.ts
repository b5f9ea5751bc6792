import { toAttribute } from './attribute-values.ts';
import { Placeholders } from './expression.ts';
import type { Expression } from './expression.ts';
import type { LibraryFunction } from './handler-session.ts';

type Filter = Record<string, unknown>;

interface Operand {
  /** An attribute, or the way to a member of one. */
  path: readonly string[];
  operator: string;
  value: unknown;
  /** Where the operand stands, as placeholders of values tell it: `or_0_` within the first alternative. */
  prefix: string;
  placeholders: Placeholders;
}

const COMPARISONS: Record<string, string | undefined> = {
  eq: '=',
  ne: '<>',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};
const TYPES: Record<string, string | undefined> = {
  _null: 'NULL',
  string: 'S',
  stringSet: 'SS',
  number: 'N',
  numberSet: 'NS',
  binary: 'B',
  binarySet: 'BS',
  boolean: 'BOOL',
  list: 'L',
  map: 'M',
};

function isFilter(value: unknown): value is Filter {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** What an operator of `filter` may be called; anything else that holds operators is a member of a map. */
const OPERATORS = new Set([
  ...Object.keys(COMPARISONS),
  ...'contains notContains beginsWith between in attributeExists attributeType size'.split(' '),
]);

function listOf({ path, operator, value }: Operand): unknown[] {
  const field = path.join('.');
  if (!Array.isArray(value))
    throw new Error(`'${operator}' of '${field}' takes a list, not ${JSON.stringify(value)}`);
  if (operator === 'between' && value.length !== 2)
    throw new Error(`'between' of '${field}' takes two values, not ${value.length}`);
  if (value.length === 0) throw new Error(`'${operator}' of '${field}' takes at least one value`);
  return value as unknown[];
}

/** Returns the placeholder of a value, named after all that leads to it: `:or_0_age_between_1`. */
function placeholderOf({ path, operator, prefix, placeholders }: Operand, value: unknown, nth = ''): string {
  return placeholders.value(`${prefix}${path.join('_')}_${operator}${nth}`, toAttribute(value));
}

function nameOf({ path, placeholders }: Operand): string {
  return path.map((part) => placeholders.name(part)).join('.');
}

/** The number of characters or members of an attribute, compared: `{ size: { gt: 3 } }`. */
function sizeConditions(operand: Operand): string {
  const { path, value } = operand;
  if (!isFilter(value) || Object.keys(value).length === 0)
    throw new Error(
      `'size' of '${path.join('.')}' takes an object such as { gt: 3 }, not ${JSON.stringify(value)}`,
    );
  return Object.entries(value)
    .map(([operator, limit]) => {
      const compared = { ...operand, operator: `size_${operator}`, value: limit };
      return rangeCondition(`size(${nameOf(operand)})`, operator, compared);
    })
    .join(' AND ');
}

function rangeCondition(left: string, operator: string, operand: Operand): string {
  if (operator === 'between') {
    const [low, high] = listOf({ ...operand, operator });
    return `${left} BETWEEN ${placeholderOf(operand, low, '_1')} AND ${placeholderOf(operand, high, '_2')}`;
  }
  const comparison = COMPARISONS[operator];
  if (comparison === undefined)
    throw new Error(
      `'${operand.path.join('.')}' has the unknown operator '${operand.operator.replace('_', '.')}'`,
    );
  return `${left} ${comparison} ${placeholderOf(operand, operand.value)}`;
}

function condition(operand: Operand): string {
  const { operator, value } = operand;
  const name = nameOf(operand);
  switch (operator) {
    case 'contains':
      return `contains(${name},${placeholderOf(operand, value)})`;
    case 'notContains':
      return `NOT contains(${name},${placeholderOf(operand, value)})`;
    case 'beginsWith':
      return `begins_with(${name},${placeholderOf(operand, value)})`;
    case 'in':
      return `${name} IN (${listOf(operand)
        .map((item, i) => placeholderOf(operand, item, `_${i}`))
        .join(', ')})`;
    case 'attributeExists':
      return `${value === true ? 'attribute_exists' : 'attribute_not_exists'}(${name})`;
    case 'attributeType':
      return `attribute_type(${name},${placeholderOf(operand, TYPES[String(value)] ?? String(value))})`;
    case 'size':
      return sizeConditions(operand);
    default:
      return rangeCondition(name, operator, operand);
  }
}

type Place = Pick<Operand, 'prefix' | 'placeholders'>;

function fieldConditions(path: readonly string[], operators: unknown, place: Place): string[] {
  if (!isFilter(operators)) {
    const given = JSON.stringify(operators);
    throw new Error(`'${path.join('.')}' takes an object of operators such as { eq: … }, not ${given}`);
  }
  return Object.entries(operators).flatMap(([operator, value]) => {
    if (value === null || value === undefined) return [];
    if (!OPERATORS.has(operator) && isFilter(value))
      return fieldConditions([...path, operator], value, place);
    return [`(${condition({ path, operator, value, ...place })})`];
  });
}

/** DynamoDB refuses redundant parentheses: only what has several parts gets them. */
function scope(parts: string[], joint: 'AND' | 'OR'): string[] {
  return parts.length > 1 ? [`(${parts.join(` ${joint} `)})`] : parts;
}

function combination(key: string, value: unknown, { prefix, placeholders }: Place): string[] {
  if (key === 'not') {
    const [negated] = scope(partsOf(value, { prefix: `${prefix}not_`, placeholders }), 'AND');
    return negated === undefined ? [] : [`(NOT ${negated})`];
  }
  const isList = Array.isArray(value);
  const parts = (isList ? (value as unknown[]) : [value]).flatMap((item, i) => {
    const place = { prefix: `${prefix}${key}_${isList ? `${i}_` : ''}`, placeholders };
    return scope(partsOf(item, place), 'AND');
  });
  return scope(parts, key === 'and' ? 'AND' : 'OR');
}

/** Returns the conditions of a filter that must hold together, each in parentheses. */
function partsOf(filter: unknown, place: Place): string[] {
  if (!isFilter(filter)) throw new Error(`a filter is an object, not ${JSON.stringify(filter)}`);
  return Object.entries(filter).flatMap(([key, value]) => {
    if (value === null || value === undefined) return [];
    return key === 'and' || key === 'or' || key === 'not'
      ? combination(key, value, place)
      : fieldConditions([key], value, place);
  });
}

function combine(filter: unknown, placeholders: Placeholders): string {
  return partsOf(filter, { prefix: '', placeholders }).join(' AND ');
}

/** Names and values are always there, as the service writes them, even where an expression has none. */
function expressionOf(expression: string, placeholders: Placeholders): Expression {
  const { names: expressionNames, values: expressionValues } = placeholders;
  return { expression, expressionNames, expressionValues };
}

/** Translates a filter object to an expression; null when it says nothing. */
export function filterExpression(filter: unknown): Expression | null {
  if (filter === null || filter === undefined) return null;
  const placeholders = new Placeholders();
  const expression = combine(filter, placeholders);
  return expression === '' ? null : expressionOf(expression, placeholders);
}

const asJson: LibraryFunction = ([filter]) => {
  const placeholders = new Placeholders();
  return JSON.stringify(expressionOf(combine(filter, placeholders), placeholders));
};

/** The part of `util.transform` that is about DynamoDB. */
export const filterFunctions = {
  'util.transform.toDynamoDBFilterExpression': asJson,
  'util.transform.toDynamoDBConditionExpression': asJson,
} satisfies Record<string, LibraryFunction>;
