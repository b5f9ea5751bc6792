import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readValues, toNumbers } from '../../../functions/shared/values.ts';

const floats = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 40 });

function toBase64(values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes.toString('base64');
}

describe('values', () => {
  it('are the same from numbers and from base64', () => {
    fc.assert(
      fc.property(floats, (values) => {
        const one = readValues({ values }, values.length, 'input');
        const other = readValues({ valuesBase64: toBase64(values) }, values.length, 'input');

        expect(one).toEqual(other);
      }),
    );
  });

  it('read back as the same float32 from their shortest numbers', () => {
    fc.assert(
      fc.property(floats, (values) => {
        const vector = Float32Array.from(values);

        expect(Float32Array.from(JSON.parse(JSON.stringify(toNumbers(vector))) as number[])).toEqual(
          // JSON knows no negative zero.
          vector.map((value) => (value === 0 ? 0 : value)),
        );
      }),
    );
  });

  it('are refused with the place of the first value that is not finite', () => {
    const bad = fc.constantFrom(NaN, Infinity, -Infinity, 1e39, '1' as never, null as never);
    fc.assert(
      fc.property(floats, fc.nat(), bad, (values, seed, value) => {
        const place = seed % values.length;
        const broken = values.with(place, value);
        const field = `input.values[${place}]`;

        expect(() => readValues({ values: broken }, broken.length, 'input')).toThrow(
          expect.objectContaining({
            kind: 'VALIDATION',
            info: expect.objectContaining({ field }) as unknown,
          }),
        );
      }),
    );
  });

  it('are refused in another dimension, in both spellings at once, and as broken base64', () => {
    const refusal = (input: object, dimension = 2) => {
      try {
        readValues(input, dimension, 'v');
      } catch (error) {
        return error;
      }
      return null;
    };

    expect(refusal({ values: [1, 2, 3] })).toMatchObject({
      kind: 'DIMENSION_MISMATCH',
      info: { field: 'v.values', limit: 2, actual: 3 },
    });
    expect(refusal({ values: [1, 2], valuesBase64: 'AAAA' })).toMatchObject({ kind: 'VALIDATION' });
    expect(refusal({ valuesBase64: 'AA*A' })).toMatchObject({ info: { field: 'v.valuesBase64' } });
    expect(refusal({ valuesBase64: 'AAAAAAA=' })).toMatchObject({ info: { actual: 5 } });
    expect(refusal({ valuesBase64: toBase64([1, NaN]) })).toMatchObject({
      info: { field: 'v.valuesBase64[1]' },
    });
    expect(readValues({}, 2, 'v')).toBeNull();
  });
});
