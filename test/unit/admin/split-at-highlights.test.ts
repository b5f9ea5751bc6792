import { expect, test } from 'vitest';
import { splitAtHighlights } from '../../../admin/src/display/split-at-highlights.ts';

const mark = (text: string, ranges: [number, number][]): string =>
  splitAtHighlights(
    text,
    ranges.map(([start, end]) => ({ start, end })),
  )
    .map((part) => (part.isHit ? `[${part.text}]` : part.text))
    .join('');

test('marks each range and keeps the text whole', () => {
  expect(
    mark('neap tides are weak', [
      [0, 4],
      [5, 10],
    ]),
  ).toBe('[neap] [tides] are weak');
  expect(mark('plain', [])).toBe('plain');
});

test('brings ranges in order, joins overlaps and cuts at the end', () => {
  expect(
    mark('abcdef', [
      [4, 99],
      [1, 3],
      [2, 4],
    ]),
  ).toBe('a[bc][d][ef]');
  expect(mark('abc', [[7, 9]])).toBe('abc');
});
