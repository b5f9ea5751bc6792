import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIssuer, createSignIn, openIdentityFile } from '../../../../local/identity/index.ts';
import type { IdentityFile, Issuer, UserPool } from '../../../../local/identity/index.ts';

const pool: UserPool = {
  poolId: 'us-east-1_pool',
  groups: ['admin', 'viewer'],
  clients: [
    { clientId: 'console', authFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
    { clientId: 'srp', authFlows: ['ALLOW_USER_SRP_AUTH'] },
  ],
};

let folder: string;
let identity: IdentityFile;
let issuer: Issuer;
const now = { ms: 0 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-'));
  identity = await openIdentityFile(join(folder, 'identity.json'));
  issuer = await createIssuer(identity, 'http://127.0.0.1:4000/cognito');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const newSignIn = () => createSignIn({ identity, issuer, pools: [pool] }, () => now.ms);
const withPassword = (PASSWORD: string, ClientId = 'console') => ({
  AuthFlow: 'USER_PASSWORD_AUTH',
  ClientId,
  AuthParameters: { USERNAME: 'admin', PASSWORD },
});
type Answer = { AuthenticationResult: { IdToken: string; AccessToken: string; RefreshToken?: string } };

describe('sign-in', () => {
  it('keeps its keys and password for the owner alone', async () => {
    expect((await stat(join(folder, 'identity.json'))).mode & 0o777).toBe(0o600);
    expect(await openIdentityFile(join(folder, 'identity.json'))).toEqual(identity);
  });

  it('answers tokens in the shape of a user pool', async () => {
    const { AuthenticationResult: tokens } = (await newSignIn()(withPassword(identity.password))) as Answer;

    expect(decodeJwt(tokens.IdToken)).toMatchObject({
      iss: 'http://127.0.0.1:4000/cognito/us-east-1_pool',
      aud: 'console',
      token_use: 'id',
      'cognito:username': 'admin',
      'cognito:groups': ['admin', 'viewer'],
    });
    expect(decodeJwt(tokens.AccessToken)).toMatchObject({
      client_id: 'console',
      token_use: 'access',
      username: 'admin',
    });
    const claims = await issuer.verifyToken(tokens.IdToken, pool.poolId);
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
  });

  it('renews tokens for the same client alone', async () => {
    const signIn = newSignIn();
    const { AuthenticationResult } = (await signIn(withPassword(identity.password))) as Answer;
    const renew = (REFRESH_TOKEN: string | undefined) =>
      signIn({ AuthFlow: 'REFRESH_TOKEN_AUTH', ClientId: 'console', AuthParameters: { REFRESH_TOKEN } });

    const renewed = (await renew(AuthenticationResult.RefreshToken)) as Answer;

    expect(renewed.AuthenticationResult.IdToken).toBeTruthy();
    await expect(renew(AuthenticationResult.IdToken)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
  });

  it('refuses tokens that were altered, of another issuer or of another key', async () => {
    const token = await issuer.issueIdToken(pool, 'console', 60);
    const [header, payload, signature] = token.split('.');
    const altered = [
      header,
      Buffer.from(
        Buffer.from(payload ?? '', 'base64url')
          .toString()
          .replace('admin', 'other'),
      ).toString('base64url'),
      signature,
    ].join('.');
    const unsigned = [Buffer.from('{"alg":"none"}').toString('base64url'), payload, ''].join('.');

    await expect(issuer.verifyToken(altered, pool.poolId)).rejects.toThrow(/signature/);
    await expect(issuer.verifyToken(unsigned, pool.poolId)).rejects.toThrow();
    await expect(issuer.verifyToken(token, 'us-east-1_other')).rejects.toThrow(/"iss"/);
    await expect(
      issuer.verifyToken(await issuer.issueIdToken(pool, 'console', -1), pool.poolId),
    ).rejects.toThrow(/exp/);
  });

  it('slows down guessing, and forgets with time', async () => {
    const signIn = newSignIn();
    for (let guess = 0; guess < 10; guess++) {
      await expect(signIn(withPassword(`guess ${guess}`))).rejects.toMatchObject({
        name: 'NotAuthorizedException',
        message: 'Incorrect username or password.',
      });
    }

    await expect(signIn(withPassword(identity.password))).rejects.toMatchObject({
      message: 'Password attempts exceeded',
    });
    now.ms += 60_000;
    await expect(signIn(withPassword(identity.password))).resolves.toBeTruthy();
  });

  it('refuses a flow that the client does not allow, and an unknown client', async () => {
    await expect(newSignIn()(withPassword(identity.password, 'srp'))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(newSignIn()(withPassword(identity.password, 'nobody'))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    for (const AuthFlow of ['USER_SRP_AUTH', 'constructor', '__proto__']) {
      await expect(newSignIn()({ AuthFlow, ClientId: 'console' })).rejects.toMatchObject({
        message: expect.stringContaining('does not run on one machine') as string,
      });
    }
  });
});
