import { Bitmap } from '../format/bitmap.ts';
import type { StringList } from '../format/string-list.ts';
import type { Column } from '../index/column.ts';
import { invariant } from '../errors/invariant.ts';
import type { LoadedSegment } from '../segment/load-segment.ts';
import type { ObjectCache } from '../storage/object-cache.ts';
import type { Condition, ListOperator, NumberOperator, StringOperator } from './compile-condition.ts';
import type { CompiledFilter } from './compile-filter.ts';

const filterTexts = new WeakMap<CompiledFilter, string>();
/** The matches of longer filters are not kept. */
const MAX_KEY_LENGTH = 1000;

/** Returns what `evaluateFilter` does, from the cache when the same filter was evaluated before: tenants ask with the same one. Do not change it. */
export function matchingRows(cache: ObjectCache, filter: CompiledFilter, segment: LoadedSegment): Bitmap {
  let text = filterTexts.get(filter);
  if (text === undefined) {
    text = JSON.stringify(filter);
    filterTexts.set(filter, text);
  }
  if (text.length > MAX_KEY_LENGTH) return evaluateFilter(filter, segment);
  const key = `${segment.file.key}#matches:${text}`;
  const known = cache.get(key);
  if (known instanceof Bitmap) return known;
  const matching = evaluateFilter(filter, segment);
  cache.set(key, matching, matching.words.byteLength);
  return matching;
}

/**
 * Returns the rows of a segment that match, dead ones included. A row without the field matches no condition on it, `ne` and
 * `notIn` included; it does match `exists: false`, and `not` of any condition.
 */
function evaluateFilter(filter: CompiledFilter, segment: LoadedSegment): Bitmap {
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

/** Word by word: a filter looks at every row that has the field, which is the better part of a filtered search. */
function rowsWhere({ present }: Column, isMatch: (row: number) => boolean): Bitmap {
  const matching = new Bitmap(present.size);
  for (let i = 0; i < present.words.length; i++) {
    let matches = 0;
    for (let rest = present.words[i]!; rest !== 0; rest &= rest - 1) {
      const bit = rest & -rest;
      if (isMatch((i << 5) + 31 - Math.clz32(bit))) matches |= bit;
    }
    matching.words[i] = matches;
  }
  return matching;
}

function allOf<Value>(tests: ((value: Value) => boolean)[]): (value: Value) => boolean {
  const [only] = tests;
  return only !== undefined && tests.length === 1 ? only : (value) => tests.every((test) => test(value));
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
