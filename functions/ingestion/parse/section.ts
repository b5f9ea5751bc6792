import type { Metadata } from '../../../engine/api.ts';

/** A heading at its place in the text of a section. */
export interface Heading {
  offset: number;
  /** 1 is the highest. */
  level: number;
  title: string;
}

/** A run of text that chunks never cross: a page, a record, or a stretch of running text. */
export interface Section {
  kind: 'TEXT' | 'PAGE' | 'RECORD';
  text: string;
  page: number | null;
  headings: Heading[];
  /** The headings that already hold at the section's beginning, outermost first. */
  openHeadings: string[];
  /** The columns or properties of a record; empty for other kinds. */
  values: Metadata;
}

/** What a parser yields, and what its user should know of it. */
export interface ParsedFile {
  sections: AsyncIterable<Section> | Iterable<Section>;
  /** True when values are the text of cells, whose types are still to be found. */
  hasUntypedValues: boolean;
  /** Sentences about what was replaced or left out; complete once all sections were read. */
  notes: string[];
}

/** Returns a section of running text. */
export function textSection(text: string, headings: Heading[] = [], openHeadings: string[] = []): Section {
  return { kind: 'TEXT', text, page: null, headings, openHeadings, values: {} };
}
