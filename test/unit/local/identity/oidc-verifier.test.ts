import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOidcVerifier } from '../../../../local/identity/index.ts';

let server: Server;
let issuer: string;
let privateKey: CryptoKey;
let isAway = false;
let named: unknown;
const asked: string[] = [];

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  privateKey = pair.privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), alg: 'ES256', kid: 'k1' };
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (isAway) response.writeHead(503).end();
    else if (request.url?.endsWith('openid-configuration'))
      response.end(JSON.stringify({ issuer: named, jwks_uri: `${issuer}/keys` }));
    else response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  named = issuer;
});

afterAll(() => {
  server.close();
});

const sign = (claims: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT({ iss: issuer, sub: 's', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);

const provider = () => ({ issuer, iatTtlMs: 0, authTtlMs: 0 });

describe('a verifier of OpenID Connect tokens', () => {
  it('asks again for a provider that was away, then reads its keys once', async () => {
    const verifier = createOidcVerifier(Date.now);
    isAway = true;

    await expect(verifier.verify(provider(), await sign())).rejects.toThrow('answered 503');

    isAway = false;
    asked.length = 0;
    for (let i = 0; i < 3; i++)
      expect(await verifier.verify(provider(), await sign())).toMatchObject({ sub: 's' });
    expect(asked).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  it.each(['http://somebody.else', `/`, undefined, 7])(
    'believes no provider that says it is %s',
    async (other) => {
      const verifier = createOidcVerifier(Date.now);
      named = other === '/' ? `${issuer}/` : other;

      await expect(verifier.verify(provider(), await sign())).rejects.toThrow('names the issuer');

      named = issuer;
      await expect(verifier.verify(provider(), await sign())).resolves.toMatchObject({ sub: 's' });
    },
  );

  it('refuses another issuer, a forged and an expired token', async () => {
    const later = createOidcVerifier(() => Date.now() + 7_200_000);
    const verifier = createOidcVerifier(Date.now);
    const { privateKey: forged } = await generateKeyPair('ES256');
    const token = await new SignJWT({ iss: issuer, sub: 's' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setExpirationTime('1h')
      .sign(forged);

    await expect(verifier.verify(provider(), await sign({ iss: 'http://x' }))).rejects.toThrow('iss');
    await expect(verifier.verify(provider(), token)).rejects.toThrow('signature');
    await expect(later.verify(provider(), await sign())).rejects.toThrow('exp');
  });

  it('refuses tokens that are older than the API allows', async () => {
    const verifier = createOidcVerifier(() => Date.now() + 60_000);
    const authTime = Math.floor(Date.now() / 1000) - 100;

    await expect(verifier.verify({ ...provider(), iatTtlMs: 30_000 }, await sign())).rejects.toThrow(
      'iat is more',
    );
    await expect(verifier.verify({ ...provider(), authTtlMs: 30_000 }, await sign())).rejects.toThrow(
      'no auth_time',
    );
    await expect(
      verifier.verify({ ...provider(), authTtlMs: 500_000 }, await sign({ auth_time: authTime })),
    ).resolves.toMatchObject({ sub: 's' });
  });
});
