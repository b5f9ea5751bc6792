import { VectorDbError } from '../../engine/index.ts';
import type { ErrorKind } from '../../schema/generated/types.ts';
import { RequestError, type RequestErrorInfo } from './request-error.ts';

/** The error of a function's answer, in the shape that resolvers hand to `util.error`. */
export interface FunctionError {
  kind: ErrorKind;
  message: string;
  info: RequestErrorInfo & { retryable: boolean; requestId: string };
}

const RETRYABLE_KINDS: ReadonlySet<ErrorKind> = new Set(['UNAVAILABLE', 'RATE_LIMITED']);

const KIND_OF_CATEGORY: Record<VectorDbError['kind'], ErrorKind> = {
  InvalidInput: 'VALIDATION',
  NotFound: 'NOT_FOUND',
  Conflict: 'CONFLICT',
  LimitExceeded: 'PAYLOAD_TOO_LARGE',
  Unavailable: 'UNAVAILABLE',
  CorruptData: 'CORRUPT_DATA',
  Internal: 'INTERNAL',
};

/** Names that the SDK and Node give to failures which may pass: throttling, overload, and a broken connection. */
const PASSING_FAILURES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'InternalServerError',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
  'TransactionInProgressException',
]);

/** Returns whether an SDK or network failure may pass by itself, so that trying again later is worth it. */
export function isPassingFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  if (PASSING_FAILURES.has(error.name) || PASSING_FAILURES.has(String(code))) return true;
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 500 || status === 429;
}

function answer(
  kind: ErrorKind,
  message: string,
  info: RequestErrorInfo & { requestId: string },
): FunctionError {
  return { kind, message, info: { ...info, retryable: info.retryable ?? RETRYABLE_KINDS.has(kind) } };
}

/** Returns the public kind of an engine error: an InvalidInput may say more exactly what is wrong. */
export function kindOfEngineError({ kind, info }: VectorDbError): ErrorKind {
  if (kind !== 'InvalidInput') return KIND_OF_CATEGORY[kind];
  const { code } = info;
  return code === undefined || code === 'UNSUPPORTED_FORMAT' ? 'VALIDATION' : code;
}

function fromEngine(error: VectorDbError, requestId: string): FunctionError {
  const kind = kindOfEngineError(error);
  if (kind === 'INTERNAL') return unexpected(requestId);
  const { field, limit, actual, hint } = error.info;
  // The key of a damaged object is for the operator's log: the bucket's layout is not the caller's business.
  if (kind === 'CORRUPT_DATA')
    return answer(kind, `Stored data is damaged. Please report the request id ${requestId}.`, { requestId });
  return answer(kind, error.message, { field, limit, actual, hint, requestId });
}

/** The message says nothing of the failure: stacks, names and keys belong to the log, which has the same request id. */
function unexpected(requestId: string): FunctionError {
  return answer('INTERNAL', `Something went wrong on our side. Please report the request id ${requestId}.`, {
    requestId,
  });
}

/** Turns whatever an operation threw into the public error: the one place where kinds are decided. */
export function toFunctionError(error: unknown, requestId: string): FunctionError {
  if (error instanceof RequestError) return answer(error.kind, error.message, { ...error.info, requestId });
  if (error instanceof VectorDbError) return fromEngine(error, requestId);
  if (isPassingFailure(error)) {
    return answer('UNAVAILABLE', 'A service that this request needs did not answer in time; try again.', {
      requestId,
    });
  }
  return unexpected(requestId);
}
