import type { Span } from './chunk.ts';
import { countTokens, findTokenLimit } from './count-tokens.ts';

/** Where text may be cut, from the best place to the worst. */
export type UnitLevel = 'paragraph' | 'line' | 'sentence' | 'word';

const BOUNDARIES: Record<UnitLevel, RegExp> = {
  paragraph: /\n[ \t]*\n\s*/g,
  line: /\n\s*/g,
  // The look-behind lets a run of marks be tried once: without it a long run costs the square of its length.
  sentence: /(?<![.!?…])[.!?…]+["'”’»)\]]*\s+|[。！？｡]+[」』”’）]*\s*|\n\s*/g,
  word: /\s+/g,
};
/** White space counts a token for 16 characters, everything else for fewer: the most characters of a token. */
const MAX_CHARACTERS_PER_TOKEN = 20;

/** Returns the units of a span without gaps: each ends where the next begins. */
export function splitAt(text: string, { start, end }: Span, level: UnitLevel): Span[] {
  const boundary = new RegExp(BOUNDARIES[level]);
  const units: Span[] = [];
  const body = text.slice(start, end);
  let from = 0;
  for (const match of body.matchAll(boundary)) {
    const to = match.index + match[0].length;
    units.push({ start: start + from, end: start + to });
    from = to;
  }
  if (from < body.length) units.push({ start: start + from, end });
  return units;
}

function cutHard(text: string, { start, end }: Span, maxTokens: number): Span[] {
  const pieces: Span[] = [];
  let from = start;
  while (from < end) {
    const window = Math.min(end, from + maxTokens * MAX_CHARACTERS_PER_TOKEN);
    const to = findTokenLimit(text, from, window, maxTokens);
    pieces.push({ start: from, end: to });
    from = to;
  }
  return pieces;
}

const NEXT_LEVEL: Record<UnitLevel, UnitLevel | null> = {
  paragraph: 'line',
  line: 'sentence',
  sentence: 'word',
  word: null,
};

/** Returns units of at most `maxTokens`: a unit that is too long is cut at the next finer level, at last within a word. */
export function splitToFit(text: string, span: Span, level: UnitLevel, maxTokens: number): Span[] {
  const fitting: Span[] = [];
  for (const unit of splitAt(text, span, level)) {
    if (countTokens(text, unit.start, unit.end) <= maxTokens) fitting.push(unit);
    else {
      const finer = NEXT_LEVEL[level];
      fitting.push(...(finer ? splitToFit(text, unit, finer, maxTokens) : cutHard(text, unit, maxTokens)));
    }
  }
  return fitting;
}
