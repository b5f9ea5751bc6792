/** What a caller can do about a failure; the message is for people and may change. */
export type ErrorCategory =
  'InvalidInput' | 'NotFound' | 'Conflict' | 'LimitExceeded' | 'Unavailable' | 'CorruptData' | 'Internal';

/** A finer distinction for callers that map errors to a public API. */
export type ErrorCode =
  'VALIDATION' | 'DIMENSION_MISMATCH' | 'UNKNOWN_FIELD' | 'UNSUPPORTED_OPERATOR' | 'UNSUPPORTED_FORMAT';

/** Where a failure is, and what would have been right. */
export interface ErrorInfo {
  field?: string;
  actual?: string | number;
  limit?: string | number;
  hint?: string;
  code?: ErrorCode;
}

/** The only error that the engine throws on purpose. */
export class VectorDbError extends Error {
  readonly kind: ErrorCategory;
  readonly info: ErrorInfo;

  constructor(kind: ErrorCategory, message: string, info: ErrorInfo = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'VectorDbError';
    this.kind = kind;
    this.info = info;
  }
}

/** Returns whether `error` is a VectorDbError of the given kind. */
export function isVectorDbError(error: unknown, kind?: ErrorCategory): error is VectorDbError {
  return error instanceof VectorDbError && (kind === undefined || error.kind === kind);
}

/** Makes an InvalidInput error; `code` defaults to VALIDATION. */
export function invalidInput(message: string, info: ErrorInfo = {}): VectorDbError {
  return new VectorDbError('InvalidInput', message, { code: 'VALIDATION', ...info });
}

/** Makes a CorruptData error about one stored object. */
export function corruptData(key: string, problem: string, cause?: unknown): VectorDbError {
  return new VectorDbError(
    'CorruptData',
    `The stored object ${key} is damaged: ${problem}.`,
    { field: key },
    cause,
  );
}

/** Shows a value in an error message: short, quoted, and safe for hostile input. */
export function showValue(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint' || value === undefined) return String(value);
  const text = (JSON.stringify(value) as string | undefined) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
