import type { ConsoleConfig } from '../transport/config.ts';

export interface Tokens {
  accessToken: string;
  idToken: string;
  /** Cognito does not answer a new one at a refresh. */
  refreshToken: string;
}

/** Cognito asks for a new password at the first sign-in of a user that an administrator made. */
export interface NewPasswordChallenge {
  challenge: 'NEW_PASSWORD_REQUIRED';
  session: string;
}

interface CognitoAnswer {
  AuthenticationResult?: { AccessToken?: string; IdToken?: string; RefreshToken?: string };
  ChallengeName?: string;
  Session?: string;
  __type?: string;
  message?: string;
}

/** A sign-in that was refused; `code` is Cognito's, such as NotAuthorizedException. */
export class SignInError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.name = 'SignInError';
    this.code = code;
  }
}

type Endpoint = Pick<ConsoleConfig, 'identityUrl' | 'userPoolClientId'>;

export async function signIn(
  endpoint: Endpoint,
  username: string,
  password: string,
): Promise<Tokens | NewPasswordChallenge> {
  const answer = await call(endpoint, 'InitiateAuth', {
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: username, PASSWORD: password },
  });
  if (answer.ChallengeName === 'NEW_PASSWORD_REQUIRED') {
    return { challenge: answer.ChallengeName, session: answer.Session ?? '' };
  }
  return readTokens(answer, null);
}

export async function setNewPassword(
  endpoint: Endpoint,
  username: string,
  password: string,
  session: string,
): Promise<Tokens> {
  const answer = await call(endpoint, 'RespondToAuthChallenge', {
    ChallengeName: 'NEW_PASSWORD_REQUIRED',
    Session: session,
    ChallengeResponses: { USERNAME: username, NEW_PASSWORD: password },
  });
  return readTokens(answer, null);
}

export async function refreshTokens(endpoint: Endpoint, refreshToken: string): Promise<Tokens> {
  const answer = await call(endpoint, 'InitiateAuth', {
    AuthFlow: 'REFRESH_TOKEN_AUTH',
    AuthParameters: { REFRESH_TOKEN: refreshToken },
  });
  return readTokens(answer, refreshToken);
}

async function call(
  endpoint: Endpoint,
  action: string,
  input: Record<string, unknown>,
): Promise<CognitoAnswer> {
  let response: Response;
  try {
    response = await fetch(endpoint.identityUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${action}`,
      },
      body: JSON.stringify({ ...input, ClientId: endpoint.userPoolClientId }),
    });
  } catch (cause) {
    throw new Error(
      'The sign-in service cannot be reached. Check that the server is running, then try again.',
      { cause },
    );
  }
  const answer = (await response.json().catch(() => ({}))) as CognitoAnswer;
  if (response.ok) return answer;
  const code = answer.__type?.split('#').at(-1) ?? `status ${response.status}`;
  throw new SignInError(answer.message ?? `The sign-in service answered ${code}.`, code);
}

function readTokens(answer: CognitoAnswer, refreshToken: string | null): Tokens {
  const { AccessToken, IdToken, RefreshToken } = answer.AuthenticationResult ?? {};
  const refresh = RefreshToken ?? refreshToken;
  if (!AccessToken || !IdToken || !refresh) {
    const asked = answer.ChallengeName
      ? `asks for ${answer.ChallengeName}, which this console does not support`
      : 'answered no tokens';
    throw new SignInError(`The sign-in service ${asked}.`, 'UnsupportedChallenge');
  }
  return { accessToken: AccessToken, idToken: IdToken, refreshToken: refresh };
}
