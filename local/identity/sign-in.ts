import { createHash, timingSafeEqual } from 'node:crypto';
import type { IdentityFile } from './identity-file.ts';
import type { Issuer } from './issuer.ts';
import type { UserPool, UserPoolClient } from './user-pools.ts';

type Json = Record<string, unknown>;

/** A refusal in Cognito's terms. */
export class CognitoError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Wrong passwords that are answered at once; then one more every few seconds. */
const FAILURE_LIMIT = 10;
const FAILURE_FORGOTTEN_MS = 6_000;

/** Creates Cognito's `InitiateAuth` for the flows that need no further challenge. */
export function createSignIn(
  { identity, issuer, pools }: { identity: IdentityFile; issuer: Issuer; pools: UserPool[] },
  nowMs: () => number = Date.now,
): (input: Json) => Promise<Json> {
  let failures = 0;
  let countedMs = nowMs();

  function refuseGuessing(): void {
    failures = Math.max(0, failures - Math.floor((nowMs() - countedMs) / FAILURE_FORGOTTEN_MS));
    countedMs = nowMs() - ((nowMs() - countedMs) % FAILURE_FORGOTTEN_MS);
    if (failures >= FAILURE_LIMIT)
      throw new CognitoError('NotAuthorizedException', 'Password attempts exceeded');
  }

  function checkPassword(parameters: Json): void {
    refuseGuessing();
    const isUser = isSame(textOf(parameters.USERNAME), identity.username);
    const isPassword = isSame(textOf(parameters.PASSWORD), identity.password);
    if (isUser && isPassword) return;
    failures += 1;
    throw new CognitoError('NotAuthorizedException', 'Incorrect username or password.');
  }

  return async (input) => {
    const { pool, client } = findClient(pools, input.ClientId);
    const parameters = (input.AuthParameters ?? {}) as Json;
    const flow = input.AuthFlow;
    requireFlow(client, flow);
    if (flow === 'USER_PASSWORD_AUTH') {
      checkPassword(parameters);
      return present(await issuer.issueTokens(pool, client.clientId), true);
    }
    try {
      await issuer.verifyRefreshToken(textOf(parameters.REFRESH_TOKEN), client.clientId);
    } catch (cause) {
      throw Object.assign(new CognitoError('NotAuthorizedException', 'Invalid Refresh Token'), { cause });
    }
    return present(await issuer.issueTokens(pool, client.clientId), false);
  };
}

function findClient(pools: UserPool[], clientId: unknown): { pool: UserPool; client: UserPoolClient } {
  for (const pool of pools) {
    const client = pool.clients.find((candidate) => candidate.clientId === clientId);
    if (client) return { pool, client };
  }
  throw new CognitoError('ResourceNotFoundException', `User pool client ${String(clientId)} does not exist.`);
}

const SUPPORTED_FLOWS: Record<string, string[]> = {
  USER_PASSWORD_AUTH: ['ALLOW_USER_PASSWORD_AUTH', 'USER_PASSWORD_AUTH'],
  REFRESH_TOKEN_AUTH: ['ALLOW_REFRESH_TOKEN_AUTH'],
  REFRESH_TOKEN: ['ALLOW_REFRESH_TOKEN_AUTH'],
};

function requireFlow(client: UserPoolClient, flow: unknown): void {
  const name = String(flow);
  const names = Object.hasOwn(SUPPORTED_FLOWS, name) ? SUPPORTED_FLOWS[name] : undefined;
  if (!names) {
    throw new CognitoError(
      'InvalidParameterException',
      `AuthFlow ${String(flow)} does not run on one machine; ${Object.keys(SUPPORTED_FLOWS).join(', ')} do`,
    );
  }
  if (!names.some((name) => client.authFlows.includes(name))) {
    throw new CognitoError('InvalidParameterException', `${String(flow)} flow not enabled for this client`);
  }
}

function present(tokens: Awaited<ReturnType<Issuer['issueTokens']>>, withRefreshToken: boolean): Json {
  return {
    AuthenticationResult: {
      AccessToken: tokens.accessToken,
      IdToken: tokens.idToken,
      ...(withRefreshToken && { RefreshToken: tokens.refreshToken }),
      ExpiresIn: tokens.expiresInSeconds,
      TokenType: 'Bearer',
    },
    ChallengeParameters: {},
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Hashes first, so that neither content nor length shows in the time. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
