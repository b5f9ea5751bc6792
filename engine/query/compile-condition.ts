import type { FieldType } from '../api.ts';
import { invalidInput, showValue, VectorDbError } from '../errors/vector-db-error.ts';

/** A test of one present value; several operators of one condition must all hold. */
export type Condition =
  | { type: 'STRING'; tests: { operator: StringOperator; operand: string | string[] }[] }
  | { type: 'NUMBER'; tests: { operator: NumberOperator; operand: number | number[] }[] }
  | { type: 'BOOLEAN'; tests: { operator: 'eq' | 'ne'; operand: boolean }[] }
  | { type: 'STRING_LIST'; tests: { operator: ListOperator; operand: string | string[] }[] };

export type StringOperator =
  'eq' | 'ne' | 'in' | 'notIn' | 'beginsWith' | 'contains' | 'gt' | 'gte' | 'lt' | 'lte';
export type NumberOperator = 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'in' | 'notIn' | 'between';
export type ListOperator = 'contains' | 'containsAny' | 'containsAll' | 'containsNone';

/** The metadata type that each kind of condition is for. */
export const CONDITION_TYPES: Record<string, FieldType> = {
  string: 'STRING',
  number: 'NUMBER',
  boolean: 'BOOLEAN',
  list: 'STRING_LIST',
};

type Shape = 'one' | 'many' | 'two';

const OPERATORS: Record<string, Record<string, Shape>> = {
  string: {
    eq: 'one',
    ne: 'one',
    in: 'many',
    notIn: 'many',
    beginsWith: 'one',
    contains: 'one',
    gt: 'one',
    gte: 'one',
    lt: 'one',
    lte: 'one',
  },
  number: {
    eq: 'one',
    ne: 'one',
    gt: 'one',
    gte: 'one',
    lt: 'one',
    lte: 'one',
    in: 'many',
    notIn: 'many',
    between: 'two',
  },
  boolean: { eq: 'one', ne: 'one' },
  list: { contains: 'one', containsAny: 'many', containsAll: 'many' },
};

/** What the comparing operators mean for a list, in the spelling that leaves the type open. */
const LIST_SYNONYMS: Record<string, [ListOperator, Shape]> = {
  eq: ['contains', 'one'],
  in: ['containsAny', 'many'],
  ne: ['containsNone', 'one'],
  notIn: ['containsNone', 'many'],
};

const MAX_OPERANDS = 1000;

/** Checks the operators of one condition; `key` is its kind as the filter spells it. */
export function compileCondition(key: string, raw: Record<string, unknown>, path: string): Condition {
  if (typeof raw !== 'object' || Array.isArray(raw)) {
    throw invalidInput(`${path} is ${showValue(raw)}; it must be an object of operators.`, { field: path });
  }
  const given = Object.entries(raw).filter(([, operand]) => operand !== null && operand !== undefined);
  const operators = OPERATORS[key]!;
  if (given.length === 0) {
    const limit = Object.keys(operators).join(', ');
    throw invalidInput(`${path} has no operator; it needs one of ${limit}.`, { field: path, limit });
  }
  const tests = given.map(([operator, operand]) => {
    if (!Object.hasOwn(operators, operator)) throw unknownOperator(operator, path, Object.keys(operators));
    checkOperand({ operand, key, shape: operators[operator]!, path: `${path}.${operator}` });
    return { operator, operand };
  });
  return { type: CONDITION_TYPES[key]!, tests } as Condition;
}

/** Checks a condition whose kind follows the type of its field. */
export function compileValue(type: FieldType, raw: Record<string, unknown>, path: string): Condition {
  const kind = Object.keys(CONDITION_TYPES).find((key) => CONDITION_TYPES[key] === type)!;
  if (type !== 'STRING_LIST') return compileCondition(kind, raw, path);
  const tests = Object.entries(raw).map(([operator, operand]) => {
    const [name, shape] = LIST_SYNONYMS[operator] ?? [operator, OPERATORS.list![operator]];
    if (shape === undefined) {
      throw unknownOperator(operator, path, [...Object.keys(LIST_SYNONYMS), ...Object.keys(OPERATORS.list!)]);
    }
    checkOperand({ operand, key: 'list', shape, path: `${path}.${operator}` });
    return { operator: name as ListOperator, operand: operand as string | string[] };
  });
  return { type, tests };
}

function unknownOperator(operator: string, path: string, known: string[]): VectorDbError {
  return invalidInput(`${path} has the unknown operator ${showValue(operator)}.`, {
    field: path,
    code: 'UNSUPPORTED_OPERATOR',
    actual: operator,
    limit: known.join(', '),
    hint: `use one of ${known.join(', ')}`,
  });
}

function checkOperand({
  operand,
  key,
  shape,
  path,
}: {
  operand: unknown;
  key: string;
  shape: Shape;
  path: string;
}): void {
  const elementType = key === 'list' ? 'string' : key;
  const isRight = (value: unknown): boolean =>
    typeof value === elementType && (elementType !== 'number' || Number.isFinite(value));
  if (shape === 'one') {
    if (isRight(operand)) return;
    throw invalidInput(`${path} is ${showValue(operand)}; it must be a ${elementType}.`, {
      field: path,
      limit: elementType,
    });
  }
  if (!Array.isArray(operand)) {
    throw invalidInput(`${path} is ${showValue(operand)}; it must be a list.`, {
      field: path,
      limit: 'a list',
    });
  }
  const wrong = operand.findIndex((value) => !isRight(value));
  if (wrong !== -1) {
    const field = `${path}[${wrong}]`;
    throw invalidInput(`${field} is ${showValue(operand[wrong])}; it must be a ${elementType}.`, {
      field,
      limit: elementType,
    });
  }
  if (operand.length > MAX_OPERANDS) {
    const info = { field: path, actual: operand.length, limit: MAX_OPERANDS };
    throw new VectorDbError(
      'LimitExceeded',
      `${path} has ${operand.length} values; at most ${MAX_OPERANDS} are allowed.`,
      info,
    );
  }
  if (shape === 'two') checkRange(operand as number[], path);
}

function checkRange(operand: number[], path: string): void {
  if (operand.length !== 2) {
    const message = `${path} has ${operand.length} values; it needs two: the lowest and the highest.`;
    throw invalidInput(message, { field: path, actual: operand.length, limit: 2 });
  }
  if (operand[0]! > operand[1]!) {
    throw invalidInput(`${path} runs from ${operand[0]!} down to ${operand[1]!}: nothing can match.`, {
      field: path,
    });
  }
}
