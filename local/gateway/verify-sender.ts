import type { IncomingMessage } from 'node:http';
import type { Principal } from '../iam/index.ts';
import { sha256Hex, verifyRequest } from '../sigv4/index.ts';
import type { LookupCredentials } from '../sigv4/index.ts';

/** Verifies who signed a request to a service; fails with a SigV4Error. */
export function verifySender(
  request: IncomingMessage,
  body: Buffer,
  expected: { lookupCredentials: LookupCredentials<Principal>; region: string; service: string },
): Principal {
  const { method = '', url = '', headers } = request;
  const signed = { method, url, headers, bodyHash: sha256Hex(body) };
  const { lookupCredentials, region, service } = expected;
  return verifyRequest(signed, lookupCredentials, { nowMs: Date.now(), service, region }).principal;
}
