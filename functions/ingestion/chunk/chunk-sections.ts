import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import type { Section } from '../parse/section.ts';
import type { Chunk, ChunkingRules, Span } from './chunk.ts';
import { splitSection } from './split-section.ts';

/** Two line breaks stand between sections in the extracted text. */
const SEPARATOR_LENGTH = 2;
const MAX_HEADING_LENGTH = 200;

function trimSpan(text: string, { start, end }: Span): Span {
  const body = text.slice(start, end);
  return { start: start + body.length - body.trimStart().length, end: start + body.trimEnd().length };
}

/** Returns the headings that a chunk stands under; one that begins within it is read in its text. */
function findHeadings({ headings, openHeadings }: Section, start: number): string[] {
  const path = openHeadings.map((title, index) => ({ level: index + 1, title }));
  for (const heading of headings) {
    if (heading.offset > start) break;
    while ((path.at(-1)?.level ?? 0) >= heading.level) path.pop();
    if (heading.offset < start) path.push(heading);
  }
  return path.map(({ title }) => title.slice(0, MAX_HEADING_LENGTH));
}

function checkLength(length: number): void {
  if (length <= INGESTION_LIMITS.textCharacters) return;
  const message = `The file has more than ${INGESTION_LIMITS.textCharacters} characters of text; split it into several files.`;
  throw new IngestionFailure('PAYLOAD_TOO_LARGE', message);
}

/** Yields the chunks of sections in their order, without blank ones; `observe` sees each section once. */
export async function* chunkSections(
  sections: AsyncIterable<Section> | Iterable<Section>,
  rules: ChunkingRules,
  observe: (section: Section) => void = () => undefined,
): AsyncGenerator<Chunk> {
  let base = 0;
  for await (const section of sections) {
    observe(section);
    for (const span of splitSection(section, rules)) {
      const { start, end } = trimSpan(section.text, span);
      if (start >= end) continue;
      yield {
        text: section.text.slice(start, end),
        page: section.page,
        headings: findHeadings(section, start),
        startOffset: base + start,
        endOffset: base + end,
        values: section.values,
      };
    }
    base += section.text.length + SEPARATOR_LENGTH;
    checkLength(base);
  }
}
