import { describe, expect, it } from 'vitest';
import { createIam, InvalidPolicy } from '../../../../local/iam/index.ts';
import type { Iam, Statement } from '../../../../local/iam/index.ts';

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/reader`;
const BUCKET = 'arn:aws:s3:::letters';
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:jobs`;

function given({ own = [], resource }: { own?: Statement[]; resource: Statement[] }): Iam {
  const iam = createIam({ accountId: ACCOUNT });
  const policies = own.map((Statement, index) => ({ name: `own ${index}`, document: { Statement } }));
  iam.addRole({ arn: ROLE, policies });
  iam.addResourcePolicy(BUCKET, { name: 'Policy', document: { Statement: resource } });
  return iam;
}
const decides = (iam: Iam, action = 's3:GetObject', target = `${BUCKET}/a`) =>
  iam.decide(iam.assumeRole(ROLE, 's').principal, action, target);

const read: Statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: `${BUCKET}/*` };

describe('the policy of a bucket', () => {
  it.each<[string, Statement['Principal'], boolean]>([
    ['everyone', '*', true],
    ['everyone by AWS', { AWS: '*' }, true],
    ['the role', { AWS: ROLE }, true],
    ['a session of the role', { AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/s` }, true],
    ['another role', { AWS: `arn:aws:iam::${ACCOUNT}:role/other` }, false],
    ['the account, which leaves it to the own policies', { AWS: `arn:aws:iam::${ACCOUNT}:root` }, false],
    ['the account by its number', { AWS: ACCOUNT }, false],
    ['a service', { Service: 's3.amazonaws.com' }, false],
  ])('that allows %s opens it: %s', (_name, Principal, expected) => {
    const iam = given({ resource: [{ ...read, ...(Principal && { Principal }) }] });

    expect(decides(iam).allowed).toBe(expected);
  });

  it('denies whom it denies, also the root, and says where', () => {
    const deny: Statement = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [BUCKET, `${BUCKET}/*`],
    };
    const iam = given({ own: [read], resource: [deny] });

    expect(decides(iam)).toMatchObject({
      allowed: false,
      message: expect.stringContaining('with an explicit deny in a resource-based policy') as string,
    });
    expect(iam.isAllowed(iam.root.principal, 's3:GetObject', `${BUCKET}/a`)).toBe(false);
  });

  it('denies the whole account when it names it', () => {
    const deny: Statement = { ...read, Effect: 'Deny', Principal: { AWS: ACCOUNT } };

    expect(decides(given({ own: [read], resource: [deny] })).allowed).toBe(false);
  });

  it('that asks for secure transport lets local requests through', () => {
    const insecure: Statement = {
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 's3:*',
      Resource: `${BUCKET}/*`,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    };
    const old: Statement = { ...insecure, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } };

    expect(decides(given({ own: [read], resource: [insecure, old] })).allowed).toBe(true);
  });

  it.each<[string, Statement['NotPrincipal'], boolean]>([
    [
      'the role with its account and session',
      {
        AWS: [`arn:aws:iam::${ACCOUNT}:root`, ROLE, `arn:aws:sts::${ACCOUNT}:assumed-role/reader/s`],
      },
      true,
    ],
    ['the role without its session', { AWS: [ACCOUNT, ROLE] }, false],
    ['the role without its account', { AWS: [ROLE, `arn:aws:sts::${ACCOUNT}:assumed-role/reader/s`] }, false],
    ['another role', { AWS: [ACCOUNT, `arn:aws:iam::${ACCOUNT}:role/other`] }, false],
    ['a service', { Service: 's3.amazonaws.com' }, false],
    ['everyone', '*', true],
  ])('that denies all but %s leaves it open: %s', (_name, NotPrincipal, expected) => {
    const deny: Statement = { ...read, Effect: 'Deny', ...(NotPrincipal && { NotPrincipal }) };

    expect(decides(given({ own: [read], resource: [deny] })).allowed).toBe(expected);
  });

  it('that denies all but a service leaves the service alone', () => {
    const deny: Statement = { ...read, Effect: 'Deny', NotPrincipal: { Service: 's3.amazonaws.com' } };
    const iam = given({
      resource: [{ ...read, Principal: { Service: ['s3.amazonaws.com', 'sns.amazonaws.com'] } }, deny],
    });

    expect(iam.decideService('s3.amazonaws.com', 's3:GetObject', `${BUCKET}/a`).allowed).toBe(true);
    expect(iam.decideService('sns.amazonaws.com', 's3:GetObject', `${BUCKET}/a`).allowed).toBe(false);
    expect(iam.isAllowed(iam.root.principal, 's3:GetObject', `${BUCKET}/a`)).toBe(false);
  });

  it('does not reach beyond its own bucket', () => {
    const open: Statement = { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' };

    expect(decides(given({ resource: [open] }), 's3:GetObject', 'arn:aws:s3:::other/a').allowed).toBe(false);
  });

  it.each<[string, Statement, string]>([
    ['no principal', read, 'has no Principal'],
    [
      'an Allow for all but some',
      { ...read, NotPrincipal: { AWS: ROLE } },
      'NotPrincipal stands with Allow; expected Deny',
    ],
    ['both', { ...read, Effect: 'Deny', Principal: '*', NotPrincipal: '*' }, 'has no Principal'],
    ['a principal of another kind', { ...read, Principal: { Robot: 'x' } }, 'Principal has "Robot"'],
    [
      'a denial of strangers',
      { ...read, Effect: 'Deny', Principal: { Federated: 'x' } },
      'Principal.Federated cannot be denied',
    ],
  ])('with %s fails at once', (_name, statement, message) => {
    expect(() => given({ resource: [statement] })).toThrow(InvalidPolicy);
    expect(() => given({ resource: [statement] })).toThrow(message);
  });
});

describe('a service on its own behalf', () => {
  const send: Statement = {
    Effect: 'Allow',
    Principal: { Service: 's3.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: QUEUE,
    Condition: { ArnLike: { 'aws:SourceArn': BUCKET }, StringEquals: { 'aws:SourceAccount': ACCOUNT } },
  };
  const iam = createIam({ accountId: ACCOUNT });
  iam.addResourcePolicy(QUEUE, { name: 'Policy', document: { Statement: send } });
  const asks = (service: string, sourceArn: string) =>
    iam.decideService(service, 'sqs:SendMessage', QUEUE, {
      'aws:SourceArn': sourceArn,
      'aws:SourceAccount': ACCOUNT,
    }).allowed;

  it.each([
    ['s3.amazonaws.com', BUCKET, true],
    ['s3.amazonaws.com', 'arn:aws:s3:::other', false],
    ['events.amazonaws.com', BUCKET, false],
  ])('%s for %s may send: %s', (service, source, expected) => {
    expect(asks(service, source)).toBe(expected);
  });
});

describe('the trust of a role', () => {
  const trusting = (Statement: Statement | Statement[]): Iam => {
    const iam = createIam({ accountId: ACCOUNT });
    iam.addRole({ arn: ROLE, policies: [], trust: { Statement } });
    return iam;
  };
  const lambda: Statement = {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Principal: { Service: 'lambda.amazonaws.com' },
  };

  it('lets the service that it names take it, and no other', () => {
    const iam = trusting(lambda);

    expect(iam.isTrusted(ROLE, 'lambda.amazonaws.com')).toBe(true);
    expect(iam.isTrusted(ROLE, 'appsync.amazonaws.com')).toBe(false);
  });

  it('holds its conditions and its denials', () => {
    const context = { 'aws:SourceArn': 'arn:aws:appsync:us-east-1:1:apis/a' };
    const narrow = { ...lambda, Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:appsync:*:*:apis/b' } } };

    expect(trusting(narrow).isTrusted(ROLE, 'lambda.amazonaws.com', context)).toBe(false);
    expect(trusting([lambda, { ...lambda, Effect: 'Deny' }]).isTrusted(ROLE, 'lambda.amazonaws.com')).toBe(
      false,
    );
  });
});

describe('credentials', () => {
  it('are the same again with the same key, and others with another', () => {
    const session = (byte: number) => {
      const iam = createIam({ accountId: ACCOUNT, credentialKey: Buffer.alloc(32, byte) });
      iam.addRole({ arn: ROLE, policies: [] });
      return iam.assumeRole(ROLE, 's').credentials;
    };

    expect(session(1)).toEqual(session(1));
    expect(session(2).accessKeyId).not.toBe(session(1).accessKeyId);
    expect(session(2).secretAccessKey).not.toBe(session(1).secretAccessKey);
  });

  it('follow the policies of their role as they are now', () => {
    const iam = given({ own: [read], resource: [{ ...read, Principal: { Service: 'x.amazonaws.com' } }] });
    expect(decides(iam).allowed).toBe(true);

    iam.setRolePolicies(ROLE, []);

    expect(decides(iam).allowed).toBe(false);
  });
});
