import { randomBytes } from 'node:crypto';

/** Who makes a request: a role's session, or the account's root. */
export interface Principal {
  kind: 'ROOT' | 'ROLE';
  /** What AWS calls the caller: `arn:aws:sts::<account>:assumed-role/<role>/<session>`, or the root's ARN. */
  arn: string;
  /** The role whose policies count; the root's ARN for the root. */
  roleArn: string;
  accountId: string;
  sessionName: string;
}

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

export interface Session {
  principal: Principal;
  credentials: Credentials;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Returns fresh credentials in the form of AWS's temporary ones. */
export function generateCredentials(): Credentials {
  const id = Array.from(randomBytes(16), (byte) => BASE32[byte % 32]).join('');
  return {
    accessKeyId: `ASIA${id}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(48).toString('base64'),
  };
}

/** Returns the principal of a role's session. */
export function rolePrincipal(roleArn: string, sessionName: string): Principal {
  const parts = roleArn.split(':');
  const accountId = parts[4] ?? '';
  const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  return {
    kind: 'ROLE',
    arn: `arn:${parts[1]}:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
    roleArn,
    accountId,
    sessionName,
  };
}

/** Returns the account itself, which may do everything. */
export function rootPrincipal(accountId: string): Principal {
  const arn = `arn:aws:iam::${accountId}:root`;
  return { kind: 'ROOT', arn, roleArn: arn, accountId, sessionName: 'root' };
}
