export { createChunkVerifier } from './chunk-verifier.ts';
export type { ChunkVerifier } from './chunk-verifier.ts';
export { SigV4Error } from './failure.ts';
export type { SigV4ErrorCode } from './failure.ts';
export type { PayloadKind } from './payload.ts';
export { encodeRfc3986, splitTarget } from './canonical-request.ts';
export type { QueryPairs } from './canonical-request.ts';
export { sha256Hex } from './signing-key.ts';
export { verifyPostPolicy } from './verify-post-policy.ts';
export { verifyRequest } from './verify-request.ts';
export type {
  KeyHolder,
  LookupCredentials,
  SignedRequest,
  VerifiedRequest,
  VerifyOptions,
} from './verify-request.ts';
