import { AccessDenied } from './access-denied.ts';
import type { Decision } from './access-denied.ts';
import { InvalidPolicy } from './policy.ts';
import type { PolicyDocument, RequestContext } from './policy.ts';
import { generateCredentials, rolePrincipal, rootPrincipal } from './session.ts';
import type { Principal, Session } from './session.ts';
import { compilePolicy } from './statement.ts';
import type { CompiledStatement } from './statement.ts';

export interface IamOptions {
  /** Twelve digits. */
  accountId: string;
  /** Added to every request's context. Loopback traffic never leaves the machine, so the default says it is secure. */
  context?: RequestContext;
}

export interface Role {
  arn: string;
  /** Inline and managed policies alike, with intrinsic functions resolved. */
  policies: { name: string; document: PolicyDocument }[];
}

export interface Iam {
  /** May do everything: the runtime's own session. */
  readonly root: Session;
  /** Fails with InvalidPolicy when a statement could not be enforced as AWS enforces it, or the role exists. */
  addRole: (role: Role) => void;
  /** Returns the session of a role; the same role and name give the same credentials as long as the process lives. */
  assumeRole: (roleArn: string, sessionName: string) => Session;
  findSession: (accessKeyId: string) => Session | undefined;
  decide: (principal: Principal, action: string, resource: string, context?: RequestContext) => Decision;
  isAllowed: (principal: Principal, action: string, resource: string, context?: RequestContext) => boolean;
  /** Fails with AccessDenied, worded as AWS words it. */
  authorize: (principal: Principal, action: string, resource: string, context?: RequestContext) => void;
}

/** Creates the registry of roles, their credentials and what they may do. */
export function createIam(options: IamOptions): Iam {
  const root: Session = { principal: rootPrincipal(options.accountId), credentials: generateCredentials() };
  const policiesOfRole = new Map<string, CompiledStatement[]>();
  const sessionOfName = new Map<string, Session>();
  const sessionOfKey = new Map<string, Session>([[root.credentials.accessKeyId, root]]);
  const baseContext = options.context ?? { 'aws:SecureTransport': 'true' };

  function addRole({ arn, policies }: Role): void {
    if (!/^arn:[a-z-]+:iam::\d{12}:role\/.+$/.test(arn)) {
      throw new InvalidPolicy(`role has the ARN "${arn}"; expected arn:aws:iam::<account>:role/<name>`);
    }
    if (policiesOfRole.has(arn)) throw new InvalidPolicy(`role ${arn} was added twice`);
    const statements = policies.flatMap(({ name, document }) =>
      compilePolicy(document, `role ${arn}, policy ${name}`),
    );
    policiesOfRole.set(arn, statements);
  }

  function assumeRole(roleArn: string, sessionName: string): Session {
    if (!policiesOfRole.has(roleArn))
      throw new Error(`role ${roleArn} is unknown; add it before assuming it`);
    const name = `${roleArn} ${sessionName}`;
    let session = sessionOfName.get(name);
    if (!session) {
      session = { principal: rolePrincipal(roleArn, sessionName), credentials: generateCredentials() };
      sessionOfName.set(name, session);
      sessionOfKey.set(session.credentials.accessKeyId, session);
    }
    return session;
  }

  function decide(
    principal: Principal,
    action: string,
    resource: string,
    context: RequestContext = {},
  ): Decision {
    if (principal.kind === 'ROOT') return { allowed: true };
    const fullContext = {
      ...baseContext,
      'aws:PrincipalArn': principal.roleArn,
      'aws:PrincipalAccount': principal.accountId,
      ...context,
    };
    const statements = policiesOfRole.get(principal.roleArn) ?? [];
    const applying = statements.filter((statement) => statement.applies(action, resource, fullContext));
    if (applying.some((statement) => statement.effect === 'Deny')) {
      return refuse(principal, { action, resource }, 'with an explicit deny in an identity-based policy');
    }
    if (applying.length > 0) return { allowed: true };
    return refuse(
      principal,
      { action, resource },
      `because no identity-based policy allows the ${action} action`,
    );
  }

  return {
    root,
    addRole,
    assumeRole,
    findSession: (accessKeyId) => sessionOfKey.get(accessKeyId),
    decide,
    isAllowed: (...request) => decide(...request).allowed,
    authorize(...request) {
      const decision = decide(...request);
      if (!decision.allowed) throw new AccessDenied(decision.message);
    },
  };
}

function refuse(
  principal: Principal,
  { action, resource }: { action: string; resource: string },
  reason: string,
): Decision {
  const message = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
  return { allowed: false, message };
}
