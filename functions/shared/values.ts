import { RequestError } from './request-error.ts';

/** Vector values as a caller gives them: a list of numbers, or little-endian float32 in base64. */
interface ValuesInput {
  values?: readonly number[] | null;
  valuesBase64?: string | null;
}

const BYTES_PER_VALUE = 4;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function decodeBase64(text: string, field: string): Float32Array {
  if (!BASE64.test(text) || text.length % 4 !== 0) {
    throw new RequestError('VALIDATION', `${field} is not standard base64 with padding.`, { field });
  }
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % BYTES_PER_VALUE !== 0) {
    throw new RequestError(
      'VALIDATION',
      `${field} holds ${bytes.length} bytes; little-endian float32 values take ${BYTES_PER_VALUE} bytes each.`,
      { field, actual: bytes.length },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / BYTES_PER_VALUE }, (_, index) =>
    view.getFloat32(index * BYTES_PER_VALUE, true),
  );
}

function convertNumbers(numbers: readonly number[], field: string): Float32Array {
  const values = new Float32Array(numbers.length);
  for (const [index, value] of numbers.entries()) {
    if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) {
      const shown = typeof value === 'number' ? String(value) : JSON.stringify(value);
      throw new RequestError(
        'VALIDATION',
        `${field}[${index}] is ${shown}; every value must be a finite float32 number.`,
        { field: `${field}[${index}]`, actual: shown },
      );
    }
    values[index] = value;
  }
  return values;
}

function requireFinite(values: Float32Array, field: string): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  const shown = String(values[index]);
  throw new RequestError(
    'VALIDATION',
    `${field} holds ${shown} as value ${index}; every value must be a finite float32 number.`,
    { field: `${field}[${index}]`, actual: shown },
  );
}

function requireDimension(values: Float32Array, dimension: number, field: string): void {
  if (values.length === dimension) return;
  throw new RequestError(
    'DIMENSION_MISMATCH',
    `${field} has ${values.length} values; the database has dimension ${dimension}.`,
    { field, limit: dimension, actual: values.length },
  );
}

/** Returns the vector that a caller gave in either spelling, or null when in none; `path` names the object around it. */
export function readValues(input: ValuesInput, dimension: number, path: string): Float32Array | null {
  const { values, valuesBase64 } = input;
  const hasValues = values !== undefined && values !== null;
  const hasBase64 = valuesBase64 !== undefined && valuesBase64 !== null;
  if (hasValues && hasBase64) {
    throw new RequestError('VALIDATION', `${path} has both values and valuesBase64; give one of them.`, {
      field: `${path}.valuesBase64`,
    });
  }
  if (!hasValues && !hasBase64) return null;
  const field = hasValues ? `${path}.values` : `${path}.valuesBase64`;
  const vector = hasValues ? convertNumbers(values, field) : decodeBase64(valuesBase64 as string, field);
  requireDimension(vector, dimension, field);
  requireFinite(vector, field);
  return vector;
}

/** Nine significant digits name every float32 exactly; the other digits of a double would be noise. */
const FLOAT32_DIGITS = 9;

/** Returns values as JSON shows them: the shortest numbers that read back as the same float32. */
export function toNumbers(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(FLOAT32_DIGITS)));
}
