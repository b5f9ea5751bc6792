import { toAttribute } from './attribute-values.ts';
import { Placeholders } from './expression.ts';
import type { Expression } from './expression.ts';
import type { LibraryFunction } from './handler-session.ts';

type Filter = Record<string, unknown>;

interface Operand {
  field: string;
  operator: string;
  value: unknown;
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
const FUNCTIONS: Record<string, string | undefined> = { contains: 'contains', beginsWith: 'begins_with' };
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

function listOperand({ field, operator, value, placeholders }: Operand): string[] {
  if (!Array.isArray(value))
    throw new Error(`'${operator}' of '${field}' takes a list, not ${JSON.stringify(value)}`);
  if (operator === 'between' && value.length !== 2)
    throw new Error(`'between' of '${field}' takes two values`);
  return value.map((item, i) => placeholders.value(`${field}_${operator}_${i}`, toAttribute(item)));
}

function specialCondition(operand: Operand): string {
  const { field, operator, value, placeholders } = operand;
  const name = placeholders.name(field);
  switch (operator) {
    case 'notContains':
      return `NOT contains(${name},${placeholders.value(`${field}_notContains`, toAttribute(value))})`;
    case 'between':
      return `${name} BETWEEN ${listOperand(operand).join(' AND ')}`;
    case 'in':
      return `${name} IN (${listOperand(operand).join(', ')})`;
    case 'attributeExists':
      return `${value === true ? 'attribute_exists' : 'attribute_not_exists'}(${name})`;
    case 'attributeType': {
      const type = TYPES[String(value)] ?? String(value);
      return `attribute_type(${name},${placeholders.value(`${field}_attributeType`, { S: type })})`;
    }
    default:
      throw new Error(`'${field}' has the unknown operator '${operator}'`);
  }
}

function condition(operand: Operand): string {
  const { field, operator, value, placeholders } = operand;
  const comparison = COMPARISONS[operator];
  const called = FUNCTIONS[operator];
  if (comparison === undefined && called === undefined) return specialCondition(operand);
  const name = placeholders.name(field);
  const placeholder = placeholders.value(`${field}_${operator}`, toAttribute(value));
  return called === undefined
    ? `${name} ${comparison ?? ''} ${placeholder}`
    : `${called}(${name},${placeholder})`;
}

function fieldConditions(field: string, operators: unknown, placeholders: Placeholders): string[] {
  if (!isFilter(operators)) {
    throw new Error(
      `'${field}' takes an object of operators such as { eq: … }, not ${JSON.stringify(operators)}`,
    );
  }
  return Object.entries(operators)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([operator, value]) => `(${condition({ field, operator, value, placeholders })})`);
}

function combine(filter: unknown, placeholders: Placeholders): string {
  if (!isFilter(filter)) throw new Error(`a filter is an object, not ${JSON.stringify(filter)}`);
  const parts = Object.entries(filter).flatMap(([key, value]) => {
    if (value === null || value === undefined) return [];
    if (key === 'not') return [`(NOT ${combine(value, placeholders)})`];
    if (key !== 'and' && key !== 'or') return fieldConditions(key, value, placeholders);
    const list = (Array.isArray(value) ? value : [value]).map((item) => `(${combine(item, placeholders)})`);
    return list.length === 0 ? [] : [`(${list.join(key === 'and' ? ' AND ' : ' OR ')})`];
  });
  return parts.join(' AND ');
}

/** Translates a filter object to an expression; null when it says nothing. */
export function filterExpression(filter: unknown): Expression | null {
  if (filter === null || filter === undefined) return null;
  const placeholders = new Placeholders();
  const expression = combine(filter, placeholders);
  return expression === '' ? null : placeholders.finish(expression);
}

const asJson: LibraryFunction = ([filter]) => {
  const placeholders = new Placeholders();
  const expression = combine(filter, placeholders);
  const { names: expressionNames, values: expressionValues } = placeholders;
  return JSON.stringify({ expression, expressionNames, expressionValues });
};

/** The part of `util.transform` that is about DynamoDB. */
export const filterFunctions = {
  'util.transform.toDynamoDBFilterExpression': asJson,
  'util.transform.toDynamoDBConditionExpression': asJson,
} satisfies Record<string, LibraryFunction>;
