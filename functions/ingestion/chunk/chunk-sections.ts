import type { Metadata } from '../../../engine/api.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { isFilterable } from '../metadata/field-census.ts';
import type { Heading, Section } from '../parse/section.ts';
import type { Chunk, ChunkingRules, Span } from './chunk.ts';
import { splitSection } from './split-section.ts';

/** Two line breaks stand between sections in the extracted text. */
const SEPARATOR_LENGTH = 2;
const MAX_HEADING_LENGTH = 200;
const HEADINGS_FIELD = 'headings';
/** Every chunk of a record carries its values: what they may take bounds what one large record can become. */
const MAX_VALUES = 256;
const MAX_VALUE_CHARACTERS = 16_384;

function trimSpan(text: string, { start, end }: Span): Span {
  const body = text.slice(start, end);
  return { start: start + body.length - body.trimStart().length, end: start + body.trimEnd().length };
}

/** Returns a look-up of the headings above a place, for places in rising order; a heading at the place itself is read in its text. */
function trackHeadings({ headings, openHeadings }: Section): (start: number) => string[] {
  const path: Heading[] = openHeadings.map((title, index) => ({ level: index + 1, title, offset: -1 }));
  let next = 0;
  return (start) => {
    for (let heading = headings[next]; heading && heading.offset <= start; heading = headings[++next]) {
      while ((path.at(-1)?.level ?? 0) >= heading.level) path.pop();
      path.push(heading);
    }
    return path
      .filter(({ offset, endOffset = Infinity }) => offset < start && start < endOffset)
      .map(({ title }) => title.slice(0, MAX_HEADING_LENGTH));
  };
}

/** Returns the values that can become metadata, the first ones first; all of them are in the text. */
function limitValues(values: Metadata): Metadata {
  const kept: Metadata = {};
  let characters = 0;
  for (const [name, value] of Object.entries(values).slice(0, MAX_VALUES)) {
    if (!isFilterable(value) || name === '__proto__') continue;
    characters += name.length + JSON.stringify(value).length;
    if (characters > MAX_VALUE_CHARACTERS) break;
    kept[name] = value;
  }
  return kept;
}

function checkLength(length: number): void {
  if (length <= INGESTION_LIMITS.textCharacters) return;
  const message = `The file has more than ${INGESTION_LIMITS.textCharacters} characters of text; split it into several files.`;
  throw new IngestionFailure('PAYLOAD_TOO_LARGE', message);
}

/** Under MARKDOWN the path of headings is a property that filters can use; a column of that name keeps its own values. */
function withHeadings(values: Metadata, headings: string[], { strategy }: ChunkingRules): Metadata {
  if (strategy !== 'MARKDOWN' || headings.length === 0 || Object.hasOwn(values, HEADINGS_FIELD))
    return values;
  return { ...values, [HEADINGS_FIELD]: headings };
}

/** A record with a vector of its own is one chunk whatever the rules: its vector stands for all of it, or for no text at all. */
function chunkVector(
  { text, page, openHeadings, values }: Section,
  vector: Float32Array,
  base: number,
): Chunk {
  const { start, end } = trimSpan(text, { start: 0, end: text.length });
  const offsets = { startOffset: base + start, endOffset: base + Math.max(start, end) };
  const shared = { page, headings: openHeadings, ...offsets, values: limitValues(values) };
  return { text: text.slice(start, end), ...shared, vector };
}

function* chunkSection(section: Section, rules: ChunkingRules, base: number): Generator<Chunk> {
  if (section.vector) {
    yield chunkVector(section, section.vector, base);
    return;
  }
  const headingsAbove = trackHeadings(section);
  const values = limitValues(section.values);
  for (const span of splitSection(section, rules)) {
    const { start, end } = trimSpan(section.text, span);
    if (start >= end) continue;
    const body = section.text.slice(start, end);
    const text = span.tableHeader === undefined ? body : `${span.tableHeader}\n${body}`;
    const offsets = { startOffset: base + start, endOffset: base + end };
    const headings = headingsAbove(start);
    yield { text, page: section.page, headings, ...offsets, values: withHeadings(values, headings, rules) };
  }
}

/** What a section's chunks can carry, for those who count the fields of a file. */
function observedValues(section: Section, rules: ChunkingRules): Metadata {
  const { headings, openHeadings, values } = section;
  const title = openHeadings[0] ?? headings[0]?.title;
  return title === undefined ? values : withHeadings(values, [title.slice(0, MAX_HEADING_LENGTH)], rules);
}

/** How far chunking has come. */
export interface ChunkProgress {
  /** Where the next section begins in the extracted text. */
  base: number;
  /** Sees the values of each section once. */
  observe: (seen: Pick<Section, 'values'>) => void;
}

/** Yields the chunks of sections in their order, without blank ones. A section is asked for when all chunks of the one before were taken. */
export async function* chunkSections(
  sections: AsyncIterable<Section> | Iterable<Section>,
  rules: ChunkingRules,
  progress: ChunkProgress = { base: 0, observe: () => undefined },
): AsyncGenerator<Chunk> {
  for await (const section of sections) {
    progress.observe({ values: observedValues(section, rules) });
    yield* chunkSection(section, rules, progress.base);
    progress.base += section.text.length + SEPARATOR_LENGTH;
    checkLength(progress.base);
  }
}
