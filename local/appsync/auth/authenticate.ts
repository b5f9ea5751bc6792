import type { AppSyncApiDefinition, AuthMode } from '../definition.ts';
import type { AppSyncPorts, Claims } from '../ports.ts';
import type { AuthRequest } from './auth-request.ts';
import type { Caller } from './caller.ts';
import type { LambdaAuthorizer } from './lambda-authorizer.ts';

/** The caller could not be told, or may not call at all. */
export class Unauthorized extends Error {
  /** What the log says; the client gets only the message. */
  readonly reason: string;

  constructor(message: string, reason: string) {
    super(message);
    this.name = 'Unauthorized';
    this.reason = reason;
  }
}

type Mode<T extends AuthMode['type']> = Extract<AuthMode, { type: T }>;
type TokenMode = Mode<'AMAZON_COGNITO_USER_POOLS'> | Mode<'OPENID_CONNECT'>;

const NOT_AUTHORIZED = 'You are not authorized to make this call.';
const NO_DENIED_FIELDS: ReadonlySet<string> = new Set();
const BASE: Omit<Caller, 'mode' | 'identity'> = {
  groups: [],
  deniedFields: NO_DENIED_FIELDS,
  principal: null,
};

function textClaim(claims: Claims, ...names: string[]): string | null {
  for (const name of names) {
    const value = claims[name];
    if (typeof value === 'string') return value;
  }
  return null;
}

/** Returns the issuer that a token names, unverified: only to choose who verifies it. Null when it is no JWT. */
function issuerOfToken(token: string): string | null {
  const parts = token.split('.');
  if (parts.length !== 3) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString());
    const issuer = (claims as { iss?: unknown } | null)?.iss;
    return typeof issuer === 'string' ? issuer : '';
  } catch {
    return null;
  }
}

/** Decides by the headers which mode a request uses, and who its caller is. */
export class Authenticator {
  readonly #modes: readonly AuthMode[];
  readonly #ports: AppSyncPorts;
  readonly #authorizer: LambdaAuthorizer;

  constructor(definition: AppSyncApiDefinition, ports: AppSyncPorts, authorizer: LambdaAuthorizer) {
    this.#modes = [definition.defaultAuth, ...definition.additionalAuth];
    this.#ports = ports;
    this.#authorizer = authorizer;
  }

  /** Returns the caller; rejects with `Unauthorized`. */
  async authenticate(request: AuthRequest): Promise<Caller> {
    const { authorization, 'x-api-key': apiKey } = request.headers;
    if (authorization === undefined || authorization === '') {
      if (apiKey !== undefined) return this.#byApiKey(apiKey);
      throw new Unauthorized(
        'Valid authorization header not provided.',
        'neither authorization nor x-api-key is given',
      );
    }
    if (authorization.startsWith('AWS4-HMAC-SHA256')) return this.#bySignature(request);
    const token = authorization.replace(/^Bearer\s+/i, '');
    const issuer = issuerOfToken(token);
    const mode =
      issuer === null ? undefined : this.#modes.find((candidate) => this.#isIssuer(candidate, issuer));
    if (mode) return this.#byToken(mode as TokenMode, token, request);
    return this.#byLambda(authorization, request, issuer);
  }

  #find<T extends AuthMode['type']>(type: T): Mode<T> | undefined {
    return this.#modes.find((mode): mode is Mode<T> => mode.type === type);
  }

  #isIssuer(mode: AuthMode, issuer: string): boolean {
    if (mode.type === 'AMAZON_COGNITO_USER_POOLS') return this.#ports.issuerOf(mode) === issuer;
    return mode.type === 'OPENID_CONNECT' && mode.issuer.replace(/\/$/, '') === issuer.replace(/\/$/, '');
  }

  #byApiKey(apiKey: string): Caller {
    const key = this.#find('API_KEY')?.keys.find(({ id }) => id === apiKey);
    if (!key) throw new Unauthorized(NOT_AUTHORIZED, 'the API key is unknown');
    if (key.expiresMs <= this.#ports.clock.nowMs())
      throw new Unauthorized(NOT_AUTHORIZED, 'the API key has expired');
    return { ...BASE, mode: 'API_KEY', identity: null };
  }

  async #bySignature(request: AuthRequest): Promise<Caller> {
    if (!this.#find('AWS_IAM'))
      throw new Unauthorized(NOT_AUTHORIZED, 'the API does not take signed requests');
    try {
      const { method, url, headers, body } = request;
      const principal = await this.#ports.verifySigV4({ method, url, headers, body });
      const identity = {
        accountId: principal.accountId,
        cognitoIdentityPoolId: null,
        cognitoIdentityId: null,
        sourceIp: request.sourceIp,
        username: principal.userId,
        userArn: principal.userArn,
        cognitoIdentityAuthType: null,
        cognitoIdentityAuthProvider: null,
      };
      return { ...BASE, mode: 'AWS_IAM', identity, principal };
    } catch (thrown) {
      throw new Unauthorized(NOT_AUTHORIZED, `the signature is refused: ${(thrown as Error).message}`);
    }
  }

  async #byToken(mode: TokenMode, token: string, request: AuthRequest): Promise<Caller> {
    let claims: Claims;
    try {
      claims = await this.#ports.verifyJwt(mode, token);
    } catch (thrown) {
      const { code, message } = thrown as { code?: string; message: string };
      const isExpired = code === 'ERR_JWT_EXPIRED';
      throw new Unauthorized(
        isExpired ? 'Token has expired.' : NOT_AUTHORIZED,
        `the token is refused: ${message}`,
      );
    }
    return mode.type === 'OPENID_CONNECT'
      ? this.#oidcCaller(mode, claims)
      : this.#poolCaller(mode, claims, request);
  }

  #oidcCaller(mode: Mode<'OPENID_CONNECT'>, claims: Claims): Caller {
    const audiences = [claims.aud, claims.azp].flat();
    const isForUs =
      mode.clientId === null ||
      audiences.some((aud) => new RegExp(`^(?:${mode.clientId ?? ''})$`).test(String(aud)));
    if (!isForUs) throw new Unauthorized(NOT_AUTHORIZED, 'the token is for another client');
    const identity = { claims, issuer: textClaim(claims, 'iss'), sub: textClaim(claims, 'sub') };
    return { ...BASE, mode: mode.type, identity };
  }

  #poolCaller(mode: Mode<'AMAZON_COGNITO_USER_POOLS'>, claims: Claims, { sourceIp }: AuthRequest): Caller {
    const client = textClaim(claims, 'client_id', 'aud') ?? '';
    if (mode.appIdClientRegex !== null && !new RegExp(`^(?:${mode.appIdClientRegex})$`).test(client)) {
      throw new Unauthorized(NOT_AUTHORIZED, `the token is for the client '${client}'`);
    }
    const named = claims['cognito:groups'];
    const groups = Array.isArray(named) ? named.filter((group) => typeof group === 'string') : null;
    const identity = {
      sub: textClaim(claims, 'sub'),
      issuer: textClaim(claims, 'iss'),
      username: textClaim(claims, 'cognito:username', 'username'),
      claims,
      sourceIp,
      defaultAuthStrategy: mode.defaultAction,
      groups,
    };
    return { ...BASE, mode: mode.type, identity, groups: groups ?? [] };
  }

  async #byLambda(authorization: string, request: AuthRequest, issuer: string | null): Promise<Caller> {
    const mode = this.#find('AWS_LAMBDA');
    const hasBearer = /^Bearer\s/i.test(authorization);
    if (!mode || hasBearer) {
      const isJwt = issuer !== null;
      const reason = isJwt
        ? `no mode takes tokens of the issuer '${issuer}'`
        : 'the token is no JWT, and no authorizer takes it';
      throw new Unauthorized(isJwt ? NOT_AUTHORIZED : 'Unable to parse JWT token.', reason);
    }
    const verdict = await this.#authorizer.ask(mode, authorization, request);
    if (!verdict.isAuthorized) throw new Unauthorized(NOT_AUTHORIZED, verdict.reason);
    const { resolverContext, deniedFields } = verdict;
    return { ...BASE, mode: 'AWS_LAMBDA', identity: { resolverContext }, deniedFields };
  }
}
