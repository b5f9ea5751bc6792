import type { Headers, QueryPairs } from './canonical-request.ts';
import { SigV4Error } from './failure.ts';
import { EMPTY_SHA256, isSameSecret } from './signing-key.ts';

/** How the body of a verified request is bound to its signature. */
export type PayloadKind =
  /** `sha256` of the whole body was signed: whoever reads the body compares it. */
  | { kind: 'SIGNED'; sha256: string }
  | { kind: 'UNSIGNED' }
  /** aws-chunked; `isSigned`: every chunk carries a signature; `hasTrailer`: trailing headers follow the last chunk. */
  | { kind: 'STREAMING'; isSigned: boolean; hasTrailer: boolean };

const STREAMING: Record<string, PayloadKind> = {
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { kind: 'STREAMING', isSigned: false, hasTrailer: true },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { kind: 'STREAMING', isSigned: true, hasTrailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { kind: 'STREAMING', isSigned: true, hasTrailer: true },
};

interface PayloadRequest {
  headers: Headers;
  query: QueryPairs;
  isPresigned: boolean;
  isS3: boolean;
  /** Of the body, when the caller has read it. */
  bodyHash: string | undefined;
}

/** Returns the payload line of the canonical request and what it promises about the body. */
export function readPayload(request: PayloadRequest): { line: string; payload: PayloadKind } {
  const line = payloadLine(request);
  if (line === 'UNSIGNED-PAYLOAD') return { line, payload: { kind: 'UNSIGNED' } };
  const streaming = STREAMING[line];
  if (streaming) return { line, payload: streaming };
  if (!/^[0-9a-f]{64}$/.test(line)) {
    throw new SigV4Error(
      'IncompleteSignature',
      `x-amz-content-sha256 is "${line}"; expected a SHA-256 in lower-case hexadecimal digits, UNSIGNED-PAYLOAD or ${Object.keys(STREAMING).join(', ')}`,
    );
  }
  if (request.bodyHash !== undefined && !isSameSecret(request.bodyHash, line)) {
    throw new SigV4Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  return { line, payload: { kind: 'SIGNED', sha256: line } };
}

function payloadLine({ headers, query, isPresigned, isS3, bodyHash }: PayloadRequest): string {
  const declared = headers['x-amz-content-sha256'];
  if (typeof declared === 'string') return declared;
  const inQuery = query.find(([name]) => name.toLowerCase() === 'x-amz-content-sha256');
  if (inQuery) return inQuery[1];
  if (!isS3) return bodyHash ?? EMPTY_SHA256;
  if (isPresigned) return 'UNSIGNED-PAYLOAD';
  throw new SigV4Error(
    'IncompleteSignature',
    'Missing required header for this request: x-amz-content-sha256',
  );
}
