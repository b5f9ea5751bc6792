import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import type { ErrorKind } from '../../../schema/generated/types.ts';

/** The `errorInfo` of the contract. */
interface ErrorInfo {
  field?: string | null;
  limit?: string | number | null;
  actual?: string | number | null;
  hint?: string | null;
  retryable?: boolean | null;
  requestId?: string | null;
}

interface GraphqlErrorShape {
  message: string;
  errorType?: string;
  errorInfo?: ErrorInfo | null;
}

const CODES: Partial<Record<string, number>> = { UNAUTHENTICATED: 401, FORBIDDEN: 403, NOT_FOUND: 404 };

/** A failed operation as the screens show it: what happened, at which field, and what helps. */
export class ApiError extends Error {
  readonly kind: ErrorKind | 'NETWORK';
  readonly info: ErrorInfo;
  /** The HTTP-like status by which react-admin recognises failures of access. */
  readonly status: number;
  /** Where react-admin's forms look for messages by field. */
  readonly body: { errors?: Record<string, unknown> };

  constructor(message: string, kind: ErrorKind | 'NETWORK', info: ErrorInfo = {}) {
    super(message);
    this.name = 'ApiError';
    this.kind = kind;
    this.info = info;
    this.status = CODES[kind] ?? (kind === 'NETWORK' ? 0 : 400);
    this.body = info.field ? { errors: nestMessage(stripInput(info.field), message) } : {};
  }
}

/** The form's name of a field: errors name arguments from the operation down, forms start within `input`. */
export function stripInput(field: string): string {
  return field.replace(/^(arguments\.)?input\./, '');
}

function nestMessage(path: string, message: string): Record<string, unknown> {
  const [first = path, ...rest] = path.split('.');
  return { [first]: rest.length > 0 ? nestMessage(rest.join('.'), message) : message };
}

/** Turns whatever an operation failed with into an ApiError. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (CombinedGraphQLErrors.is(error)) return fromGraphqlError(error.errors[0]);
  if (ServerError.is(error)) return fromServerError(error.statusCode, error.bodyText);
  const detail = error instanceof Error ? error.message : String(error);
  return new ApiError('The server cannot be reached.', 'NETWORK', {
    hint: `${detail}. Check that it is running, then try again.`,
    retryable: true,
  });
}

function fromGraphqlError(error: GraphqlErrorShape | undefined): ApiError {
  if (!error) return new ApiError('The server answered an error without saying which.', 'INTERNAL');
  const isRefusal = error.errorType === 'Unauthorized' || error.errorType === 'UnauthorizedException';
  const kind = (isRefusal ? 'FORBIDDEN' : (error.errorType ?? 'INTERNAL')) as ErrorKind;
  return new ApiError(error.message, kind, error.errorInfo ?? {});
}

function fromServerError(status: number, body: string): ApiError {
  const message = readMessage(body);
  if (status === 401)
    return new ApiError(message ?? 'You are no longer signed in.', 'UNAUTHENTICATED', {
      hint: 'Sign in again.',
    });
  if (status === 413) return new ApiError(message ?? 'The request is too large.', 'PAYLOAD_TOO_LARGE');
  return new ApiError(message ?? `The server answered with status ${status}.`, 'UNAVAILABLE', {
    retryable: true,
  });
}

function readMessage(body: string): string | null {
  try {
    const parsed = JSON.parse(body) as { errors?: { message?: string }[] } | null;
    return parsed?.errors?.[0]?.message ?? null;
  } catch {
    // A gateway's answer need not be JSON; its status then says enough.
    return null;
  }
}
