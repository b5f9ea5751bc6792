import { GraphQLError, isListType, isNonNullType, isObjectType } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { javaClassOf, javaPath } from './java-names.ts';

/** An error of one field with what the service reports beside the message. */
export class FieldError extends Error {
  readonly errorType: string | null;
  readonly errorInfo: unknown;
  readonly data: unknown;

  constructor(message: string, errorType: string | null, errorInfo: unknown = null, data: unknown = null) {
    super(message);
    this.name = 'FieldError';
    this.errorType = errorType;
    this.errorInfo = errorInfo;
    this.data = data;
  }
}

/** An error as the service writes it. Those that no resolver made have `path`, `locations` and `message` alone. */
export interface WireError {
  path: readonly (string | number)[] | null;
  data: unknown;
  errorType: string | null;
  errorInfo: unknown;
  locations: readonly { line: number; column: number; sourceName: null }[] | null;
  message: string;
}

/** Returns the error that the service gives for a field the caller may not read. */
export function notAuthorized(typeName: string, fieldName: string): FieldError {
  return new FieldError(`Not Authorized to access ${fieldName} on type ${typeName}`, 'Unauthorized');
}

const NULL_FIELD = /^Cannot return null for non-nullable field (\w+)\.(\w+)\.$/;
const BUILT_IN = /^(Int|Float|String|Boolean|ID) cannot represent .*: (.+)$/s;

/** The class of a value that a message of graphql-js shows. */
function classOfShown(shown: string): string {
  try {
    return javaClassOf(JSON.parse(shown));
  } catch {
    return shown.startsWith('[') ? 'ArrayList' : 'LinkedHashMap';
  }
}

/** Returns what a field should not have been null of: the type of the field, or of the entry of its list. */
function nullTypeOf(schema: GraphQLSchema, [typeName = '', fieldName = '']: string[], path: Path): string {
  const parent = schema.getType(typeName);
  let type: unknown = isObjectType(parent) ? parent.getFields()[fieldName]?.type : undefined;
  const indexes = path.length - 1 - path.findLastIndex((part) => typeof part === 'string');
  for (let depth = 0; depth < indexes; depth++) {
    if (isNonNullType(type)) type = type.ofType;
    if (isListType(type)) type = type.ofType;
  }
  return String(isNonNullType(type) ? type.ofType : type);
}

type Path = readonly (string | number)[];

function messageOf(error: GraphQLError, schema: GraphQLSchema): string {
  const path = error.path ?? [];
  const [, ...field] = NULL_FIELD.exec(error.message) ?? [];
  if (field.length > 0) {
    const type = nullTypeOf(schema, field, path);
    return `Cannot return null for non-nullable type: '${type}' within parent '${field[0] ?? ''}' (${javaPath(path)})`;
  }
  const isSerialization =
    error.originalError instanceof GraphQLError || error.originalError instanceof TypeError;
  if (!isSerialization) return error.message;
  const [, expected, shown = ''] = BUILT_IN.exec(error.message) ?? [];
  const reason =
    expected === undefined ? error.message : `Expected type '${expected}' but was '${classOfShown(shown)}'.`;
  return `Can't serialize value (${javaPath(path)}) : ${reason}`;
}

/** Writes an error of execution in the service's shape. */
export function toWireError(error: GraphQLError, schema: GraphQLSchema): Partial<WireError> {
  const path = error.path ?? null;
  const original = error.originalError;
  if (!(original instanceof FieldError)) return { path, locations: null, message: messageOf(error, schema) };
  const { data, errorType, errorInfo, message } = original;
  const locations = error.locations?.map(({ line, column }) => ({ line, column, sourceName: null })) ?? null;
  return { path, data: data ?? null, errorType, errorInfo: errorInfo ?? null, locations, message };
}
