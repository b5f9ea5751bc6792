import type { Metadata, MetadataValue } from '../../../engine/api.ts';
import { ROW_LIMITS } from '../../../engine/index.ts';
import { RequestError } from '../../shared/request-error.ts';
import { parseJsonObject } from '../../shared/validate-arguments.ts';
import type { FieldTypes } from './decide-fields.ts';
import { isFilterable, isUsableName, MAX_FILTER_STRING, typeOfValue } from './field-census.ts';

function refuse(
  field: string,
  problem: string,
  info: { actual?: string | number; limit?: string | number } = {},
): never {
  throw new RequestError('VALIDATION', `${field} ${problem}.`, { field, ...info });
}

function isMetadataValue(value: unknown): value is MetadataValue {
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return true;
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function checkValue(field: string, value: unknown): asserts value is MetadataValue {
  if (!isMetadataValue(value))
    refuse(field, 'must be a string, a finite number, a boolean or a list of strings');
  if (isFilterable(value)) return;
  if (Array.isArray(value) && value.length > ROW_LIMITS.listLength) {
    refuse(field, `has ${value.length} strings; at most ${ROW_LIMITS.listLength} are allowed`, {
      limit: ROW_LIMITS.listLength,
      actual: value.length,
    });
  }
  refuse(
    field,
    `has a string that is broken or longer than ${MAX_FILTER_STRING} characters, or a number that is not finite`,
    {
      limit: MAX_FILTER_STRING,
    },
  );
}

/** Reads the metadata of an upload: flat values whose types are those that the database knows already. */
export function readFileMetadata(given: unknown, registered: FieldTypes, path: string): Metadata | null {
  const metadata = parseJsonObject(given, path);
  if (metadata === null) return null;
  const entries = Object.entries(metadata);
  if (entries.length > ROW_LIMITS.fieldsPerRow) {
    refuse(path, `has ${entries.length} fields; at most ${ROW_LIMITS.fieldsPerRow} are allowed`, {
      limit: ROW_LIMITS.fieldsPerRow,
      actual: entries.length,
    });
  }
  for (const [name, value] of entries) {
    const field = `${path}.${name.slice(0, ROW_LIMITS.fieldNameLength)}`;
    if (!isUsableName(name)) {
      refuse(
        field,
        `has a name that is not usable: 1 to ${ROW_LIMITS.fieldNameLength} characters, no control characters, no $ at the beginning`,
      );
    }
    checkValue(field, value);
    const type = Object.hasOwn(registered, name) ? registered[name] : undefined;
    if (type !== undefined && type !== typeOfValue(value)) {
      refuse(field, `is of type ${typeOfValue(value)}; in this database the field is of type ${type}`, {
        actual: typeOfValue(value),
        limit: type,
      });
    }
  }
  return metadata as Metadata;
}
