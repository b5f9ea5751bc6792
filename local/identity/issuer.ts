import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { exportJWK, jwtVerify, SignJWT } from 'jose';
import type { JWK, JWTPayload } from 'jose';
import type { IdentityFile } from './identity-file.ts';
import type { UserPool } from './user-pools.ts';

export interface Tokens {
  idToken: string;
  accessToken: string;
  refreshToken: string;
  expiresInSeconds: number;
}

/** Signs and verifies the tokens of the local user pools. */
export interface Issuer {
  issuerOf(poolId: string): string;
  keySet(): { keys: JWK[] };
  issueTokens(pool: UserPool, clientId: string): Promise<Tokens>;
  issueIdToken(pool: UserPool, clientId: string, lifetimeSeconds: number): Promise<string>;
  /** Rejects when the token is not a current refresh token of that client. */
  verifyRefreshToken(token: string, clientId: string): Promise<void>;
  /** Verifies signature, issuer and times of an id or access token. */
  verifyToken(token: string, poolId: string): Promise<JWTPayload>;
}

const TOKEN_SECONDS = 3600;
const REFRESH_SECONDS = 30 * 24 * 3600;

/** Creates the issuer; `baseUrl` has no slash at its end. */
export async function createIssuer(identity: IdentityFile, baseUrl: string): Promise<Issuer> {
  const privateKey = createPrivateKey(identity.privateKeyPem);
  const publicKey = createPublicKey(privateKey);
  const refreshKey = Buffer.from(identity.refreshKey, 'base64');
  const jwk: JWK = { ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: identity.keyId };
  const issuerOf = (poolId: string): string => `${baseUrl}/${poolId}`;

  function sign(pool: UserPool, claims: JWTPayload, lifetimeSeconds: number): Promise<string> {
    const nowSeconds = Math.floor(Date.now() / 1000);
    return new SignJWT({
      sub: identity.sub,
      iss: issuerOf(pool.poolId),
      ...(pool.groups.length > 0 && { 'cognito:groups': pool.groups }),
      origin_jti: randomUUID(),
      event_id: randomUUID(),
      auth_time: nowSeconds,
      iat: nowSeconds,
      exp: nowSeconds + lifetimeSeconds,
      jti: randomUUID(),
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: identity.keyId })
      .sign(privateKey);
  }

  const issueIdToken = (pool: UserPool, clientId: string, lifetimeSeconds: number): Promise<string> =>
    sign(pool, { aud: clientId, token_use: 'id', 'cognito:username': identity.username }, lifetimeSeconds);

  return {
    issuerOf,
    keySet: () => ({ keys: [jwk] }),
    issueIdToken,
    async issueTokens(pool, clientId) {
      const access = {
        client_id: clientId,
        token_use: 'access',
        scope: 'aws.cognito.signin.user.admin',
        username: identity.username,
      };
      return {
        idToken: await issueIdToken(pool, clientId, TOKEN_SECONDS),
        accessToken: await sign(pool, access, TOKEN_SECONDS),
        refreshToken: await signRefreshToken(refreshKey, clientId),
        expiresInSeconds: TOKEN_SECONDS,
      };
    },
    async verifyRefreshToken(token, clientId) {
      await jwtVerify(token, refreshKey, { algorithms: ['HS256'], audience: clientId });
    },
    async verifyToken(token, poolId) {
      return (await verifyWith(publicKey, token, issuerOf(poolId))).payload;
    },
  };
}

const signRefreshToken = (key: Uint8Array, clientId: string): Promise<string> =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(clientId)
    .setJti(randomUUID())
    .setExpirationTime(`${REFRESH_SECONDS}s`)
    .sign(key);

const verifyWith = (key: KeyObject, token: string, issuer: string): ReturnType<typeof jwtVerify> =>
  jwtVerify(token, key, { algorithms: ['RS256'], issuer, requiredClaims: ['exp', 'sub', 'token_use'] });
