import type { AppSyncPorts, DynamoDbCall, IamPrincipal } from '../appsync/index.ts';
import { requiredAccess } from '../dynamodb/index.ts';
import type { Database, TableFacts } from '../dynamodb/index.ts';
import { AccessDenied } from '../iam/index.ts';
import type { Iam, Principal } from '../iam/index.ts';
import { createOidcVerifier } from '../identity/index.ts';
import type { Issuer } from '../identity/index.ts';
import type { FunctionPool } from '../lambda/index.ts';
import { sha256Hex, verifyRequest } from '../sigv4/index.ts';
import type { LookupCredentials } from '../sigv4/index.ts';

export interface AppSyncSurroundings {
  accountId: string;
  region: string;
  iam: Iam;
  lookupCredentials: LookupCredentials<Principal>;
  database: Database;
  tableFacts: TableFacts;
  /** By ARN. */
  functions: ReadonlyMap<string, FunctionPool>;
  issuer: Issuer;
  /** Fails when no permission lets AppSync invoke the authorizer. */
  requireAuthorizerAccess(functionArn: string): void;
  log: AppSyncPorts['log'];
}

const SESSION = 'APPSYNC_ASSUME_ROLE';

/** Gives the GraphQL service its surroundings, each call with the permissions of the role it is made with. */
export function createAppSyncPorts(around: AppSyncSurroundings): AppSyncPorts {
  const { iam, issuer, functions } = around;
  const oidc = createOidcVerifier(Date.now);
  return {
    async invokeLambda(functionArn, payload, roleArn) {
      if (roleArn === null) around.requireAuthorizerAccess(functionArn);
      else iam.authorize(iam.assumeRole(roleArn, SESSION).principal, 'lambda:InvokeFunction', functionArn);
      const pool = functions.get(functionArn);
      if (!pool) throw new Error(`Function not found: ${functionArn}`);
      const { payload: text, functionError } = await pool.invoke(payload);
      return { payload: JSON.parse(text) as unknown, ...(functionError && { functionError }) };
    },
    dynamodb: (roleArn) => createDynamoDbCall(around, roleArn),
    issuerOf: ({ userPoolId }) => issuer.issuerOf(userPoolId),
    verifyJwt(mode, token) {
      if (mode.type === 'OPENID_CONNECT') return oidc.verify(mode, token);
      return issuer.verifyToken(token, mode.userPoolId);
    },
    verifySigV4: ({ method, url, headers, body }) =>
      new Promise((resolve) => {
        const signed = { method, url, headers, bodyHash: sha256Hex(Buffer.from(body)) };
        const verified = verifyRequest(signed, around.lookupCredentials, {
          nowMs: Date.now(),
          service: 'appsync',
          region: around.region,
        });
        resolve(toIamPrincipal(verified.accessKeyId, verified.principal));
      }),
    isAllowed(principal, action, resourceArn) {
      const session = iam.findSession(principal.accessKeyId);
      return session !== undefined && iam.isAllowed(session.principal, action, resourceArn);
    },
    log: around.log,
    clock: { nowMs: () => Date.now() },
  };
}

function createDynamoDbCall(
  { iam, database, tableFacts }: AppSyncSurroundings,
  roleArn: string,
): DynamoDbCall {
  const { principal } = iam.assumeRole(roleArn, SESSION);
  return async (operation, input) => {
    for (const { action, resource, context } of requiredAccess(operation, input, tableFacts)) {
      const decision = iam.decide(principal, action, resource, context);
      if (!decision.allowed)
        throw Object.assign(new AccessDenied(decision.message), { name: 'AccessDeniedException' });
    }
    return database.call(operation, input);
  };
}

function toIamPrincipal(accessKeyId: string, principal: Principal): IamPrincipal {
  return {
    accessKeyId,
    accountId: principal.accountId,
    userId: `AROA${sha256Hex(Buffer.from(principal.roleArn)).slice(0, 16).toUpperCase()}:${principal.sessionName}`,
    userArn: principal.arn,
    roleArn: principal.kind === 'ROLE' ? principal.roleArn : null,
  };
}
