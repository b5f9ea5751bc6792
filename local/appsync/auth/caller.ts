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
