import type { Filter } from '../api.ts';
import { invalidInput, showValue, VectorDbError } from '../errors/vector-db-error.ts';

/** Operators of a field in the spelling with `$`, and the name of each in a condition. */
const OPERATORS: Record<string, string> = {
  $eq: 'eq',
  $ne: 'ne',
  $in: 'in',
  $nin: 'notIn',
  $gt: 'gt',
  $gte: 'gte',
  $lt: 'lt',
  $lte: 'lte',
  $between: 'between',
  $beginsWith: 'beginsWith',
  $contains: 'contains',
  $containsAny: 'containsAny',
  $containsAll: 'containsAll',
};
const LOGIC = ['$and', '$or', '$not'];

/** Nesting that is translated at most; the limit on the filter itself comes later and is lower. */
const MAX_DEPTH = 64;

/**
 * Translates a filter in the spelling `{ "year": { "$gte": 2020 }, "$or": [...] }` (an object, or its JSON text). Several
 * fields or operators in one object must all hold. The type of each field decides later how its operators are meant.
 */
export function parseFilterJson(json: unknown): Filter {
  return parseNode(typeof json === 'string' ? parseText(json) : json, 'filterJson', 1);
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new VectorDbError(
      'InvalidInput',
      `filterJson is not JSON: ${reason}.`,
      { field: 'filterJson', code: 'VALIDATION' },
      error,
    );
  }
}

function parseNode(node: unknown, path: string, depth: number): Filter {
  if (depth > MAX_DEPTH) {
    const info = { field: 'filterJson', limit: MAX_DEPTH };
    throw new VectorDbError('LimitExceeded', `filterJson is more than ${MAX_DEPTH} levels deep.`, info);
  }
  const entries = entriesOf(node, path);
  return allOf(entries.map(([key, value]) => parseEntry({ key, value, path: `${path}.${key}`, depth })));
}

function entriesOf(node: unknown, path: string): [string, unknown][] {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) {
    throw invalidInput(`${path} is ${showValue(node)}; it must be an object.`, { field: path });
  }
  const entries = Object.entries(node);
  if (entries.length === 0) throw invalidInput(`${path} is empty; it needs a condition.`, { field: path });
  return entries;
}

function allOf(filters: Filter[]): Filter {
  return filters.length === 1 ? filters[0]! : { and: filters };
}

interface Entry {
  key: string;
  value: unknown;
  path: string;
  depth: number;
}

function parseEntry(entry: Entry): Filter {
  const { key, value, path, depth } = entry;
  if (key === '$not') return { not: parseNode(value, path, depth + 1) };
  if (key === '$and' || key === '$or') {
    if (!Array.isArray(value) || value.length === 0) {
      throw invalidInput(`${path} must be a list with at least one filter.`, { field: path });
    }
    const children = value.map((child, i) => parseNode(child, `${path}[${i}]`, depth + 1));
    return key === '$and' ? { and: children } : { or: children };
  }
  if (key.startsWith('$')) throw unsupported(key, path, LOGIC);
  return parseField(entry);
}

function parseField({ key: field, value, path, depth }: Entry): Filter {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { field, value: { eq: value } };
  }
  if (value === null) {
    throw invalidInput(`${path} is null.`, {
      field: path,
      hint: 'use { "$exists": false } for a missing field',
    });
  }
  if (Array.isArray(value)) {
    throw invalidInput(`${path} is a list.`, {
      field: path,
      hint: 'use "$in", "$containsAny" or "$containsAll"',
    });
  }
  return allOf(
    entriesOf(value, path).map(([operator, operand]) =>
      parseOperator({ key: operator, value: operand, path: `${path}.${operator}`, depth: depth + 1 }, field),
    ),
  );
}

function parseOperator({ key, value, path, depth }: Entry, field: string): Filter {
  if (key === '$not') {
    if (depth > MAX_DEPTH) return parseNode(value, path, depth);
    return { not: parseField({ key: field, value, path, depth }) };
  }
  if (key === '$exists') {
    if (typeof value === 'boolean') return { field, exists: value };
    throw invalidInput(`${path} is ${showValue(value)}; it must be true or false.`, { field: path });
  }
  if (!Object.hasOwn(OPERATORS, key))
    throw unsupported(key, path, [...Object.keys(OPERATORS), '$exists', '$not']);
  if (value === null || (typeof value === 'object' && !Array.isArray(value))) {
    throw invalidInput(`${path} is ${showValue(value)}; it must be a value or a list of values.`, {
      field: path,
    });
  }
  return { field, value: { [OPERATORS[key]!]: value as string } };
}

function unsupported(operator: string, path: string, known: string[]): VectorDbError {
  const list = known.join(', ');
  return invalidInput(`${path} has the unsupported operator ${showValue(operator)}.`, {
    field: path,
    code: 'UNSUPPORTED_OPERATOR',
    actual: operator.slice(0, 80),
    limit: list,
    hint: `use one of ${list}`,
  });
}
