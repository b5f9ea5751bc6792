import type { ErrorKind } from '../../schema/generated/types.ts';

export interface RequestErrorInfo {
  field?: string;
  limit?: string | number;
  actual?: string | number;
  hint?: string;
  /** The place within a file, such as a page or a row. */
  location?: string;
  /** Whether the same request may succeed later; by default only UNAVAILABLE and RATE_LIMITED may. */
  retryable?: boolean;
}

/** What a caller did wrong or must know, with the public kind that tells clients how to act. */
export class RequestError extends Error {
  readonly kind: ErrorKind;
  readonly info: RequestErrorInfo;

  constructor(kind: ErrorKind, message: string, info: RequestErrorInfo = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RequestError';
    this.kind = kind;
    this.info = info;
  }
}
