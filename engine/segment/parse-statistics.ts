import type { FieldType, Metric } from '../api.ts';
import { FormatProblem } from '../format/byte-reader.ts';
import type { SegmentStatistics } from './segment-sections.ts';

const METRICS: readonly unknown[] = ['COSINE', 'DOT_PRODUCT', 'EUCLIDEAN'] satisfies Metric[];
const FIELD_TYPES: readonly unknown[] = ['STRING', 'NUMBER', 'BOOLEAN', 'STRING_LIST'] satisfies FieldType[];

/** Checks the shape of a parsed `statistics` section. */
export function parseStatistics(parsed: unknown): SegmentStatistics {
  const { rows, dimension, metric, analyzer, keywordRows, words, fields } = (parsed ??
    {}) as SegmentStatistics;
  const counts = [rows, dimension, keywordRows, words] as unknown[];
  if (
    !counts.every((count) => Number.isSafeInteger(count) && (count as number) >= 0) ||
    !METRICS.includes(metric)
  ) {
    throw new FormatProblem('its statistics are malformed');
  }
  if (typeof analyzer !== 'string' || !Array.isArray(fields) || !fields.every(isField)) {
    throw new FormatProblem('its statistics are malformed');
  }
  return { rows, dimension, metric, analyzer, keywordRows, words, fields };
}

function isField(raw: unknown): boolean {
  const { name, type, present, sketch } = (raw ?? {}) as Record<string, unknown>;
  const isSketch = Array.isArray(sketch) && sketch.every((hash) => Number.isSafeInteger(hash));
  return typeof name === 'string' && FIELD_TYPES.includes(type) && Number.isSafeInteger(present) && isSketch;
}
