import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyzeQuery, analyzeText } from '../../../engine/index.ts';
import { makeQuery, makeRow, openTestDatabase, searchIds, upsert } from '../../support/engine-database.ts';

/** A sentence of each language, so that the language of what is added to it is known. */
const SENTENCES = {
  en: 'This is what they said about it.',
  de: 'Das ist der Grund und nicht mehr.',
  fr: 'Ils sont dans la ville avec nous.',
  es: 'Los niños están en el parque con ella.',
  it: 'Sono nella città con gli amici.',
  pt: 'Eles não estão com você na cidade.',
  nl: 'Het is niet wat zij van ons hebben.',
  sv: 'Det är inte vad jag har för dig.',
  da: 'Det er ikke noget jeg har af dem.',
  no: 'Jeg har ikke noe av det til seg.',
  fi: 'Se ei ole niin kuin he olivat.',
  ru: 'Это то, что они сказали.',
  ar: 'هذا هو ما قالوا عنه.',
};

const stemsOf = (text: string): (string | null)[] => analyzeText(text).map(({ stem }) => stem);

/** Returns whether a query of one word meets a text by its stem. */
function meets(query: string, text: string): boolean {
  const stems = new Set(stemsOf(text));
  return analyzeQuery(query).every((word) => word.stems.some((stem) => stems.has(stem)));
}

describe('stems bring together', () => {
  it.each<[keyof typeof SENTENCES, string, string[]]>([
    ['en', 'running', ['run', 'runs', 'Running']],
    ['en', 'shoes', ['shoe', "shoe's"]],
    ['en', 'universities', ['university']],
    ['de', 'Häuser', ['Haus', 'Häusern']],
    ['de', 'Straßen', ['Straße', 'STRASSE']],
    ['fr', 'chevaux', ['cheval', "l'cheval"]],
    ['fr', 'homme', ["l'homme", 'hommes', "d'hommes"]],
    ['fr', 'qualités', ['qualité']],
    ['es', 'comunicaciones', ['comunicación', 'comunicacion']],
    ['es', 'zapatos', ['zapato']],
    ['it', 'nazioni', ['nazione']],
    ['pt', 'comunicações', ['comunicação', 'comunicacao']],
    ['nl', 'lopen', ['lope']],
    ['sv', 'flickorna', ['flicka']],
    ['da', 'pigerne', ['pige']],
    ['no', 'jentene', ['jente']],
    ['fi', 'talossa', ['talo', 'talot']],
    ['ru', 'книги', ['книга', 'книгу']],
    ['ar', 'الكتاب', ['كتاب']],
  ])('%s: %s', (language, query, forms) => {
    for (const form of forms) {
      expect(meets(query, `${SENTENCES[language]} ${form}`), form).toBe(true);
      expect(meets(form, `${SENTENCES[language]} ${query}`), form).toBe(true);
    }
  });

  it('words of one language alone: Spanish rules do not apply to English texts', () => {
    expect(meets('case', `${SENTENCES.en} The casa`)).toBe(false);
    expect(meets('care', `${SENTENCES.en} The car`)).toBe(false);
    expect(meets('casa', `${SENTENCES.es} casas`)).toBe(true);
  });

  it('words of a text without any evidence by English rules', () => {
    expect(meets('shoe', 'Red running shoes')).toBe(true);
  });
});

describe('words without stems', () => {
  it.each(['x1', '3.14', 'foo_bar', 'e.g', '東京', 'สวัสดี', 'שלום', '한국어'])('%s', (word) => {
    const found = analyzeText(word);

    expect(found.length).toBeGreaterThan(0);
    expect(found.every(({ stem }) => stem === null)).toBe(true);
    expect(analyzeQuery(word).every(({ stems }) => stems.length === 0)).toBe(true);
  });
});

describe('the language of a text', () => {
  it.each(Object.entries(SENTENCES))('%s', (language, sentence) => {
    const languages = new Set(stemsOf(sentence).map((stem) => stem?.slice(1, 3)));

    expect([...languages]).toEqual([language]);
  });

  it('does not depend on case or on the form of Unicode', () => {
    for (const sentence of Object.values(SENTENCES)) {
      expect(stemsOf(sentence.normalize('NFD'))).toEqual(stemsOf(sentence));
      expect(stemsOf(sentence.toUpperCase())).toEqual(stemsOf(sentence));
    }
  });

  const declarations = new URL('../../../../shared/data/files/UDHR_first_article_all.txt', import.meta.url);
  it.runIf(existsSync(declarations)).each([
    ['English', 'en'],
    ['German, Standard (1996)', 'de'],
    ['French', 'fr'],
    ['Spanish', 'es'],
    ['Italian', 'it'],
    ['Portuguese (Portugal)', 'pt'],
    ['Dutch', 'nl'],
    ['Swedish', 'sv'],
    ['Danish', 'da'],
    ['Norwegian, Bokmål', 'no'],
    ['Finnish', 'fi'],
    ['Hungarian', 'hu'],
    ['Romanian (2006)', 'ro'],
    ['Turkish', 'tr'],
    ['Russian', 'ru'],
    ['Arabic, Standard', 'ar'],
    ['Hindi', 'hi'],
  ])('is known of the Declaration of Human Rights in %s', (name, language) => {
    const lines = readFileSync(declarations, 'utf8').split(/\r?\n/);
    const article = lines[lines.indexOf(name) + 1]!;

    const found = stemsOf(article).find((stem) => stem !== null);

    expect(found?.slice(1, 3)).toBe(language);
  });
});

describe('a search by words', () => {
  it('finds other forms, and ranks the written one first', async () => {
    const { database } = openTestDatabase();
    await upsert(database, [
      makeRow('exact', [1, 0], { text: 'A note about getUsers in the library' }),
      makeRow('stem', [1, 0], { text: 'A note about getUser in the library' }),
      makeRow('name', [1, 0], { text: 'Mr Banks met the team at noon today' }),
      makeRow('noun', [1, 0], { text: 'A bank met the bank at the bank' }),
      makeRow('shoe', [1, 0], { text: 'One shoe for a long run at sea' }),
      makeRow('none', [1, 0], { text: 'Nothing of this kind is said here' }),
    ]);

    expect(await searchIds(database, { text: 'getUsers' })).toEqual(['exact', 'stem']);
    expect(await searchIds(database, { text: 'getUser' })).toEqual(['stem', 'exact']);
    expect(await searchIds(database, { text: 'Banks' })).toEqual(['name', 'noun']);
    expect(await searchIds(database, { text: 'running shoes' })).toEqual(['shoe']);
  });

  it('says which words were found by their stem', async () => {
    const { database } = openTestDatabase();
    await upsert(database, [makeRow('a', [1, 0], { text: 'One red shoe' })]);

    const { hits } = await database.search(makeQuery({ text: 'red shoes', explain: true }));

    expect(hits[0]!.stages![0]!.detail).toBe('words: red, shoes (by its stem)');
  });
});

describe('analysis', () => {
  it('of any text is the same for its query: every word meets itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const words = analyzeText(text);
        const query = new Map(analyzeQuery(text).map((word) => [word.term, word]));
        for (const { term } of words) expect(query.has(term)).toBe(true);
        for (const { stem } of words) expect(stem === null || stem.isWellFormed()).toBe(true);
        const first = words.at(0);
        if (first !== undefined && first.stem !== null)
          expect(query.get(first.term)!.stems).toContain(first.stem);
      }),
      { numRuns: 500 },
    );
  });

  it('of hostile words ends quickly and stays short', () => {
    for (const word of [
      'a'.repeat(200_000),
      "s'".repeat(50_000),
      'eed'.repeat(50_000),
      `l'${'é'.repeat(100_000)}`,
    ]) {
      for (const { term, stem } of analyzeText(word)) {
        expect(term.length).toBeLessThanOrEqual(64);
        expect(stem?.length ?? 0).toBeLessThanOrEqual(67);
      }
    }
  });
});
