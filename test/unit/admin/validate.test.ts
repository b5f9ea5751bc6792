import { describe, expect, test } from 'vitest';
import { makeValidator } from '../../../admin/src/forms/validate.ts';
import type { Constraint, InputDescriptor } from '../../../admin/src/schema-model.ts';

function makeInput(constraint: Constraint, part: Partial<InputDescriptor> = {}): InputDescriptor {
  const shape = {
    name: 'field',
    description: '',
    type: 'String',
    kind: 'SCALAR' as const,
    isList: false,
    isRequired: false,
  };
  return { ...shape, constraint, ...part };
}

const check = (
  value: unknown,
  constraint: Constraint,
  part: Partial<InputDescriptor> = {},
): string | undefined => makeValidator(makeInput(constraint, part))(value, {});

describe('the check of an input', () => {
  test('lets absence pass unless the input is required', () => {
    expect(check('', { minLength: 5 })).toBeUndefined();
    expect(check(null, {}, { isRequired: true })).toBe('This is required.');
    expect(check([], {}, { isRequired: true })).toBe('This is required.');
  });

  test('names the bounds of a number', () => {
    expect(check(5000, { min: 1, max: 4096 }, { type: 'Int' })).toBe('This must be from 1 to 4096.');
    expect(check(4096, { min: 1, max: 4096 }, { type: 'Int' })).toBeUndefined();
    expect(check(1.5, {}, { type: 'Int' })).toBe('This must be a whole number.');
    expect(check(Number.NaN, {}, { type: 'Float' })).toBe('This must be a number.');
  });

  test('holds a number to half of its sibling, also within a nested object', () => {
    const overlap = makeValidator(
      makeInput({ maxHalfOf: 'maxTokens' }, { name: 'overlapTokens', type: 'Int' }),
    );

    expect(overlap(200, { maxTokens: 256, overlapTokens: 200 })).toContain('128');
    expect(overlap(200, { chunking: { maxTokens: 256, overlapTokens: 200 } })).toContain('128');
    expect(overlap(128, { chunking: { maxTokens: 256, overlapTokens: 128 } })).toBeUndefined();
  });

  test('says a pattern in words', () => {
    const pattern = { pattern: '^[^/]+$', patternHint: 'no slashes' };

    expect(check('a/b', pattern)).toBe('This must have no slashes.');
    expect(check('ab', pattern)).toBeUndefined();
  });

  test('takes JSON objects only where one is asked for', () => {
    expect(check('[1]', { json: 'object' })).toContain('JSON object');
    expect(check('{"a"', { json: 'object' })).toContain('not JSON');
    expect(check('{"a": 1}', { json: 'object' })).toBeUndefined();
  });
});
