import { IngestionFailure } from '../ingestion-failure.ts';
import type { Section } from '../parse/section.ts';
import type { ChunkingRules, Span } from './chunk.ts';
import { countTokens } from './count-tokens.ts';
import { packUnits } from './pack-units.ts';
import { partTables, splitTable } from './split-tables.ts';
import { splitToFit } from './split-units.ts';

/** The longest text that the embedding models of the providers read in one piece. */
const MAX_TOKENS_UNCUT = 8_192;
const NO_HEADINGS: ReadonlySet<number> = new Set();

/** Every strategy that cuts runs through here, so that none cuts a table without its header. */
function splitAroundTables(
  { text, tables = [] }: Section,
  rules: ChunkingRules,
  split: (stretch: Span) => Span[],
): Span[] {
  if (tables.length === 0) return split({ start: 0, end: text.length });
  return partTables(text, tables, rules.maxTokens).flatMap(({ start, end, table }) =>
    table ? splitTable(text, table, rules) : split({ start, end }),
  );
}

function splitRecursive(section: Section, span: Span, rules: ChunkingRules): Span[] {
  const headings = new Set(section.headings.map(({ offset }) => offset));
  const units = splitToFit(section.text, span, 'paragraph', rules.maxTokens);
  return packUnits(section.text, splitAtHeadings(units, headings), rules, headings);
}

/** A heading may stand within a paragraph, directly under the line before: chunks can begin there too. */
function splitAtHeadings(units: readonly Span[], headings: ReadonlySet<number>): Span[] {
  if (headings.size === 0) return [...units];
  const offsets = [...headings].sort((left, right) => left - right);
  let next = 0;
  return units.flatMap(({ start, end }) => {
    const pieces: Span[] = [];
    let from = start;
    while ((offsets[next] ?? Infinity) < end) {
      const at = offsets[next++] ?? end;
      if (at <= from) continue;
      pieces.push({ start: from, end: at });
      from = at;
    }
    return [...pieces, { start: from, end }];
  });
}

/** Each heading begins a stretch of its own; a heading without text of its own stays with the next. */
function splitMarkdown(section: Section, stretch: Span, rules: ChunkingRules): Span[] {
  const { text } = section;
  const offsets = new Set(section.headings.map(({ offset }) => offset));
  const within = [...offsets].filter((offset) => offset > stretch.start && offset < stretch.end);
  const starts = [stretch.start, ...within, stretch.end];
  const spans: Span[] = [];
  let from = stretch.start;
  for (const [index, end] of starts.slice(1).entries()) {
    const start = starts[index] ?? stretch.start;
    const isBareHeading = offsets.has(start) && !text.slice(start, end).trim().includes('\n');
    if (isBareHeading && end < stretch.end) continue;
    if (end > from) spans.push({ start: from, end });
    from = end;
  }
  return spans.flatMap((span) => splitRecursive(section, span, rules));
}

function splitRecords(section: Section, stretch: Span, rules: ChunkingRules): Span[] {
  if (section.kind === 'RECORD') return splitRecursive(section, stretch, rules);
  return splitToFit(section.text, stretch, 'paragraph', rules.maxTokens);
}

function keepWhole({ text, page }: Section): Span[] {
  const tokens = countTokens(text);
  if (tokens <= MAX_TOKENS_UNCUT) return [{ start: 0, end: text.length }];
  const message = `Without chunking, a text may have at most ${MAX_TOKENS_UNCUT} tokens; this one has ${tokens}. Choose another chunking strategy.`;
  throw new IngestionFailure('VALIDATION', message, { location: page === null ? null : `page ${page}` });
}

/** Returns the spans of a section's chunks by the rules' strategy; they are not trimmed, and may be blank. */
export function splitSection(section: Section, rules: ChunkingRules): Span[] {
  const { text } = section;
  const whole = { start: 0, end: text.length };
  // A record stays whole while it fits, whatever the strategy.
  if (section.kind === 'RECORD' && rules.strategy !== 'NONE' && countTokens(text) <= rules.maxTokens)
    return [whole];
  if (rules.strategy === 'NONE') return keepWhole(section);
  return splitAroundTables(section, rules, (stretch) => splitStretch(section, stretch, rules));
}

function splitStretch(section: Section, stretch: Span, rules: ChunkingRules): Span[] {
  const { text } = section;
  switch (rules.strategy) {
    case 'MARKDOWN':
      return splitMarkdown(section, stretch, rules);
    case 'SENTENCE':
      return packUnits(text, splitToFit(text, stretch, 'sentence', rules.maxTokens), rules, NO_HEADINGS);
    case 'FIXED':
      return packUnits(text, splitToFit(text, stretch, 'word', rules.maxTokens), rules, NO_HEADINGS);
    case 'RECORD':
      return splitRecords(section, stretch, rules);
    default:
      return splitRecursive(section, stretch, rules);
  }
}
