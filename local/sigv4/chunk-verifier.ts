import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { SigV4Error } from './failure.ts';
import { EMPTY_SHA256, formatScope, isSameSecret, sha256Hex, signString } from './signing-key.ts';
import type { VerifiedRequest } from './verify-request.ts';

type Seed = VerifiedRequest<unknown>['seed'];

/** Follows the chain of signatures over the chunks of one aws-chunked body. */
export interface ChunkVerifier {
  update(bytes: Uint8Array): void;
  /** Fails with SignatureDoesNotMatch unless `signature` signs the bytes since the last call, and all before. */
  finishChunk(signature: string | undefined): void;
  /** The same for the trailing headers, each `name:value`. */
  finishTrailer(lines: readonly string[], signature: string | undefined): void;
}

/** Creates the verifier of a STREAMING-AWS4-HMAC-SHA256-PAYLOAD body, with or without trailer. */
export function createChunkVerifier(seed: Seed): ChunkVerifier {
  const { signingKey, scope, timestamp } = seed;
  let previous = seed.signature;
  let hash: Hash = createHash('sha256');

  function advance(kind: 'PAYLOAD' | 'TRAILER', hashes: string[], signature: string | undefined): void {
    const stringToSign = [
      `AWS4-HMAC-SHA256-${kind}`,
      timestamp,
      formatScope(scope),
      previous,
      ...hashes,
    ].join('\n');
    const expected = signString(signingKey, stringToSign);
    if (signature === undefined || !isSameSecret(expected, signature)) {
      throw new SigV4Error(
        'SignatureDoesNotMatch',
        `The signature of a streamed ${kind.toLowerCase()} part does not match its bytes.`,
      );
    }
    previous = expected;
  }

  return {
    update: (bytes) => void hash.update(bytes),
    finishChunk(signature) {
      advance('PAYLOAD', [EMPTY_SHA256, hash.digest('hex')], signature);
      hash = createHash('sha256');
    },
    finishTrailer(lines, signature) {
      advance('TRAILER', [sha256Hex(lines.map((line) => `${line}\n`).join(''))], signature);
    },
  };
}
