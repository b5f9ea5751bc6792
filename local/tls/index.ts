export { openServerIdentity } from './open-identity.ts';
export { createServerIdentity } from './self-signed.ts';
export type { ServerIdentity } from './self-signed.ts';
