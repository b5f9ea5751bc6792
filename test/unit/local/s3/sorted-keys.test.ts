import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareUtf8, SortedKeys } from '../../../../local/s3/sorted-keys.ts';

const key = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '\u00e9', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
  maxLength: 6,
});
const byBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));

describe('the comparison of keys', () => {
  it('is that of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(key, key, (left, right) => {
        expect(Math.sign(compareUtf8(left, right))).toBe(Math.sign(byBytes(left, right)));
      }),
    );
  });
});

describe('sorted keys', () => {
  it('are what a sorted set would be, whatever is added and deleted', () => {
    const change = fc.record({ key, isDeletion: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), key, (changes, start) => {
        const keys = new SortedKeys();
        const model = new Set<string>();
        for (const { key: changed, isDeletion } of changes) {
          if (isDeletion) keys.delete(changed);
          else keys.add(changed);
          if (isDeletion) model.delete(changed);
          else model.add(changed);
        }

        const expected = [...model].sort(byBytes);
        expect([...keys.from(() => false)]).toEqual(expected);
        expect(keys.size).toBe(model.size);
        expect([...keys.from((other) => compareUtf8(other, start) < 0)]).toEqual(
          expected.filter((other) => byBytes(other, start) >= 0),
        );
      }),
    );
  });

  it('stay sorted over many blocks, in any order of adding', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `key-${(index * 7919) % 20_000}`);
    const keys = new SortedKeys();

    for (const name of names) keys.add(name);
    for (const name of names.slice(0, 10_000)) keys.delete(name);

    expect([...keys.from(() => false)]).toEqual(names.slice(10_000).sort(byBytes));
  });
});
