import type { ErrorKind } from '../../schema/generated/types.ts';

/** Why a file cannot be processed: permanent unless it says otherwise, so the file becomes FAILED with this reason. */
export class IngestionFailure extends Error {
  readonly kind: ErrorKind;
  /** The page, line, record or byte, or null when the whole file is meant. */
  readonly location: string | null;
  readonly retryable: boolean;

  constructor(
    kind: ErrorKind,
    message: string,
    {
      location = null,
      retryable = false,
      cause,
    }: { location?: string | null; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'IngestionFailure';
    this.kind = kind;
    this.location = location;
    this.retryable = retryable;
  }
}
