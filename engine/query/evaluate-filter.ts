import { Bitmap } from '../format/bitmap.ts';
import type { StringList } from '../format/string-list.ts';
import type { Column } from '../index/column.ts';
import { invariant } from '../errors/invariant.ts';
import type { LoadedSegment } from '../segment/load-segment.ts';
import type { Condition, ListOperator, NumberOperator, StringOperator } from './compile-condition.ts';
import type { CompiledFilter } from './compile-filter.ts';

/**
 * Returns the rows of a segment that match, dead ones included. A row without the field matches no condition on it, `ne` and
 * `notIn` included; it does match `exists: false`, and `not` of any condition.
 */
export function evaluateFilter(filter: CompiledFilter, segment: LoadedSegment): Bitmap {
  switch (filter.kind) {
    case 'and':
      return filter.children.map((child) => evaluateFilter(child, segment)).reduce((a, b) => a.and(b));
    case 'or':
      return filter.children.map((child) => evaluateFilter(child, segment)).reduce((a, b) => a.or(b));
    case 'not':
      return evaluateFilter(filter.child, segment).invert();
    case 'exists': {
      const present = segment.column(filter.field)?.present.copy() ?? new Bitmap(segment.rows);
      return filter.exists ? present : present.invert();
    }
    case 'condition': {
      const column = segment.column(filter.field);
      return column === null ? new Bitmap(segment.rows) : evaluateCondition(column, filter.condition);
    }
  }
}

function evaluateCondition(column: Column, condition: Condition): Bitmap {
  if (column.type === 'STRING' && condition.type === 'STRING') {
    const isMatch = matchCodes(column.dictionary, allOf(condition.tests.map(stringTest)));
    return rowsWhere(column, (row) => isMatch[column.codes[row]!] === 1);
  }
  if (column.type === 'NUMBER' && condition.type === 'NUMBER') {
    const test = allOf(condition.tests.map(numberTest));
    return rowsWhere(column, (row) => test(column.numbers[row]!));
  }
  if (column.type === 'BOOLEAN' && condition.type === 'BOOLEAN') {
    const test = allOf(
      condition.tests.map(
        ({ operator, operand }) =>
          (value: boolean) =>
            (value === operand) === (operator === 'eq'),
      ),
    );
    return rowsWhere(column, (row) => test(column.truths.has(row)));
  }
  invariant(
    column.type === 'STRING_LIST' && condition.type === 'STRING_LIST',
    'a field has one type in all segments',
  );
  const tests = condition.tests.map((test) => listTest(column.dictionary, test));
  return rowsWhere(column, (row) => {
    const codes = column.codes.subarray(column.offsets[row], column.offsets[row + 1]);
    return tests.every((test) => test(codes));
  });
}

function rowsWhere(column: Column, isMatch: (row: number) => boolean): Bitmap {
  const matching = new Bitmap(column.present.size);
  for (const row of column.present.rows()) if (isMatch(row)) matching.add(row);
  return matching;
}

function allOf<Value>(tests: ((value: Value) => boolean)[]): (value: Value) => boolean {
  return (value) => tests.every((test) => test(value));
}

/** Tests each distinct value once, however many rows have it. */
function matchCodes(dictionary: StringList, test: (value: string) => boolean): Uint8Array {
  return Uint8Array.from({ length: dictionary.length }, (_, code) => (test(dictionary.get(code)) ? 1 : 0));
}

/** Strings compare by UTF-16 code units; letter case and accents count. */
function stringTest(test: {
  operator: StringOperator;
  operand: string | string[];
}): (value: string) => boolean {
  const { operator } = test;
  if (operator === 'in' || operator === 'notIn') {
    const set = new Set(test.operand);
    return (value) => set.has(value) === (operator === 'in');
  }
  const operand = test.operand as string;
  switch (operator) {
    case 'eq':
      return (value) => value === operand;
    case 'ne':
      return (value) => value !== operand;
    case 'beginsWith':
      return (value) => value.startsWith(operand);
    case 'contains':
      return (value) => value.includes(operand);
    case 'gt':
      return (value) => value > operand;
    case 'gte':
      return (value) => value >= operand;
    case 'lt':
      return (value) => value < operand;
    case 'lte':
      return (value) => value <= operand;
  }
}

function numberTest(test: {
  operator: NumberOperator;
  operand: number | number[];
}): (value: number) => boolean {
  const { operator } = test;
  if (operator === 'between') {
    const [low, high] = test.operand as [number, number];
    return (value) => value >= low && value <= high;
  }
  if (operator === 'in' || operator === 'notIn') {
    const set = new Set(test.operand as number[]);
    return (value) => set.has(value) === (operator === 'in');
  }
  const operand = test.operand as number;
  switch (operator) {
    case 'eq':
      return (value) => value === operand;
    case 'ne':
      return (value) => value !== operand;
    case 'gt':
      return (value) => value > operand;
    case 'gte':
      return (value) => value >= operand;
    case 'lt':
      return (value) => value < operand;
    case 'lte':
      return (value) => value <= operand;
  }
}

function listTest(
  dictionary: StringList,
  { operator, operand }: { operator: ListOperator; operand: string | string[] },
): (codes: Uint32Array) => boolean {
  const wanted = (Array.isArray(operand) ? operand : [operand]).map((value) => dictionary.indexOf(value));
  if (operator === 'containsAny') return (codes) => wanted.some((code) => codes.includes(code));
  if (operator === 'containsNone') return (codes) => !wanted.some((code) => codes.includes(code));
  return (codes) => wanted.every((code) => codes.includes(code));
}
