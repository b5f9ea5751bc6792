import { createHmac, randomBytes } from 'node:crypto';

/** Who makes a request: a role's session, a service on its own behalf, or the account's root. */
export interface Principal {
  kind: 'ROOT' | 'ROLE' | 'SERVICE';
  /** What AWS calls the caller: `arn:aws:sts::<account>:assumed-role/<role>/<session>`, the root's ARN, or `s3.amazonaws.com`. */
  arn: string;
  /** The role whose policies count; for others the same as `arn`. */
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

/** Makes the credentials of sessions, in the form of AWS's temporary ones: the same for the same name, as long as the key is the same. */
export type CredentialSource = (name: string) => Credentials;

/** Creates a source whose credentials outlive the process when `key` does, so that presigned URLs do, too. */
export function createCredentialSource(key: Buffer = randomBytes(32)): CredentialSource {
  return (name) => {
    const derive = (purpose: string): Buffer =>
      createHmac('sha512', key).update(`${purpose}\n${name}`, 'utf8').digest();
    const id = Array.from(derive('id').subarray(0, 16), (byte) => BASE32[byte % 32]).join('');
    return {
      accessKeyId: `ASIA${id}`,
      secretAccessKey: derive('secret').subarray(0, 30).toString('base64'),
      sessionToken: derive('token').subarray(0, 48).toString('base64'),
    };
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

/** Returns a service of AWS that acts on its own behalf, like `s3.amazonaws.com`. */
export function servicePrincipal(name: string, accountId: string): Principal {
  return { kind: 'SERVICE', arn: name, roleArn: name, accountId, sessionName: name };
}

/** Returns what `aws:userid` says of a session. */
export function userIdOf({ kind, roleArn, accountId, sessionName }: Principal): string {
  if (kind !== 'ROLE') return accountId;
  const id = createHmac('sha256', 'role').update(roleArn).digest('hex').slice(0, 17).toUpperCase();
  return `AROA${id}:${sessionName}`;
}
