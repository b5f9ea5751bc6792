import type { TableRange } from '../parse/section.ts';
import type { ChunkingRules, Span } from './chunk.ts';
import { countTokens } from './count-tokens.ts';
import { packUnits } from './pack-units.ts';
import { splitToFit } from './split-units.ts';

const NO_HEADINGS: ReadonlySet<number> = new Set();
/** A header that would take more of every chunk than this is not repeated. */
const LARGEST_HEADER_SHARE = 0.5;

/** A stretch of text, or a table that is too long for one chunk. */
type Stretch = Span & { table: TableRange | null };

/** Returns a section's text as stretches in their order, each table that does not fit in a chunk apart. */
export function partTables(text: string, tables: readonly TableRange[], maxTokens: number): Stretch[] {
  const stretches: Stretch[] = [];
  let from = 0;
  for (const table of tables) {
    if (table.start < from || countTokens(text, table.start, table.end) <= maxTokens) continue;
    if (table.start > from) stretches.push({ start: from, end: table.start, table: null });
    stretches.push({ start: table.start, end: table.end, table });
    from = table.end;
  }
  if (from < text.length) stretches.push({ start: from, end: text.length, table: null });
  return stretches;
}

/** Cuts a table between its rows; every chunk after the first begins with the table's header. Rows are not repeated. */
export function splitTable(text: string, table: TableRange, rules: ChunkingRules): Span[] {
  const tableHeader = text.slice(table.start, table.headerEnd).trim();
  const headerTokens = countTokens(tableHeader) + 1;
  const isRepeated = headerTokens <= rules.maxTokens * LARGEST_HEADER_SHARE;
  const maxTokens = isRepeated ? rules.maxTokens - headerTokens : rules.maxTokens;
  const span = { start: table.start, end: table.end };
  const rows = splitToFit(text, span, 'line', maxTokens);
  const chunks = packUnits(text, rows, { ...rules, maxTokens, overlapTokens: 0 }, NO_HEADINGS);
  return chunks.map((chunk) =>
    isRepeated && chunk.start >= table.headerEnd ? { ...chunk, tableHeader } : chunk,
  );
}
