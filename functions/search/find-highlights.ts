import { analyzeQuery, analyzeText } from '../../engine/index.ts';
import type { TextRange } from '../../schema/generated/types.ts';

/** More marks than this in one text help nobody, and the answer has a size limit. */
const MAX_HIGHLIGHTS = 100;

/** Returns a finder of the query's words in texts, as they are written or in another form, in UTF-16 code units. */
export function createHighlighter(query: string): (text: string) => Omit<TextRange, '__typename'>[] {
  const words = analyzeQuery(query);
  const terms = new Set(words.map(({ term }) => term));
  const wantedStems = new Set(words.flatMap(({ stems }) => stems));
  return (text) =>
    analyzeText(text)
      .filter(({ term, stem }) => terms.has(term) || (stem !== null && wantedStems.has(stem)))
      .slice(0, MAX_HIGHLIGHTS)
      .map(({ start, end }) => ({ start, end }));
}
