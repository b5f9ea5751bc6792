import type { InputDescriptor } from '../schema-model.ts';

type Values = Record<string, unknown>;
type Validator = (value: unknown, values: Values) => string | undefined;

/** Makes the check of an input from what the schema and its constraints say; a server refuses by the same file. */
export function makeValidator(input: InputDescriptor): Validator {
  return (value, values) => {
    if (isAbsent(value)) return input.isRequired ? 'This is required.' : undefined;
    if (Array.isArray(value)) return checkItems(value, input);
    if (typeof value === 'number') return checkNumber(value, input, readSiblings(values, input));
    return typeof value === 'string' ? checkText(value, input) : undefined;
  };
}

function isAbsent(value: unknown): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

function checkItems(value: unknown[], { constraint }: InputDescriptor): string | undefined {
  const { minItems = 0, maxItems = Infinity } = constraint;
  if (value.length < minItems) return `Choose at least ${minItems}.`;
  return value.length > maxItems ? `At most ${maxItems} are allowed.` : undefined;
}

function checkNumber(
  value: number,
  { constraint, type }: InputDescriptor,
  siblings: Values,
): string | undefined {
  const { min = -Infinity, max = Infinity, integer, maxHalfOf } = constraint;
  if (!Number.isFinite(value)) return 'This must be a number.';
  if ((type === 'Int' || integer) && !Number.isInteger(value)) return 'This must be a whole number.';
  if (value < min || value > max) return `This must be from ${min} to ${max}.`;
  const whole = maxHalfOf ? siblings[maxHalfOf] : undefined;
  if (typeof whole === 'number' && value > whole / 2)
    return `This must be at most half of ${maxHalfOf} (${Math.floor(whole / 2)}).`;
  return undefined;
}

function checkText(value: string, { constraint }: InputDescriptor): string | undefined {
  const { minLength = 0, maxLength = Infinity, pattern, patternHint, json } = constraint;
  if (value.length < minLength) return `This must have at least ${minLength} characters.`;
  if (value.length > maxLength)
    return `This must have at most ${maxLength} characters; it has ${value.length}.`;
  if (pattern && !new RegExp(pattern, 'u').test(value))
    return `This must have ${patternHint ?? `the form ${pattern}`}.`;
  return json === 'object' ? checkJsonObject(value) : undefined;
}

/** Says why a text is not a JSON object, if it is not. */
export function checkJsonObject(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? undefined
      : 'This must be a JSON object, such as {"author": "Ada"}.';
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

/** `maxHalfOf` names a field beside this one, which may stand in a nested object of the form. */
function readSiblings(values: Values, { name, constraint }: InputDescriptor): Values {
  if (!constraint.maxHalfOf || name in values) return values;
  const owner = Object.values(values).find(
    (value) => typeof value === 'object' && value !== null && name in value,
  );
  return (owner as Values | undefined) ?? values;
}
