import constraints from '../../schema/constraints.json' with { type: 'json' };
import { RequestError } from './request-error.ts';

/** What `schema/README.md` says a constraint may hold. */
interface Constraint {
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  patternHint?: string;
  json?: string;
  min?: number;
  max?: number;
  integer?: boolean;
  maxHalfOf?: string;
  minItems?: number;
  maxItems?: number;
  items?: Constraint;
  default?: unknown;
}

/** An input type or `<root type>.<field>` that constraints.json knows. */
type ConstrainedType = keyof typeof constraints;

const RULES = constraints as Record<ConstrainedType, Record<string, Constraint>>;
const SHOWN_LENGTH = 80;
const patterns = new Map<string, RegExp>();

function compile(pattern: string): RegExp {
  let compiled = patterns.get(pattern);
  if (!compiled) patterns.set(pattern, (compiled = new RegExp(pattern, 'u')));
  return compiled;
}

function show(value: unknown): string {
  const isPlain = typeof value === 'number' || value === undefined;
  const text = isPlain ? String(value) : JSON.stringify(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH - 3)}...` : text;
}

function refuse(
  field: string,
  problem: string,
  info: { limit?: string | number; actual?: string | number } = {},
): never {
  throw new RequestError('VALIDATION', `${field} ${problem}.`, { field, ...info });
}

function checkText(text: string, rule: Constraint, field: string): void {
  const { minLength = 0, maxLength = Infinity, pattern } = rule;
  if (text.length < minLength) {
    const info = { limit: minLength, actual: text.length };
    refuse(
      field,
      text === '' ? 'is empty' : `has ${text.length} characters; it needs at least ${minLength}`,
      info,
    );
  }
  if (text.length > maxLength) {
    const info = { limit: maxLength, actual: text.length };
    refuse(field, `has ${text.length} characters; at most ${maxLength} are allowed`, info);
  }
  if (pattern !== undefined && !compile(pattern).test(text)) {
    const expected = rule.patternHint ?? `a match of ${pattern}`;
    refuse(field, `is ${show(text)}; expected are ${expected}`, { limit: expected, actual: show(text) });
  }
}

function checkNumber(value: number, rule: Constraint, field: string): void {
  const { min = -Infinity, max = Infinity } = rule;
  if (!Number.isFinite(value))
    refuse(field, `is ${value}; it must be a finite number`, { actual: String(value) });
  if (value < min) refuse(field, `is ${value}; it must be at least ${min}`, { limit: min, actual: value });
  if (value > max) refuse(field, `is ${value}; it must be at most ${max}`, { limit: max, actual: value });
  if (rule.integer && !Number.isInteger(value)) {
    refuse(field, `is ${value}; it must be a whole number`, { actual: value });
  }
}

function checkList(list: unknown[], rule: Constraint, field: string): void {
  const { minItems = 0, maxItems = Infinity, items } = rule;
  const info = { actual: list.length };
  if (list.length < minItems) {
    refuse(field, `has ${list.length} items; it needs at least ${minItems}`, { limit: minItems, ...info });
  }
  if (list.length > maxItems) {
    refuse(field, `has ${list.length} items; at most ${maxItems} are allowed`, { limit: maxItems, ...info });
  }
  if (!items) return;
  for (const [index, item] of list.entries()) checkValue(item, items, `${field}[${index}]`);
}

function checkValue(value: unknown, rule: Constraint, field: string): void {
  if (value === undefined || value === null) return;
  if (rule.json !== undefined) {
    checkText(typeof value === 'string' ? value : JSON.stringify(value), rule, field);
    return;
  }
  const isListRule = rule.minItems !== undefined || rule.maxItems !== undefined;
  const isTextRule =
    rule.minLength !== undefined || rule.maxLength !== undefined || rule.pattern !== undefined;
  const isNumberRule = rule.min !== undefined || rule.max !== undefined;
  if (isListRule) {
    if (!Array.isArray(value)) refuse(field, `is ${show(value)}; it must be a list`);
    checkList(value, rule, field);
  } else if (isTextRule) {
    if (typeof value !== 'string') refuse(field, `is ${show(value)}; it must be a string`);
    checkText(value, rule, field);
  } else if (isNumberRule) {
    if (typeof value !== 'number') refuse(field, `is ${show(value)}; it must be a number`);
    checkNumber(value, rule, field);
  }
}

/**
 * Checks the fields of one input object, or the arguments of one field, against schema/constraints.json. `path` is what
 * stands before the field's name in an error, e.g. `input.`; nested objects are for their own call.
 */
export function validateFields(type: ConstrainedType, given: object, path = ''): void {
  const values = given as Record<string, unknown>;
  for (const [name, rule] of Object.entries(RULES[type])) {
    checkValue(values[name], rule, `${path}${name}`);
    if (rule.maxHalfOf !== undefined) checkHalf(values, name, rule.maxHalfOf, path);
  }
}

function checkHalf(values: Record<string, unknown>, name: string, whole: string, path: string): void {
  const value = values[name];
  const limit = values[whole];
  if (typeof value !== 'number' || typeof limit !== 'number' || value <= limit / 2) return;
  const info = { limit: limit / 2, actual: value };
  refuse(`${path}${name}`, `is ${value}; it must be at most half of ${whole}, which is ${limit}`, info);
}

/** Returns what an omitted or null value of a field means; the schema must define it. */
export function defaultOf(type: ConstrainedType, field: string): unknown {
  const value = RULES[type][field]?.default;
  if (value === undefined) throw new Error(`schema/constraints.json has no default for ${type}.${field}.`);
  return value;
}

/** Reads an AWSJSON object, which arrives as its text or already parsed; null when it was not given. */
export function parseJsonObject(given: unknown, field: string): Record<string, unknown> | null {
  if (given === undefined || given === null) return null;
  let value: unknown = given;
  if (typeof given === 'string') {
    try {
      value = JSON.parse(given);
    } catch (error) {
      const problem = `${field} is not JSON: ${(error as Error).message}.`;
      throw new RequestError('VALIDATION', problem, { field }, { cause: error });
    }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(field, `is ${show(value)}; it must be a JSON object`);
  }
  return value as Record<string, unknown>;
}
