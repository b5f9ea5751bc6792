import type { FieldType, Metadata, MetadataValue } from '../../../engine/api.ts';
import { ROW_LIMITS } from '../../../engine/index.ts';

/** How often a field had a value of each kind. For cells, a number or a boolean is a text that reads as one. */
export interface FieldCounts {
  strings: number;
  numbers: number;
  booleans: number;
  lists: number;
}

/** Filters compare strings of at most this length; a longer one is text, not a property. */
export const MAX_FILTER_STRING = 1_024;
/** A column that no filter could name anyway is not counted beyond this number of names. */
const MAX_COUNTED_FIELDS = 20_000;

/** Numbers as programs write them: no leading zeros and no digits that a double would lose, so that codes stay strings. */
const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$/;
const MAX_DIGITS = 15;
const BOOLEAN = /^(true|false)$/i;

const UNUSABLE_NAME = /[\u0000-\u001f\u007f-\u009f]|^\$|^__proto__$/;

/** Returns the number or boolean that a cell reads as, or its text. */
export function readCell(cell: string): string | number | boolean {
  if (BOOLEAN.test(cell)) return cell.toLowerCase() === 'true';
  const isExact = cell.replace(/[eE].*$/, '').replace(/[^0-9]/g, '').length <= MAX_DIGITS;
  return isExact && NUMBER.test(cell) && Number.isFinite(Number(cell)) ? Number(cell) : cell;
}

/** Returns whether filters can use a field of this name. */
export function isUsableName(name: string): boolean {
  return (
    name !== '' &&
    name.length <= ROW_LIMITS.fieldNameLength &&
    !UNUSABLE_NAME.test(name) &&
    name.isWellFormed()
  );
}

/** Returns whether filters can use a value. */
export function isFilterable(value: MetadataValue): boolean {
  if (typeof value === 'string') return value.length <= MAX_FILTER_STRING && value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (!Array.isArray(value)) return true;
  return value.length <= ROW_LIMITS.listLength && value.every(isFilterable);
}

/** Returns the type of a value as the engine names it. */
export function typeOfValue(value: MetadataValue): FieldType {
  if (typeof value === 'string') return 'STRING';
  if (typeof value === 'number') return 'NUMBER';
  return typeof value === 'boolean' ? 'BOOLEAN' : 'STRING_LIST';
}

const COUNTER_OF_TYPE: Record<FieldType, keyof FieldCounts> = {
  STRING: 'strings',
  NUMBER: 'numbers',
  BOOLEAN: 'booleans',
  STRING_LIST: 'lists',
};

/** Counts the kinds of values of every field of a file, record by record. */
export class FieldCensus {
  readonly counts: Map<string, FieldCounts>;
  private readonly isUntyped: boolean;

  constructor(isUntyped: boolean, counted: Iterable<[string, FieldCounts]> = []) {
    this.isUntyped = isUntyped;
    this.counts = new Map(counted);
  }

  observe(values: Metadata): void {
    for (const [name, value] of Object.entries(values)) {
      if (!isFilterable(value)) continue;
      const read = this.isUntyped && typeof value === 'string' ? readCell(value) : value;
      const counts = this.find(name);
      if (counts) counts[COUNTER_OF_TYPE[typeOfValue(read)]]++;
    }
  }

  private find(name: string): FieldCounts | null {
    const known = this.counts.get(name);
    if (known) return known;
    if (this.counts.size >= MAX_COUNTED_FIELDS) return null;
    const counts = { strings: 0, numbers: 0, booleans: 0, lists: 0 };
    this.counts.set(name, counts);
    return counts;
  }
}
