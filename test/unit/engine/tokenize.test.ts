import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenize } from '../../../engine/index/tokenize.ts';

const terms = (text: string): string[] => Array.from(tokenize(text), ({ term }) => term);

describe('words', () => {
  it.each([
    ["Don't  STOP, e.g. at 3.14 or 1,000!", ["don't", 'stop', 'e.g', 'at', '3.14', 'or', '1,000']],
    ['Crème Brûlée naïve ÅNGSTRÖM', ['creme', 'brulee', 'naive', 'angstrom']],
    ['straße STRASSE ΟΔΟΣ οδος', ['strasse', 'strasse', 'οδοσ', 'οδοσ']],
    ['ﬁne ①② Ｆｕｌｌ', ['fine', '1', '2', 'full']],
    ['-- ... _ __ ☕ 🙂', []],
    ['foo_bar foo-bar a/b', ['foo_bar', 'foo', 'bar', 'a', 'b']],
    ['', []],
  ])('of %j', (text, expected) => {
    expect(terms(text)).toEqual(expected);
  });

  it('are found in scripts without spaces', () => {
    expect(terms('東京都に住んでいます').length).toBeGreaterThan(2);
    expect(terms('สวัสดีชาวโลก').length).toBeGreaterThan(1);
  });

  it('keep vowel signs, which carry meaning', () => {
    expect(terms('की')).not.toEqual(terms('का'));
  });

  it('are cut at 64 characters, and stay whole Unicode', () => {
    const [long] = terms('a'.repeat(10_000));
    const [pairs] = terms(`a${'𝒳𐐀'.repeat(100)}`);

    expect(long).toHaveLength(64);
    expect(pairs!.isWellFormed()).toBe(true);
  });

  it('stand where they say', () => {
    const text = 'Über  den\nWolken: 3.5 km';

    const found = Array.from(tokenize(text), ({ start, end }) => text.slice(start, end));

    expect(found).toEqual(['Über', 'den', 'Wolken', '3.5', 'km']);
  });

  it('of ASCII are those of Intl.Segmenter', () => {
    const segmenter = new Intl.Segmenter('und', { granularity: 'word' });
    const character = fc.constantFrom(...Array.from('aZ09_\'.,:;-@#"!/$&~ '));
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 20 }), (text) => {
        const expected = Array.from(segmenter.segment(text), ({ segment }) => segment.toLowerCase());
        expect(terms(text)).toEqual(expected.filter((segment) => /[a-z0-9]/.test(segment)));
      }),
      { numRuns: 1000 },
    );
  });

  it('of any string are well-formed and end', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        for (const { term, start, end } of tokenize(text)) {
          expect(term).not.toBe('');
          expect(term.isWellFormed()).toBe(true);
          expect(term.length).toBeLessThanOrEqual(64);
          expect(end).toBeGreaterThan(start);
        }
      }),
      { numRuns: 500 },
    );
  });
});
