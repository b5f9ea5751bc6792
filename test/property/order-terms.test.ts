import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderTerms } from '../../engine/index/order-terms.ts';

const letters = fc.constantFrom('\u0002', 'a', 'b', 'z', '}', '~', '\u007f', 'é', 'ü', '東', '\ud83d\ude00');
const terms = fc.uniqueArray(
  fc.oneof(fc.string({ unit: letters, maxLength: 12 }), fc.string({ unit: 'binary', maxLength: 12 })),
  { maxLength: 60 },
);

describe('terms', () => {
  it('are ordered as their UTF-16 units are', () => {
    fc.assert(
      fc.property(terms, (found) => {
        expect(Array.from(orderTerms(found), (index) => found[index])).toEqual([...found].sort());
      }),
      { numRuns: 500 },
    );
  });
});
