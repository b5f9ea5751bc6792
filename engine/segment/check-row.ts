import type { DatabaseConfig, FieldType, MetadataValue, Row } from '../api.ts';
import { invalidInput, showValue, type ErrorInfo, type VectorDbError } from '../errors/vector-db-error.ts';
import { fieldTypeOf } from '../index/column.ts';
import { checkValues } from './check-values.ts';

/** Something that is wrong with one row. */
export interface RowProblem {
  message: string;
  info: ErrorInfo;
}

/** Bounds of a row; they keep one row from bloating dictionaries and the manifest. */
export const ROW_LIMITS = {
  idLength: 512,
  addressLength: 4096,
  textLength: 1_000_000,
  fieldsPerRow: 64,
  fieldNameLength: 128,
  stringLength: 4096,
  listLength: 256,
  fields: 256,
} as const;

const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/;

/** Returns everything that is wrong with a row; an empty list means that the engine accepts it. */
export function checkRow(
  row: Row,
  config: Pick<DatabaseConfig, 'dimension' | 'metric'>,
  fields: Record<string, FieldType> = {},
): RowProblem[] {
  return [
    ...checkId(row.id),
    ...checkOrigin(row),
    ...checkValues(row.values, config),
    ...checkText(row.text),
    ...checkMetadata(row.metadata, fields),
  ];
}

/** Makes the error of the first problem of a row. */
export function rowError(row: Row, index: number, { message, info }: RowProblem): VectorDbError {
  const field = info.field === undefined ? `rows[${index}]` : `rows[${index}].${info.field}`;
  return invalidInput(`Row ${index} (id ${showValue(row.id)}): ${message}`, { ...info, field });
}

function problem(message: string, info: ErrorInfo): RowProblem {
  return { message, info: { code: 'VALIDATION', ...info } };
}

function checkId(id: string): RowProblem[] {
  if (typeof id !== 'string' || id === '') {
    return [problem(`the id ${showValue(id)} is not a non-empty string.`, { field: 'id' })];
  }
  if (id.length > ROW_LIMITS.idLength) {
    const info = { field: 'id', actual: id.length, limit: ROW_LIMITS.idLength };
    return [problem(`the id has ${id.length} characters; at most ${ROW_LIMITS.idLength} are allowed.`, info)];
  }
  if (controlCharacters.test(id) || !id.isWellFormed()) {
    return [problem(`the id ${showValue(id)} has control characters or broken Unicode.`, { field: 'id' })];
  }
  return [];
}

function checkOrigin(row: Row): RowProblem[] {
  const problems: RowProblem[] = [];
  const { address, fileId, fileVersion } = row;
  if (typeof address !== 'string' || address.length > ROW_LIMITS.addressLength || !address.isWellFormed()) {
    const limit = `a well-formed string of at most ${ROW_LIMITS.addressLength} characters`;
    problems.push(problem(`the address is not ${limit}.`, { field: 'address', limit }));
  }
  if (
    fileId !== null &&
    (typeof fileId !== 'string' ||
      fileId === '' ||
      fileId.length > ROW_LIMITS.idLength ||
      !fileId.isWellFormed())
  ) {
    const limit = `a well-formed string of 1 to ${ROW_LIMITS.idLength} characters`;
    const message = `the file id ${showValue(fileId)} is neither null nor ${limit}.`;
    problems.push(problem(message, { field: 'fileId', limit }));
  }
  if (!Number.isInteger(fileVersion) || fileVersion < 0 || fileVersion >= 2 ** 32) {
    const message = `the file version ${showValue(fileVersion)} is not an integer from 0 to 2^32 - 1.`;
    problems.push(problem(message, { field: 'fileVersion' }));
  }
  return problems;
}

function checkText(text: string | null): RowProblem[] {
  if (text === null) return [];
  if (typeof text !== 'string') return [problem('the text is neither null nor a string.', { field: 'text' })];
  if (text.length <= ROW_LIMITS.textLength) return [];
  const info = { field: 'text', actual: text.length, limit: ROW_LIMITS.textLength };
  return [
    problem(`the text has ${text.length} characters; at most ${ROW_LIMITS.textLength} are allowed.`, info),
  ];
}

function checkMetadata(metadata: unknown, fields: Record<string, FieldType>): RowProblem[] {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    return [problem('the metadata is not an object.', { field: 'metadata' })];
  }
  const entries = Object.entries(metadata);
  if (entries.length > ROW_LIMITS.fieldsPerRow) {
    const info = { field: 'metadata', actual: entries.length, limit: ROW_LIMITS.fieldsPerRow };
    return [problem(`${entries.length} metadata fields are more than ${ROW_LIMITS.fieldsPerRow}.`, info)];
  }
  return entries.flatMap(([name, value]) => checkField(name, value, fields));
}

function checkField(name: string, value: unknown, fields: Record<string, FieldType>): RowProblem[] {
  const field = `metadata.${name.slice(0, ROW_LIMITS.fieldNameLength)}`;
  const broken = checkFieldName(name) ?? checkFieldValue(value);
  if (broken !== null) {
    return [problem(`metadata field ${showValue(name)}: ${broken}`, { field })];
  }
  const given = fieldTypeOf(value as MetadataValue);
  const registered = Object.hasOwn(fields, name) ? fields[name]! : given;
  if (registered === given) return [];
  return [problem(typeConflictMessage(name, registered, given), { field, actual: given, limit: registered })];
}

/** Says that a metadata field has had another type before. */
export function typeConflictMessage(name: string, registered: FieldType, given: FieldType): string {
  return `metadata field ${showValue(name)} has type ${registered} in this database, and a value of type ${given} was given.`;
}

function checkFieldName(name: string): string | null {
  if (name === '' || name.length > ROW_LIMITS.fieldNameLength) {
    return `a name has 1 to ${ROW_LIMITS.fieldNameLength} characters.`;
  }
  if (controlCharacters.test(name) || !name.isWellFormed())
    return 'the name has control characters or broken Unicode.';
  if (name.startsWith('$')) return 'a name cannot start with $, which marks operators of filters.';
  return name === '__proto__' ? 'this name is reserved.' : null;
}

function checkFieldValue(value: unknown): string | null {
  if (typeof value === 'boolean') return null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${value} is not a finite number.`;
  if (typeof value === 'string') return checkString(value);
  if (!Array.isArray(value)) {
    return `${showValue(value)} is not a string, a finite number, a boolean or a list of strings.`;
  }
  if (value.length > ROW_LIMITS.listLength) {
    return `a list of ${value.length} values is longer than ${ROW_LIMITS.listLength}.`;
  }
  for (const element of value as unknown[]) {
    if (typeof element !== 'string') return `the list holds ${showValue(element)}, which is not a string.`;
    const broken = checkString(element);
    if (broken !== null) return broken;
  }
  return null;
}

function checkString(value: string): string | null {
  if (!value.isWellFormed()) return 'a string has broken Unicode (a lone surrogate).';
  if (value.length <= ROW_LIMITS.stringLength) return null;
  return `a string of ${value.length} characters is longer than ${ROW_LIMITS.stringLength}.`;
}
