export { createIssuer } from './issuer.ts';
export type { Issuer } from './issuer.ts';
export { openIdentityFile } from './identity-file.ts';
export type { IdentityFile } from './identity-file.ts';
export { CognitoError, createSignIn } from './sign-in.ts';
export { createOidcVerifier } from './oidc-verifier.ts';
export type { OidcVerifier } from './oidc-verifier.ts';
export { readUserPools } from './user-pools.ts';
export type { UserPool } from './user-pools.ts';
