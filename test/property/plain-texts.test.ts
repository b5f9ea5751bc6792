import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyzeText } from '../../engine/index/analyze-text.ts';
import { detectLanguage, detectPlainLanguage, languagesOf } from '../../engine/index/detect-language.ts';
import { splitPlainText, termOf, tokenize } from '../../engine/index/tokenize.ts';
import { indexTexts } from '../../engine/index/index-texts.ts';

const pieces = [
  'der Hund',
  "don't",
  'U.S.A.',
  '3.5,7',
  '__',
  'x_1',
  'running',
  'les',
  'et',
  '-',
  ':',
  '\t',
  '\n',
  '\u0001',
];
const texts = fc.oneof(
  fc.string({ unit: fc.constantFrom(...pieces), maxLength: 30 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((words) => words.join(' ')),
  fc.string({ unit: 'grapheme-ascii' }),
);

describe('a plain text', () => {
  it('has the words that the rules for every text find', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const plain = splitPlainText(text);
        const expected = [...tokenize(text)].map(({ word }) => word);

        expect(plain?.filter((word) => termOf(word) !== '') ?? expected).toEqual(expected);
      }),
    );
  });

  it('is of the language that the rules for every text find', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const words = [...tokenize(text)];

        const language = detectPlainLanguage(words.map(({ term }) => ({ languages: languagesOf(term) })));

        fc.pre(splitPlainText(text) !== null);
        expect(language).toBe(detectLanguage(words));
      }),
    );
  });

  it('is indexed by the words and stems that every text is', () => {
    fc.assert(
      fc.property(fc.array(texts, { maxLength: 5 }), (rows) => {
        const { terms, lengths } = indexTexts(rows);

        const found = new Set(Array.from(terms(), ({ term }) => term));
        const words = rows.map(analyzeText);
        expect([...lengths]).toEqual(words.map(({ length }) => length));
        expect(found).toEqual(
          new Set(words.flat().flatMap(({ term, stem }) => (stem === null ? [term] : [term, stem]))),
        );
      }),
    );
  });
});
