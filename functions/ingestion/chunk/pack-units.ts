import type { ChunkingRules, Span } from './chunk.ts';
import { countTokens } from './count-tokens.ts';
import { splitAt } from './split-units.ts';

/** A chunk that is at least this full ends before a heading, so that the heading stays with what it heads. */
const FULL_ENOUGH = 0.5;

function addCosts(text: string, units: readonly Span[]): (Span & { tokens: number })[] {
  return units.map((unit) => ({ ...unit, tokens: countTokens(text, unit.start, unit.end) }));
}

/** Returns where the overlap of a chunk begins: at a sentence when one fits, else at a word; the chunk's end for none. */
function findOverlapStart(text: string, { start, end }: Span, overlapTokens: number): number {
  if (overlapTokens === 0) return end;
  for (const level of ['sentence', 'word'] as const) {
    let from = end;
    let tokens = 0;
    for (const unit of splitAt(text, { start, end }, level).reverse()) {
      tokens += countTokens(text, unit.start, unit.end);
      if (tokens > overlapTokens || unit.start === start) break;
      from = unit.start;
    }
    if (from < end) return from;
  }
  return end;
}

/**
 * Packs units, which follow each other without gaps, into chunks of at most `maxTokens`. A chunk begins with the overlap of the one
 * before; the overlap is given up where it and the next unit would not fit together.
 */
export function packUnits(
  text: string,
  units: readonly Span[],
  rules: ChunkingRules,
  headingOffsets: ReadonlySet<number>,
): Span[] {
  const { maxTokens, overlapTokens } = rules;
  const chunks: Span[] = [];
  let open: (Span & { tokens: number }) | null = null;
  for (const unit of addCosts(text, units)) {
    const isHeading = headingOffsets.has(unit.start);
    if (
      open &&
      (open.tokens + unit.tokens > maxTokens || (isHeading && open.tokens >= maxTokens * FULL_ENOUGH))
    ) {
      chunks.push({ start: open.start, end: open.end });
      open = startNext(text, open, unit, { maxTokens, overlapTokens: isHeading ? 0 : overlapTokens });
    } else if (open) open = { start: open.start, end: unit.end, tokens: open.tokens + unit.tokens };
    else open = unit;
  }
  if (open) chunks.push({ start: open.start, end: open.end });
  return chunks;
}

function startNext(
  text: string,
  before: Span,
  unit: Span & { tokens: number },
  { maxTokens, overlapTokens }: { maxTokens: number; overlapTokens: number },
): Span & { tokens: number } {
  const room = Math.min(overlapTokens, maxTokens - unit.tokens);
  const start = room > 0 ? findOverlapStart(text, before, room) : unit.start;
  if (start >= unit.start) return unit;
  return { start, end: unit.end, tokens: countTokens(text, start, unit.end) };
}
