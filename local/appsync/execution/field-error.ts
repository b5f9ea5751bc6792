import { GraphQLError } from 'graphql';

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

/** An error as the service writes it. */
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

function locationsOf(error: GraphQLError): WireError['locations'] {
  return error.locations?.map(({ line, column }) => ({ line, column, sourceName: null })) ?? null;
}

const NULL_FIELD = /^Cannot return null for non-nullable field (\w+)\.(\w+)\.$/;

function messageOf(error: GraphQLError): string {
  const path = `/${(error.path ?? []).join('/')}`;
  const match = NULL_FIELD.exec(error.message);
  if (match)
    return `Cannot return null for non-nullable type: '${match[2] ?? ''}' within parent '${match[1] ?? ''}' (${path})`;
  const isSerialization =
    error.originalError instanceof GraphQLError || error.originalError instanceof TypeError;
  return isSerialization ? `Can't serialize value (${path}) : ${error.message}` : error.message;
}

/** Writes an error of execution in the service's shape. */
export function toWireError(error: GraphQLError): WireError {
  const original = error.originalError;
  const own = original instanceof FieldError ? original : null;
  return {
    path: error.path ?? null,
    data: own?.data ?? null,
    errorType: own?.errorType ?? null,
    errorInfo: own?.errorInfo ?? null,
    locations: locationsOf(error),
    message: own ? own.message : messageOf(error),
  };
}

/** Writes an error of validation in the service's shape. */
export function toValidationError(error: GraphQLError, type: string | null): WireError {
  const message = type === null ? error.message : `Validation error of type ${type}: ${error.message}`;
  return {
    path: null,
    data: null,
    errorType: 'ValidationError',
    errorInfo: null,
    locations: locationsOf(error),
    message,
  };
}
