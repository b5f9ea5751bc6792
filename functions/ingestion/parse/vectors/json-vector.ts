import { cleanText } from '../clean-text.ts';
import { jsonRecord } from '../json-record.ts';
import type { Section } from '../section.ts';
import { decodeVector, toVector } from './vector-values.ts';

/** Fewer numbers are a property that happens to be called `values`. */
const LEAST_NUMBERS = 2;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function findVector(
  { values, valuesBase64 }: Record<string, unknown>,
  location: string,
): Float32Array | null {
  if (typeof valuesBase64 === 'string') return decodeVector(valuesBase64, location);
  if (!Array.isArray(values) || values.length < LEAST_NUMBERS) return null;
  return values.every((value) => typeof value === 'number') ? toVector(values, location) : null;
}

/**
 * Returns a JSON value as a record. An object as `upsertVectors` takes it brings its own vector in `values` or `valuesBase64`; then `text` is
 * its text, and the properties of `metadata` are its own.
 */
export function readJsonRecord(value: unknown, location: string): Section {
  const vector = isObject(value) ? findVector(value, location) : null;
  if (!vector || !isObject(value)) return jsonRecord(value, location);
  const { text, metadata } = value;
  const rest = Object.entries(value).filter(
    ([name]) => !['values', 'valuesBase64', 'text', 'metadata'].includes(name),
  );
  const properties = [...rest, ...(isObject(metadata) ? Object.entries(metadata) : [])];
  const record = jsonRecord(Object.fromEntries(properties), location);
  return { ...record, text: typeof text === 'string' ? cleanText(text).trim() : record.text, vector };
}
