import { SignInError, refreshTokens, setNewPassword, signIn } from './cognito.ts';
import type { NewPasswordChallenge, Tokens } from './cognito.ts';
import type { ConsoleConfig } from '../transport/config.ts';
import { ApiError } from '../transport/api-error.ts';

type Role = 'admin' | 'viewer';

export interface User {
  id: string;
  name: string;
  role: Role;
}

interface Claims {
  sub?: string;
  exp?: number;
  email?: string;
  username?: string;
  'cognito:username'?: string;
  'cognito:groups'?: string[];
}

/** Who is signed in. Tokens stay in memory and in this tab's session storage, and are renewed a minute before they end. */
export interface Session {
  signIn(username: string, password: string): Promise<NewPasswordChallenge | null>;
  setNewPassword(username: string, password: string, challenge: NewPasswordChallenge): Promise<void>;
  signOut(): void;
  /** Returns who is signed in, or null. */
  getUser(): User | null;
  /** Returns a token that is valid for a minute at least; fails with UNAUTHENTICATED when nobody is signed in. */
  getToken(): Promise<string>;
}

const STORAGE_KEY = 'vector-db-session';
const RENEW_BEFORE_MS = 60_000;

/** Opens the session that this tab had, if any. */
export function createSession(config: ConsoleConfig, storage: Storage = sessionStorage): Session {
  let tokens = restore(storage);
  let renewal: Promise<Tokens> | null = null;

  const keep = (next: Tokens | null): void => {
    tokens = next;
    if (next) storage.setItem(STORAGE_KEY, JSON.stringify(next));
    else storage.removeItem(STORAGE_KEY);
  };
  const accept = (next: Tokens): void => {
    readUser(next);
    keep(next);
  };
  const renew = (refreshToken: string): Promise<Tokens> => {
    renewal ??= refreshTokens(config, refreshToken).finally(() => {
      renewal = null;
    });
    return renewal;
  };

  return {
    async signIn(username, password) {
      const answer = await signIn(config, username, password);
      if ('challenge' in answer) return answer;
      accept(answer);
      return null;
    },
    async setNewPassword(username, password, challenge) {
      accept(await setNewPassword(config, username, password, challenge.session));
    },
    signOut: () => {
      keep(null);
    },
    getUser: () => (tokens ? readUser(tokens) : null),
    async getToken() {
      if (!tokens) throw new ApiError('You are not signed in.', 'UNAUTHENTICATED');
      if (endsAtMs(tokens.accessToken) - Date.now() > RENEW_BEFORE_MS) return tokens.accessToken;
      try {
        keep(await renew(tokens.refreshToken));
      } catch (error) {
        if (!(error instanceof SignInError)) throw error;
        keep(null);
        throw new ApiError('Your session has ended.', 'UNAUTHENTICATED', { hint: 'Sign in again.' });
      }
      return tokens.accessToken;
    },
  };
}

function restore(storage: Storage): Tokens | null {
  try {
    const tokens = JSON.parse(storage.getItem(STORAGE_KEY) ?? 'null') as Tokens | null;
    if (tokens) readUser(tokens);
    return tokens;
  } catch {
    // Whatever else stands there is not a session.
    storage.removeItem(STORAGE_KEY);
    return null;
  }
}

function readClaims(token: string): Claims {
  const payload = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
  const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Claims;
}

function endsAtMs(token: string): number {
  return (readClaims(token).exp ?? 0) * 1000;
}

function readUser(tokens: Tokens): User {
  const access = readClaims(tokens.accessToken);
  const identity = readClaims(tokens.idToken);
  const groups = access['cognito:groups'] ?? identity['cognito:groups'] ?? [];
  const role = groups.includes('admin') ? 'admin' : groups.includes('viewer') ? 'viewer' : null;
  if (!role)
    throw new SignInError(
      'This user is in neither of the groups admin and viewer. Ask an administrator to add it to one.',
      'NoGroup',
    );
  const name = identity.email ?? identity['cognito:username'] ?? access.username ?? 'user';
  return { id: access.sub ?? name, name, role };
}
