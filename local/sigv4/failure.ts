export type SigV4ErrorCode =
  | 'AccessDenied'
  | 'IncompleteSignature'
  | 'InvalidAccessKeyId'
  | 'InvalidToken'
  | 'MissingAuthenticationToken'
  | 'RequestTimeTooSkewed'
  | 'SignatureDoesNotMatch'
  | 'XAmzContentSHA256Mismatch';

/** What S3 says otherwise than the services that speak JSON; `details` become elements of its answer. */
export interface S3Wording {
  code?: SigV4ErrorCode | 'InvalidArgument';
  message?: string;
  details?: Record<string, string>;
}

/** A request whose signature does not prove who sent it; `code` is AWS's error code. */
export class SigV4Error extends Error {
  override readonly name = 'SigV4Error';
  readonly code: SigV4ErrorCode;
  readonly statusCode: 400 | 403;
  readonly inS3: Readonly<S3Wording>;

  constructor(code: SigV4ErrorCode, message: string, inS3: S3Wording = {}) {
    super(message);
    this.inS3 = inS3;
    this.code = code;
    this.statusCode = code === 'IncompleteSignature' || code === 'XAmzContentSHA256Mismatch' ? 400 : 403;
  }
}
