import { tokenize } from '../../engine/index.ts';
import type { TextRange } from '../../schema/generated/types.ts';

/** More marks than this in one text help nobody, and the answer has a size limit. */
const MAX_HIGHLIGHTS = 100;

/** Returns a finder of the query's words in texts: whole words as the keyword search knows them, in UTF-16 code units. */
export function createHighlighter(query: string): (text: string) => Omit<TextRange, '__typename'>[] {
  const wanted = new Set<string>();
  for (const { term } of tokenize(query)) wanted.add(term);
  return (text) => {
    const ranges: { start: number; end: number }[] = [];
    for (const { term, start, end } of tokenize(text)) {
      if (wanted.has(term)) ranges.push({ start, end });
      if (ranges.length === MAX_HIGHLIGHTS) break;
    }
    return ranges;
  };
}
