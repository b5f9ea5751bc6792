import type { Metadata } from '../../../engine/api.ts';
import type { Note } from '../left-out.ts';

/** A heading at its place in the text of a section. */
export interface Heading {
  offset: number;
  /** 1 is the highest. */
  level: number;
  title: string;
  /** Where what the heading names ends, when that is before the next heading: the end of a function, for instance. */
  endOffset?: number;
}

/** A table within running text, a row a line. */
export interface TableRange {
  start: number;
  /** Where the rows of data begin; what stands before is repeated in every chunk that continues the table. */
  headerEnd: number;
  end: number;
}

/** A run of text that chunks never cross: a page, a record, or a stretch of running text. */
export interface Section {
  kind: 'TEXT' | 'PAGE' | 'RECORD';
  text: string;
  page: number | null;
  headings: Heading[];
  /** The headings that already hold at the section's beginning, outermost first. */
  openHeadings: string[];
  /** The columns or properties of a record, the head of a message; empty for other kinds. */
  values: Metadata;
  tables?: TableRange[];
  /** The vector that a record brings: it is stored as it is, and the record is one chunk whatever its text. */
  vector?: Float32Array;
}

/** What a parser yields, and what its user should know of it. */
export interface ParsedFile {
  sections: AsyncIterable<Section> | Iterable<Section>;
  /** True when values are the text of cells, whose types are still to be found. */
  hasUntypedValues: boolean;
  /** Sentences about what was replaced or left out; complete once all sections were read. */
  notes: Note[];
  /** The media type, where opening the file told more than its first bytes. */
  contentType?: string;
}

/** Returns a section of running text. */
export function textSection(text: string, headings: Heading[] = [], openHeadings: string[] = []): Section {
  return { kind: 'TEXT', text, page: null, headings, openHeadings, values: {} };
}

/** Returns a section of one page. */
export function pageSection(
  page: number,
  text: string,
  headings: Heading[] = [],
  openHeadings: string[] = [],
): Section {
  return { kind: 'PAGE', text, page, headings, openHeadings, values: {} };
}

/** Returns a section of one record. */
export function recordSection(text: string, values: Metadata, openHeadings: string[] = []): Section {
  return { kind: 'RECORD', text, page: null, headings: [], openHeadings, values };
}
