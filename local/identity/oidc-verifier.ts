import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';

/** What an API says of its OpenID Connect provider. */
export interface OidcProvider {
  issuer: string;
  /** How old `iat` may be; 0 for any age. */
  iatTtlMs: number;
  /** How old `auth_time` may be; 0 for any age. */
  authTtlMs: number;
}

/** Verifies tokens of providers that are reached over HTTP. */
export interface OidcVerifier {
  verify(provider: OidcProvider, token: string): Promise<JWTPayload>;
}

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'];
const TIMEOUT_MS = 5_000;
const MOST_DISCOVERY_CHARACTERS = 262_144;

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  if (text.length > MOST_DISCOVERY_CHARACTERS) throw new Error(`${url} answered ${text.length} characters`);
  const { issuer: named, jwks_uri: keysUrl } = JSON.parse(text) as { issuer?: unknown; jwks_uri?: unknown };
  if (named !== issuer)
    throw new Error(
      `${url} names the issuer ${JSON.stringify(named)}; expected exactly ${JSON.stringify(issuer)}`,
    );
  if (typeof keysUrl !== 'string' || !/^https?:/.test(keysUrl)) throw new Error(`${url} names no jwks_uri`);
  return createRemoteJWKSet(new URL(keysUrl), { timeoutDuration: TIMEOUT_MS });
}

function checkAge(claims: JWTPayload, name: 'iat' | 'auth_time', mostMs: number, nowMs: number): void {
  if (mostMs <= 0) return;
  const seconds = claims[name];
  if (typeof seconds !== 'number') throw new Error(`the token has no ${name}`);
  if (nowMs - seconds * 1000 > mostMs) throw new Error(`${name} is more than ${mostMs} ms ago`);
}

/** Creates a verifier that reads each provider's keys once, and again when a token names an unknown key. */
export function createOidcVerifier(nowMs: () => number): OidcVerifier {
  const keys = new Map<string, Promise<JWTVerifyGetKey>>();

  function keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    let found = keys.get(issuer);
    if (!found) {
      found = discover(issuer);
      keys.set(issuer, found);
      // A provider that was away is asked again by the next token.
      found.catch(() => keys.delete(issuer));
    }
    return found;
  }

  return {
    async verify({ issuer, iatTtlMs, authTtlMs }, token) {
      const key = await keysOf(issuer);
      const options = {
        issuer,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(nowMs()),
      };
      const { payload } = await jwtVerify(token, key, options);
      checkAge(payload, 'iat', iatTtlMs, nowMs());
      checkAge(payload, 'auth_time', authTtlMs, nowMs());
      return payload;
    },
  };
}
