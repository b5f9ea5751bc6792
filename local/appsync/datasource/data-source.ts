import { FieldError } from '../execution/field-error.ts';

/** What a data source answers: a failure reaches the response handler as `ctx.error`. */
export interface SourceAnswer {
  result: unknown;
  error: { message: string; type: string } | null;
}

/** The object that a request handler returned. */
export type SourceRequest = Record<string, unknown>;

/** Returns a plain answer. */
export function answer(result: unknown): SourceAnswer {
  return { result, error: null };
}

/** Returns a failure of the data source. */
export function failure(type: string, message: string, result: unknown = null): SourceAnswer {
  return { result, error: { type, message } };
}

/** Ends the field: the request handler returned something that no data source of this kind takes. */
export function refuseRequest(message: string): never {
  throw new FieldError(message, 'MappingTemplate');
}

/** Returns what a request must say, or ends the field. */
export function requireMember(request: SourceRequest, name: string): unknown {
  return request[name] ?? refuseRequest(`Value for field '$[${name}]' not found.`);
}

/** Writes any value for a message. */
export function describe(value: unknown): string {
  return value === undefined ? 'undefined' : JSON.stringify(value);
}

/** Returns the request as an object, or ends the field. */
export function requestObject(value: unknown): SourceRequest {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as SourceRequest;
  return refuseRequest(`The request handler must return an object, not ${describe(value)}.`);
}
