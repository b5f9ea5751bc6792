import { ALGORITHM, parseTimestamp, readAuthorization } from './authorization.ts';
import type { Authorization } from './authorization.ts';
import { hashCanonicalRequest, splitTarget } from './canonical-request.ts';
import type { Headers } from './canonical-request.ts';
import { SigV4Error } from './failure.ts';
import { readPayload } from './payload.ts';
import type { PayloadKind } from './payload.ts';
import { deriveSigningKey, formatScope, isSameSecret, signString } from './signing-key.ts';
import type { Scope } from './signing-key.ts';

/** A key pair that a request may be signed with, and whom it stands for. */
export interface KeyHolder<Principal> {
  secretAccessKey: string;
  /** Must be sent with the request when it is set. */
  sessionToken?: string | undefined;
  principal: Principal;
}

export type LookupCredentials<Principal> = (accessKeyId: string) => KeyHolder<Principal> | undefined;

export interface SignedRequest {
  method: string;
  /** The request target as it came over the wire: path and query, never normalised. */
  url: string;
  /** Lower-case names, `host` included. */
  headers: Headers;
  /** Hex SHA-256 of the body. Every service but S3 passes it; S3 compares while it streams. */
  bodyHash?: string;
}

export interface VerifyOptions {
  nowMs: number;
  /** The only service and region whose signatures count; any when absent. */
  service?: string;
  region?: string;
}

export interface VerifiedRequest<Principal> {
  accessKeyId: string;
  principal: Principal;
  service: string;
  region: string;
  signedHeaders: string[];
  isPresigned: boolean;
  payload: PayloadKind;
  /** What the signatures of streamed chunks go on from. */
  seed: { signingKey: Buffer; scope: Scope; timestamp: string; signature: string };
}

const LARGEST_SKEW_MS = 15 * 60 * 1000;

/** Verifies who signed a request, by its Authorization header or its presigned query; fails with a SigV4Error. */
export function verifyRequest<Principal>(
  request: SignedRequest,
  lookupCredentials: LookupCredentials<Principal>,
  options: VerifyOptions,
): VerifiedRequest<Principal> {
  const { rawPath, query } = splitTarget(request.url);
  const authorization = readAuthorization(request.headers, query);
  const { scope, accessKeyId, signedHeaders, timestamp } = authorization;
  const isPresigned = authorization.expiresSeconds !== null;
  const isS3 = scope.service === 's3';
  checkScope(authorization, options);
  checkTime(authorization, options.nowMs);
  const holder = findHolder(authorization, lookupCredentials);
  const { line, payload } = readPayload({
    headers: request.headers,
    query,
    isPresigned,
    isS3,
    bodyHash: request.bodyHash,
  });
  if (isS3) refuseUnsignedHeaders(request.headers, signedHeaders);

  const canonicalHash = hashCanonicalRequest({
    method: request.method,
    rawPath,
    query,
    headers: request.headers,
    signedHeaders,
    payloadHash: line,
    isS3,
  });
  const signingKey = deriveSigningKey(holder.secretAccessKey, scope);
  const expected = signString(
    signingKey,
    [ALGORITHM, timestamp, formatScope(scope), canonicalHash].join('\n'),
  );
  if (!isSameSecret(expected, authorization.signature)) {
    throw new SigV4Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    );
  }
  const seed = { signingKey, scope, timestamp, signature: expected };
  const { service, region } = scope;
  return {
    accessKeyId,
    principal: holder.principal,
    service,
    region,
    signedHeaders,
    isPresigned,
    payload,
    seed,
  };
}

/** Returns the holder of an access key; fails when it is unknown or its session token is not the one sent. */
export function findHolder<Principal>(
  claim: { accessKeyId: string; sessionToken: string | null },
  lookupCredentials: LookupCredentials<Principal>,
): KeyHolder<Principal> {
  const holder = lookupCredentials(claim.accessKeyId);
  if (!holder) {
    throw new SigV4Error(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
    );
  }
  if (!isSameSecret(holder.sessionToken ?? '', claim.sessionToken ?? '')) {
    throw new SigV4Error('InvalidToken', 'The provided token is malformed or otherwise invalid.');
  }
  return holder;
}

/** Fails when a signature was made for another service or region. */
export function checkScope(claim: { scope: Scope }, options: VerifyOptions): void {
  for (const name of ['service', 'region'] as const) {
    const expected = options[name];
    if (expected !== undefined && claim.scope[name] !== expected) {
      throw new SigV4Error(
        'SignatureDoesNotMatch',
        `Credential should be scoped to the ${name} "${expected}", but it is scoped to "${claim.scope[name]}"`,
        {
          code: 'IncompleteSignature',
          message: `The authorization is malformed; the ${name} '${claim.scope[name]}' is wrong; expecting '${expected}'`,
          details: name === 'region' ? { Region: expected } : {},
        },
      );
    }
  }
}

function checkTime({ timestamp, scope, expiresSeconds }: Authorization, nowMs: number): void {
  const signedMs = parseTimestamp(timestamp);
  if (!timestamp.startsWith(scope.date)) {
    throw new SigV4Error(
      'SignatureDoesNotMatch',
      `Credential is scoped to ${scope.date}, but the request is dated ${timestamp}`,
    );
  }
  const isTooFar =
    expiresSeconds === null
      ? Math.abs(nowMs - signedMs) > LARGEST_SKEW_MS
      : signedMs - nowMs > LARGEST_SKEW_MS;
  if (isTooFar) {
    const serverTime = new Date(nowMs).toISOString();
    throw new SigV4Error(
      'RequestTimeTooSkewed',
      `The difference between the request time (${timestamp}) and the current time (${serverTime}) is too large; at most 15 minutes are allowed`,
    );
  }
  if (expiresSeconds !== null && nowMs > signedMs + expiresSeconds * 1000) {
    throw new SigV4Error('AccessDenied', 'Request has expired');
  }
}

/** S3 takes meaning from every x-amz header, so one that the signer did not see is refused. */
function refuseUnsignedHeaders(headers: Headers, signedHeaders: readonly string[]): void {
  const unsigned = Object.keys(headers).filter(
    (name) => name.startsWith('x-amz-') && !signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    throw new SigV4Error('AccessDenied', 'There were headers present in the request which were not signed', {
      details: { HeadersNotSigned: unsigned.join(', ') },
    });
  }
}
