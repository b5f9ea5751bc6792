import { util } from '@aws-appsync/utils';
import { fail } from './fail.ts';
import type { FieldContext } from './field-context.ts';

/** What schema/README.md says that a constraint may hold. */
export interface Constraint {
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

function checkText(ctx: FieldContext, rule: Constraint, text: string, field: string): void {
  const length = text.length;
  const shown = text.slice(0, 64);
  if (rule.minLength !== undefined && length < rule.minLength) {
    const problem = length === 0 ? 'is empty' : `has ${length} characters`;
    fail(ctx, 'VALIDATION', `${field} ${problem}; it needs at least ${rule.minLength}.`, {
      field,
      limit: rule.minLength,
      actual: length,
    });
  }
  if (rule.maxLength !== undefined && length > rule.maxLength) {
    fail(ctx, 'VALIDATION', `${field} has ${length} characters; at most ${rule.maxLength} are allowed.`, {
      field,
      limit: rule.maxLength,
      actual: length,
    });
  }
  if (rule.pattern !== undefined && !util.matches(rule.pattern, text)) {
    const expected = rule.patternHint ?? rule.pattern;
    fail(ctx, 'VALIDATION', `${field} is ${JSON.stringify(shown)}; expected are ${expected}.`, {
      field,
      limit: expected,
      actual: shown,
    });
  }
}

function checkNumber(ctx: FieldContext, rule: Constraint, value: number, field: string): void {
  if (rule.min !== undefined && value < rule.min) {
    fail(ctx, 'VALIDATION', `${field} is ${value}; it must be at least ${rule.min}.`, {
      field,
      limit: rule.min,
      actual: value,
    });
  }
  if (rule.max !== undefined && value > rule.max) {
    fail(ctx, 'VALIDATION', `${field} is ${value}; it must be at most ${rule.max}.`, {
      field,
      limit: rule.max,
      actual: value,
    });
  }
  if (rule.integer && Math.floor(value) !== value) {
    fail(ctx, 'VALIDATION', `${field} is ${value}; it must be a whole number.`, { field, actual: value });
  }
}

function checkHalf(ctx: FieldContext, value: number, whole: number, field: string): void {
  if (value * 2 <= whole) return;
  const limit = Math.floor(whole / 2);
  fail(
    ctx,
    'VALIDATION',
    `${field} is ${value}; it must be at most half of the maximum, which is ${limit}.`,
    { field, limit, actual: value },
  );
}

/**
 * Checks the fields of one input object, or the arguments of one field, against their constraints; the kinds of the values are
 * GraphQL's to check. `path` is what stands before a field's name in an error, e.g. `input.`.
 */
export function checkFields(
  ctx: FieldContext,
  rules: Record<string, Constraint>,
  given: object,
  path: string,
): void {
  const values = given as Record<string, unknown>;
  for (const name of Object.keys(rules)) {
    const rule = rules[name]!;
    const value = values[name];
    const field = `${path}${name}`;
    if (typeof value === 'string') checkText(ctx, rule, value, field);
    if (typeof value === 'number') checkNumber(ctx, rule, value, field);
    const whole = rule.maxHalfOf ? values[rule.maxHalfOf] : undefined;
    if (typeof value === 'number' && typeof whole === 'number') checkHalf(ctx, value, whole, field);
  }
}
