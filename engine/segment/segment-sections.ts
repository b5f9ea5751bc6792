import type { FieldType, Metric } from '../api.ts';
import type { DistinctSketch } from '../index/distinct-sketch.ts';

/** Names of the sections of a segment; `docs/format.md` specifies their bytes. */
export const SECTIONS = {
  addresses: 'addresses',
  vectors: 'vectors',
  records: 'records',
  rows8: 'rows8',
  codes: 'codes',
  index: 'index',
  postings: 'postings',
  postingBlocks: 'posting-blocks',
  plainRows: 'plain-rows',
  terms: 'terms',
  lengths: 'lengths',
  ids: 'ids',
  fileCodes: 'file-codes',
  files: 'files',
  idHashes: 'id-hashes',
  statistics: 'statistics',
} as const;

/** A metadata field's column is the section of this prefix and its name. */
export const COLUMN_PREFIX = 'column:';

/** Returns whether a segment may lack a section. */
export function isOptional(name: string): boolean {
  return name.startsWith(COLUMN_PREFIX) || name === SECTIONS.postingBlocks || name === SECTIONS.plainRows;
}

/** The `statistics` section. */
export interface SegmentStatistics {
  rows: number;
  dimension: number;
  metric: Metric;
  analyzer: string;
  /** Rows with at least one word, and their words together. */
  keywordRows: number;
  words: number;
  fields: { name: string; type: FieldType; present: number; sketch: DistinctSketch }[];
}
