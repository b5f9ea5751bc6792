import { AccessDenied } from '../iam/index.ts';
import { SigV4Error } from '../sigv4/index.ts';
import { DynamoDbError } from '../dynamodb/index.ts';
import { TooManyRequests } from '../lambda/index.ts';
import { SecretsError } from '../secrets/index.ts';
import { SqsError } from '../sqs/index.ts';
import { BodyTooLarge } from './http-body.ts';

/** What a JSON protocol answers when it refuses. */
export interface AwsFailure {
  statusCode: number;
  /** The error's code. */
  name: string;
  message: string;
  details?: Record<string, unknown>;
  /** The code of SQS's older protocol. */
  queryCode?: string;
}

const SIGNATURE_CODES: Record<string, string> = {
  AccessDenied: 'AccessDeniedException',
  IncompleteSignature: 'IncompleteSignatureException',
  InvalidAccessKeyId: 'UnrecognizedClientException',
  InvalidToken: 'UnrecognizedClientException',
  MissingAuthenticationToken: 'MissingAuthenticationTokenException',
  RequestTimeTooSkewed: 'InvalidSignatureException',
  SignatureDoesNotMatch: 'InvalidSignatureException',
  XAmzContentSHA256Mismatch: 'InvalidSignatureException',
};

/** Turns an error into the protocol's answer; null for a bug of ours. */
export function toAwsFailure(error: unknown): AwsFailure | null {
  if (!(error instanceof Error)) return null;
  const { message } = error;
  if (error instanceof SigV4Error)
    return { statusCode: 400, name: SIGNATURE_CODES[error.code] ?? error.code, message };
  if (error instanceof AccessDenied)
    return { statusCode: 400, name: 'AccessDeniedException', message, queryCode: 'AccessDenied' };
  if (error instanceof DynamoDbError)
    return { statusCode: error.statusCode, name: error.name, message, details: error.details };
  if (error instanceof SqsError)
    return { statusCode: 400, name: error.name, message, queryCode: error.queryCode };
  if (error instanceof SecretsError) return { statusCode: 400, name: error.name, message };
  if (error instanceof TooManyRequests) return { statusCode: 429, name: error.name, message };
  if (error instanceof BodyTooLarge)
    return { statusCode: 413, name: 'RequestEntityTooLargeException', message };
  if (error instanceof SyntaxError) return { statusCode: 400, name: 'SerializationException', message };
  if (error instanceof RangeError) return { statusCode: 413, name: 'RequestTooLargeException', message };
  return null;
}
