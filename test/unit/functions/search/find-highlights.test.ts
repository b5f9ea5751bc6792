import { describe, expect, it } from 'vitest';
import { createHighlighter } from '../../../../functions/search/find-highlights.ts';

function mark(query: string, text: string): string[] {
  return createHighlighter(query)(text).map(({ start, end }) => text.slice(start, end));
}

describe('highlights', () => {
  it('are the words of the query in every form of the language of the text', () => {
    expect(mark('running shoes', 'She ran to run, a SHOE in hand, and was running in shoes.')).toEqual([
      'run',
      'SHOE',
      'running',
      'shoes',
    ]);
    expect(mark('chevaux', 'Le cheval est dans la ville; les chevaux ne sont pas là.')).toEqual([
      'cheval',
      'chevaux',
    ]);
    expect(mark('homme', "Il est l'homme de la ville.")).toEqual(["l'homme"]);
    expect(mark('книга', 'Это книги о войне')).toEqual(['книги']);
  });

  it('do not bring languages together', () => {
    expect(mark('casa', 'This is the case of the house')).toEqual([]);
    expect(mark('casa', 'This is the Casa of the house')).toEqual(['Casa']);
  });

  it('stand where the words stand, whatever comes before', () => {
    const text = '🙂 𝒳 Crème, brûlée: creme!';

    expect(createHighlighter('CREME')(text)).toEqual([
      { start: 6, end: 11 },
      { start: 21, end: 26 },
    ]);
  });

  it('end at a hundred', () => {
    expect(mark('a', 'a '.repeat(5000))).toHaveLength(100);
    expect(mark('!', 'a '.repeat(5000))).toEqual([]);
  });
});
