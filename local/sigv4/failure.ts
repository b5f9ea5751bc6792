export type SigV4ErrorCode =
  | 'AccessDenied'
  | 'IncompleteSignature'
  | 'InvalidAccessKeyId'
  | 'InvalidToken'
  | 'MissingAuthenticationToken'
  | 'RequestTimeTooSkewed'
  | 'SignatureDoesNotMatch'
  | 'XAmzContentSHA256Mismatch';

/** A request whose signature does not prove who sent it; `code` is AWS's error code. */
export class SigV4Error extends Error {
  override readonly name = 'SigV4Error';
  readonly code: SigV4ErrorCode;
  readonly statusCode: 400 | 403;

  constructor(code: SigV4ErrorCode, message: string) {
    super(message);
    this.code = code;
    this.statusCode = code === 'IncompleteSignature' || code === 'XAmzContentSHA256Mismatch' ? 400 : 403;
  }
}
