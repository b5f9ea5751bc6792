import type { FieldType, Metadata, MetadataValue } from '../../../engine/api.ts';
import type { FieldTypes } from './decide-fields.ts';
import { isFilterable, readCell, typeOfValue } from './field-census.ts';

/** The metadata of a chunk: all of it for its record, and what filters can use for its row. */
export interface ChunkMetadata {
  record: Metadata;
  row: Metadata;
}

/** Returns the value in the type of its field, or null when it has none. */
function coerce(value: MetadataValue, type: FieldType): MetadataValue | null {
  if (typeOfValue(value) === type) return value;
  if (type === 'STRING' && !Array.isArray(value)) return String(value);
  return null;
}

function readValue(value: MetadataValue, type: FieldType | undefined, isUntyped: boolean): MetadataValue {
  if (!isUntyped || typeof value !== 'string') return value;
  // A column of strings keeps the spelling of its cells.
  return type === 'STRING' ? value : readCell(value);
}

/** Joins a file's metadata with a record's values; the file's win, because its owner set them on purpose. */
export function buildMetadata(
  fileMetadata: Metadata,
  values: Metadata,
  types: FieldTypes,
  isUntyped: boolean,
): ChunkMetadata {
  const record: Metadata = {};
  const row: Metadata = {};
  // Own properties only: a column may be called like one of Object's own members.
  for (const [name, raw] of Object.entries({ ...values, ...fileMetadata })) {
    if (name === '__proto__') continue;
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    const value = readValue(raw, type, isUntyped && !Object.hasOwn(fileMetadata, name));
    // Long texts are the chunk's text already.
    if (!isFilterable(value)) continue;
    record[name] = value;
    const filterable = type === undefined ? null : coerce(value, type);
    if (filterable !== null) row[name] = filterable;
  }
  return { record, row };
}
