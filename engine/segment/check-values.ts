import type { DatabaseConfig } from '../api.ts';
import type { ErrorInfo } from '../errors/vector-db-error.ts';

/** Larger values would overflow f32 when 4,096 products of them are added. */
const MAX_MAGNITUDE = 1e15;

/** Returns what is wrong with a vector's values; at most one problem. */
export function checkValues(
  values: Float32Array,
  { dimension, metric }: Pick<DatabaseConfig, 'dimension' | 'metric'>,
): { message: string; info: ErrorInfo }[] {
  const fail = (message: string, info: ErrorInfo): { message: string; info: ErrorInfo }[] => [
    { message, info: { field: 'values', code: 'VALIDATION', ...info } },
  ];
  if (!(values instanceof Float32Array)) return fail('the values are not a Float32Array.', {});
  if (values.length !== dimension) {
    return fail(`the vector has ${values.length} values, and the database has dimension ${dimension}.`, {
      code: 'DIMENSION_MISMATCH',
      actual: values.length,
      limit: dimension,
    });
  }
  const { bad, isZero } = scanValues(values);
  if (bad !== -1) {
    const value = String(values[bad]);
    const message = `the value at position ${bad} is ${value}; it must be a finite number of at most ${MAX_MAGNITUDE} in magnitude.`;
    return fail(message, { field: `values[${bad}]`, actual: value });
  }
  if (metric === 'COSINE' && isZero) {
    return fail('the vector is all zeros, which has no direction: cosine similarity is undefined for it.', {
      hint: 'leave the vector out, or use DOT_PRODUCT or EUCLIDEAN',
    });
  }
  return [];
}

/** Returns the position of the first value that is too large or not a number, or -1, in one pass: every query and row goes through it. */
function scanValues(values: Float32Array): { bad: number; isZero: boolean } {
  let isZero = true;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // Written so that NaN and infinity fail as well.
    if (!(Math.abs(value) <= MAX_MAGNITUDE)) return { bad: i, isZero: false };
    if (value !== 0) isZero = false;
  }
  return { bad: -1, isZero };
}

/** Returns the vector scaled to length 1. A vector that has it already, to f32 precision, is returned unchanged. */
export function normalizeValues(values: Float32Array): Float32Array {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i]! * values[i]!;
  const norm = Math.sqrt(squares);
  return Math.abs(norm - 1) < 1e-6 ? values : values.map((value) => value / norm);
}
