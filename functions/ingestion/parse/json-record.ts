import type { Metadata } from '../../../engine/api.ts';
import { IngestionFailure } from '../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../limits.ts';
import { cleanText } from './clean-text.ts';
import type { Section } from './section.ts';

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

interface Collected {
  lines: string[];
  values: Metadata;
  location: string;
}

function collectScalar(path: string, value: string | number | boolean, { lines, values }: Collected): void {
  const shown = typeof value === 'string' ? cleanText(value).trim() : value;
  if (shown === '') return;
  lines.push(path === '' ? String(shown) : `${path}: ${shown}`);
  if (path !== '') values[path] = shown;
}

function collectList(path: string, list: unknown[], into: Collected, depth: number): void {
  const scalars = list
    .filter(isScalar)
    .map((item) => (typeof item === 'string' ? cleanText(item).trim() : String(item)));
  const shown = scalars.filter((item) => item !== '');
  if (shown.length > 0) into.lines.push(path === '' ? shown.join(', ') : `${path}: ${shown.join(', ')}`);
  if (shown.length > 0 && scalars.length === list.length && path !== '') into.values[path] = shown;
  for (const [index, item] of list.entries()) {
    if (typeof item === 'object' && item !== null)
      collect(`${path}[${index}]`, item, { ...into, values: {} }, depth);
  }
}

function collect(path: string, value: unknown, into: Collected, depth: number): void {
  if (depth > INGESTION_LIMITS.nesting) {
    const message = `The JSON is nested deeper than ${INGESTION_LIMITS.nesting} levels.`;
    throw new IngestionFailure('VALIDATION', message, { location: into.location });
  }
  if (isScalar(value)) collectScalar(path, value, into);
  else if (Array.isArray(value)) collectList(path, value, into, depth + 1);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      const name = cleanText(key).replace(/\n/g, ' ');
      collect(path === '' ? name : `${path}.${name}`, inner, into, depth + 1);
    }
  }
}

/** Returns a JSON value as a record: a line for each scalar with its dotted path, which is also the name of its column. */
export function jsonRecord(value: unknown, location: string, openHeadings: string[] = []): Section {
  const collected: Collected = { lines: [], values: Object.create(null) as Metadata, location };
  collect('', value, collected, 0);
  return {
    kind: 'RECORD',
    text: collected.lines.join('\n'),
    page: null,
    headings: [],
    openHeadings,
    values: collected.values,
  };
}
