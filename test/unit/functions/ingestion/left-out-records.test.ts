import { describe, expect, it } from 'vitest';
import { INGESTION_LIMITS } from '../../../../functions/ingestion/limits.ts';
import { parseBytes } from '../../../support/parse-sample.ts';

const TOO_LONG = 'x'.repeat(INGESTION_LIMITS.recordCharacters + 1);
const rows = Array.from({ length: 300 }, (_, n) => `${n},lighthouse ${n}`);
const elements = Array.from({ length: 300 }, (_, n) =>
  JSON.stringify({ number: n, text: `lighthouse ${n}` }),
);

function replaceAt<Value>(list: readonly Value[], changes: Record<number, Value>): Value[] {
  return list.map((value, index) => changes[index] ?? value);
}

const table = (changes: Record<number, string>): string =>
  ['number,text', ...replaceAt(rows, changes)].join('\n');
const array = (changes: Record<number, string>): string => `[${replaceAt(elements, changes).join(',\n')}]`;
const deep = '['.repeat(INGESTION_LIMITS.nesting + 2) + ']'.repeat(INGESTION_LIMITS.nesting + 2);

describe('rows of a table that cannot be read', () => {
  it.each([
    [
      'a quotation mark that is never closed',
      'line 292',
      '290,"lighthouse',
      /A quotation mark that opens in line 292/,
    ],
    [
      'too many columns',
      'row 292',
      ','.repeat(INGESTION_LIMITS.columns + 1),
      /Row 292 has more than 16384 columns/,
    ],
    [
      'too long a cell',
      'line 292',
      `290,${TOO_LONG}`,
      /The row is longer than 8388608 characters that begins in line 292/,
    ],
    [
      'too long a quoted cell',
      'line 292',
      `290,"${TOO_LONG}"`,
      /The row is longer than 8388608 characters that begins in line 292/,
    ],
  ])('are left out of a large one: %s', async (_, location, row, reason) => {
    const { sections, leftOut, notes } = await parseBytes('log.csv', table({ 290: row }));

    expect(sections.map(({ values }) => values['number'])).toEqual(
      rows.map((_row, n) => String(n)).filter((n) => n !== '290'),
    );
    expect(leftOut).toMatchObject({ kind: 'VALIDATION', location, retryable: false });
    expect(leftOut?.message).toMatch(/^1 of 300 records could not be read and were left out: /);
    expect(leftOut?.message).toMatch(reason);
    expect(notes).toEqual([leftOut?.message]);
  });

  it('are left out of tab-separated values, too', async () => {
    const text = table({ 290: '290,"lighthouse' }).replaceAll(',', '\t');

    const { sections, leftOut } = await parseBytes('log.tsv', text);

    expect(sections).toHaveLength(299);
    expect(leftOut?.location).toBe('line 292');
  });

  it('are left out of JSON Lines, too, when they are too long', async () => {
    const text = replaceAt(elements, { 290: JSON.stringify({ text: TOO_LONG }) }).join('\n');

    const { sections, leftOut } = await parseBytes('log.jsonl', text);

    expect(sections).toHaveLength(299);
    expect(leftOut).toMatchObject({ kind: 'VALIDATION', location: 'line 291' });
  });

  it('fail a small one, by their reason', async () => {
    await expect(parseBytes('log.csv', 'number,text\n1,"lighthouse\n2,x')).rejects.toMatchObject({
      kind: 'VALIDATION',
      message: 'A quotation mark that opens in line 2 is never closed.',
      location: 'line 2',
    });
  });

  it('may be shorter or longer than the header', async () => {
    const { sections, leftOut } = await parseBytes('log.csv', table({ 1: '1', 2: '2,lighthouse 2,more' }));

    expect(leftOut).toBeNull();
    expect(sections[1]?.values).toEqual({ number: '1' });
    expect(sections[2]?.values).toMatchObject({ number: '2', 'column 3': 'more' });
  });
});

describe('elements of a JSON array that are no records', () => {
  it.each([
    ['too deep', `{"text": ${deep}}`, /nested deeper than 64 levels/],
    ['with a vector that is none', '{"values": [1e300, 2], "text": "x"}', /Record 291|record 291/],
    ['too long', JSON.stringify({ text: TOO_LONG }), /^.*Record 291 is longer than/],
  ])('are left out of a large one: %s', async (_, element, reason) => {
    const { sections, leftOut } = await parseBytes('log.json', array({ 290: element }));

    expect(sections.map(({ values }) => values['number'])).toEqual(
      elements.map((_element, n) => n).filter((n) => n !== 290),
    );
    expect(leftOut).toMatchObject({ kind: 'VALIDATION', location: 'record 291' });
    expect(leftOut?.message).toMatch(/^1 of 300 records could not be read and were left out: /);
    expect(leftOut?.message).toMatch(reason);
  });

  it('fail a small one', async () => {
    await expect(parseBytes('log.json', `[{"text": ${deep}}]`)).rejects.toMatchObject({
      kind: 'VALIDATION',
      location: 'record 1',
    });
  });
});

describe('an array that is no JSON', () => {
  it.each([
    ['a syntax error in an element', array({ 290: '{"text": lighthouse}' }), /Record 291 is not JSON/],
    ['a missing value', array({ 290: ' ' }), /a value is missing between commas/],
    ['a missing end', array({}).slice(0, -1), /the array has no end/],
    [
      'an end that never comes behind too long an element',
      `["${TOO_LONG}${TOO_LONG}`,
      /Record 1 is longer than/,
    ],
  ])('fails however large it is: %s', async (_, text, reason) => {
    await expect(parseBytes('log.json', text)).rejects.toMatchObject({
      kind: 'VALIDATION',
      message: expect.stringMatching(reason) as string,
    });
  });
});
