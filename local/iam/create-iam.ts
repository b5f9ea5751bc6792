import { AccessDenied } from './access-denied.ts';
import type { Decision } from './access-denied.ts';
import { InvalidPolicy } from './policy.ts';
import type { PolicyDocument, RequestContext } from './policy.ts';
import {
  createCredentialSource,
  rolePrincipal,
  rootPrincipal,
  servicePrincipal,
  userIdOf,
} from './session.ts';
import type { Principal, Session } from './session.ts';
import { compilePolicy } from './statement.ts';
import type { CompiledStatement } from './statement.ts';

export interface IamOptions {
  /** Twelve digits. */
  accountId: string;
  region?: string;
  /** What credentials are derived from; fresh ones at each start when absent. */
  credentialKey?: Buffer;
  /** Added to every request's context. Loopback traffic never leaves the machine, so the default says it is secure. */
  context?: RequestContext;
}

export interface NamedPolicy {
  name: string;
  /** With intrinsic functions resolved. */
  document: PolicyDocument;
}

export interface Role {
  arn: string;
  /** Inline and managed policies alike. */
  policies: NamedPolicy[];
  /** Who may take the role; nobody but this process when absent. */
  trust?: PolicyDocument;
  /** What `aws:PrincipalTag/…` says of its sessions. */
  tags?: Readonly<Record<string, string>>;
}

export interface Iam {
  /** May do everything that no resource's policy denies: the runtime's own session. */
  readonly root: Session;
  /** Fails with InvalidPolicy when a statement could not be enforced as AWS enforces it, or the role exists. */
  addRole: (role: Role) => void;
  /** Replaces the policies of a role, from the next request on. */
  setRolePolicies: (roleArn: string, policies: NamedPolicy[]) => void;
  /** Adds a policy to a resource, by its ARN: a bucket, queue, table, secret or function. */
  addResourcePolicy: (resourceArn: string, policy: NamedPolicy) => void;
  /** Returns the session of a role; the same role and name give the same credentials. */
  assumeRole: (roleArn: string, sessionName: string) => Session;
  /** Tells whether a role trusts a service, like `lambda.amazonaws.com`. */
  isTrusted: (roleArn: string, service: string, context?: RequestContext) => boolean;
  findSession: (accessKeyId: string) => Session | undefined;
  decide: (principal: Principal, action: string, resource: string, context?: RequestContext) => Decision;
  /** Decides for a service that acts on its own behalf: what the resource's policy says is all that counts. */
  decideService: (service: string, action: string, resource: string, context?: RequestContext) => Decision;
  isAllowed: (principal: Principal, action: string, resource: string, context?: RequestContext) => boolean;
  /** Fails with AccessDenied, worded as AWS words it. */
  authorize: (principal: Principal, action: string, resource: string, context?: RequestContext) => void;
}

interface Registry {
  policies: Map<string, CompiledStatement[]>;
  trusts: Map<string, CompiledStatement[]>;
  resources: Map<string, CompiledStatement[]>;
  /** Context keys of roles. */
  tags: Map<string, Readonly<Record<string, string>>>;
}

const createRegistry = (): Registry => ({
  policies: new Map(),
  trusts: new Map(),
  resources: new Map(),
  tags: new Map(),
});

/** Creates the registry of roles, their credentials and what they may do. */
export function createIam(options: IamOptions): Iam {
  const { accountId } = options;
  const credentialsOf = createCredentialSource(options.credentialKey);
  const root: Session = { principal: rootPrincipal(accountId), credentials: credentialsOf('root') };
  const registry = createRegistry();
  const sessionOfName = new Map<string, Session>();
  const sessionOfKey = new Map<string, Session>([[root.credentials.accessKeyId, root]]);

  function addRole({ arn, policies, trust, tags = {} }: Role): void {
    if (!/^arn:[a-z-]+:iam::\d{12}:role\/.+$/.test(arn)) {
      throw new InvalidPolicy(`role has the ARN "${arn}"; expected arn:aws:iam::<account>:role/<name>`);
    }
    if (registry.policies.has(arn)) throw new InvalidPolicy(`role ${arn} was added twice`);
    registry.tags.set(arn, tags);
    registry.policies.set(arn, compileAll(arn, policies, Object.keys(tags)));
    registry.trusts.set(arn, trust ? compilePolicy(trust, `role ${arn}, trust policy`, 'TRUST') : []);
  }

  function assumeRole(roleArn: string, sessionName: string): Session {
    if (!registry.policies.has(roleArn))
      throw new Error(`role ${roleArn} is unknown; add it before assuming it`);
    const name = `${roleArn} ${sessionName}`;
    let session = sessionOfName.get(name);
    if (!session) {
      session = { principal: rolePrincipal(roleArn, sessionName), credentials: credentialsOf(name) };
      sessionOfName.set(name, session);
      sessionOfKey.set(session.credentials.accessKeyId, session);
    }
    return session;
  }

  const decide: Iam['decide'] = (principal, action, resource, context = {}) =>
    judge(
      registry,
      { principal, action, resource },
      contextOf(principal, options, { ...tagsOf(registry, principal), ...context }),
    );
  const decideService: Iam['decideService'] = (service, action, resource, context = {}) =>
    decide(servicePrincipal(service, accountId), action, resource, context);

  return {
    root,
    addRole,
    setRolePolicies(arn, policies) {
      if (!registry.policies.has(arn)) throw new InvalidPolicy(`role ${arn} is unknown`);
      registry.policies.set(arn, compileAll(arn, policies, Object.keys(registry.tags.get(arn) ?? {})));
    },
    addResourcePolicy(arn, { name, document }) {
      const compiled = compilePolicy(document, `policy ${name} of ${arn}`, 'RESOURCE');
      registry.resources.set(arn, [...(registry.resources.get(arn) ?? []), ...compiled]);
    },
    assumeRole,
    isTrusted(roleArn, service, context = {}) {
      const principal = servicePrincipal(service, accountId);
      const full = contextOf(principal, options, context);
      const applying = (registry.trusts.get(roleArn) ?? []).filter(
        (statement) =>
          statement.concerns(principal) === 'CALLER' && statement.applies('sts:AssumeRole', roleArn, full),
      );
      return applying.length > 0 && applying.every(({ effect }) => effect === 'Allow');
    },
    findSession: (accessKeyId) => sessionOfKey.get(accessKeyId),
    decide,
    decideService,
    isAllowed: (...request) => decide(...request).allowed,
    authorize(...request) {
      const decision = decide(...request);
      if (!decision.allowed) throw new AccessDenied(decision.message);
    },
  };
}

function compileAll(roleArn: string, policies: NamedPolicy[], tags: string[]): CompiledStatement[] {
  return policies.flatMap(({ name, document }) =>
    compilePolicy(document, `role ${roleArn}, policy ${name}`, 'IDENTITY', tags),
  );
}

function tagsOf({ tags }: Registry, { roleArn }: Principal): RequestContext {
  const own = Object.entries(tags.get(roleArn) ?? {});
  return Object.fromEntries(own.map(([key, value]) => [`aws:PrincipalTag/${key}`, value]));
}

/** What is true of every request; later entries win. */
function contextOf(principal: Principal, options: IamOptions, context: RequestContext): RequestContext {
  const { accountId, region = 'us-east-1' } = options;
  const nowMs = Date.now();
  const isService = principal.kind === 'SERVICE';
  return {
    'aws:CurrentTime': new Date(nowMs).toISOString(),
    'aws:EpochTime': String(Math.floor(nowMs / 1000)),
    'aws:PrincipalIsAWSService': String(isService),
    'aws:RequestedRegion': region,
    'aws:ResourceAccount': accountId,
    'aws:ViaAWSService': 'false',
    ...(isService
      ? { 'aws:PrincipalServiceName': principal.arn }
      : {
          'aws:PrincipalAccount': principal.accountId,
          'aws:PrincipalArn': principal.roleArn,
          'aws:PrincipalType': principal.kind === 'ROOT' ? 'Account' : 'AssumedRole',
          'aws:SourceIp': '127.0.0.1',
          'aws:userid': userIdOf(principal),
        }),
    'aws:SecureTransport': 'true',
    's3:TlsVersion': '1.3',
    ...options.context,
    ...context,
  };
}

interface Asked {
  principal: Principal;
  action: string;
  resource: string;
}

/** A Deny anywhere decides; then one Allow, of the caller's own policies or of the resource's, is enough within an account. */
function judge(registry: Registry, asked: Asked, context: RequestContext): Decision {
  const { principal, action, resource } = asked;
  const applies = (statement: CompiledStatement): boolean => statement.applies(action, resource, context);
  const ofResource = (registry.resources.get(holderOfPolicy(resource)) ?? []).filter(
    (statement) => statement.concerns(principal) !== 'NO' && applies(statement),
  );
  if (ofResource.some(({ effect }) => effect === 'Deny'))
    return refuse(asked, 'with an explicit deny in a resource-based policy');
  const own = (registry.policies.get(principal.roleArn) ?? []).filter(applies);
  if (own.some(({ effect }) => effect === 'Deny'))
    return refuse(asked, 'with an explicit deny in an identity-based policy');
  const isGranted = ofResource.some((statement) => statement.concerns(principal) === 'CALLER');
  if (principal.kind === 'ROOT' || own.length > 0 || isGranted) return { allowed: true };
  const basis = principal.kind === 'SERVICE' ? 'resource-based' : 'identity-based';
  return refuse(asked, `because no ${basis} policy allows the ${action} action`);
}

/** Objects are governed by their bucket's policy, indexes by their table's. */
function holderOfPolicy(resource: string): string {
  if (resource.startsWith('arn:aws:s3:::')) return resource.split('/', 1)[0] ?? resource;
  return resource.replace(/\/(index|stream)\/.*$/, '');
}

function refuse({ principal, action, resource }: Asked, reason: string): Decision {
  const message = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
  return { allowed: false, message };
}
