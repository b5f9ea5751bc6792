import type { AuthModeType } from '../definition.ts';
import type { IamPrincipal } from '../ports.ts';

/** Who calls, as the service knows after authentication. */
export interface Caller {
  mode: AuthModeType;
  /** `ctx.identity`: its shape depends on the mode; null for an API key. */
  identity: unknown;
  /** Cognito groups; empty for every other mode. */
  groups: readonly string[];
  /** Of a Lambda authorizer: `Type.field` names that answer null. */
  deniedFields: ReadonlySet<string>;
  /** Of a signed request. */
  principal: IamPrincipal | null;
}

const AUTH_TYPES: Record<AuthModeType, string> = {
  AMAZON_COGNITO_USER_POOLS: 'User Pool Authorization',
  AWS_IAM: 'IAM Authorization',
  AWS_LAMBDA: 'Lambda Authorization',
  API_KEY: 'API Key Authorization',
  OPENID_CONNECT: 'Open ID Connect Authorization',
};

/** Returns what `util.authType()` says of a caller. */
export function authTypeOf(caller: Caller): string {
  return AUTH_TYPES[caller.mode];
}

/** Returns what `util.authType()` says of an identity alone, which its members tell apart. */
export function authTypeOfIdentity(identity: unknown): string {
  if (identity === null || typeof identity !== 'object') return AUTH_TYPES.API_KEY;
  const has = (name: string): boolean => Object.hasOwn(identity, name);
  if (has('resolverContext')) return AUTH_TYPES.AWS_LAMBDA;
  if (has('userArn') || has('cognitoIdentityId') || has('accountId')) return AUTH_TYPES.AWS_IAM;
  // Both have `sub`, `issuer` and `claims`; a user pool tells more.
  if (has('username') || has('defaultAuthStrategy') || has('groups'))
    return AUTH_TYPES.AMAZON_COGNITO_USER_POOLS;
  return has('issuer') || has('claims') ? AUTH_TYPES.OPENID_CONNECT : AUTH_TYPES.API_KEY;
}
