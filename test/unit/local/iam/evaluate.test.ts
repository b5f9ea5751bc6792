import { describe, expect, it } from 'vitest';
import { AccessDenied, createIam, InvalidPolicy } from '../../../../local/iam/index.ts';
import type {
  Iam,
  PolicyDocument,
  Principal,
  RequestContext,
  Statement,
} from '../../../../local/iam/index.ts';

const ROLE = 'arn:aws:iam::123456789012:role/service/reader';
const TABLE = 'arn:aws:dynamodb:eu-central-1:123456789012:table/Databases';

function roleWith(...statements: Statement[]): { iam: Iam; principal: Principal } {
  const iam = createIam({ accountId: '123456789012' });
  const document: PolicyDocument = { Version: '2012-10-17', Statement: statements };
  iam.addRole({ arn: ROLE, policies: statements.length > 0 ? [{ name: 'inline', document }] : [] });
  return { iam, principal: iam.assumeRole(ROLE, 'search').principal };
}

function allows(
  statement: Statement | Statement[],
  action: string,
  resource: string,
  context?: RequestContext,
): boolean {
  const { iam, principal } = roleWith(...(Array.isArray(statement) ? statement : [statement]));
  return iam.isAllowed(principal, action, resource, context);
}

describe('a decision', () => {
  it('is no without a statement', () => {
    const iam = createIam({ accountId: '123456789012' });
    iam.addRole({ arn: ROLE, policies: [] });

    expect(iam.isAllowed(iam.assumeRole(ROLE, 'a').principal, 's3:GetObject', '*')).toBe(false);
  });

  it('is yes for the root, whatever it asks', () => {
    const iam = createIam({ accountId: '123456789012' });

    expect(iam.isAllowed(iam.root.principal, 's3:Anything', 'arn:aws:s3:::any')).toBe(true);
  });

  it('is no when any statement denies', () => {
    const statements: Statement[] = [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::secret/*' },
    ];

    expect(allows(statements, 's3:GetObject', 'arn:aws:s3:::open/a')).toBe(true);
    expect(allows(statements, 's3:GetObject', 'arn:aws:s3:::secret/a')).toBe(false);
  });

  it('joins the policies of a role', () => {
    const iam = createIam({ accountId: '123456789012' });
    const allow = (Action: string): PolicyDocument => ({
      Statement: { Effect: 'Allow', Action, Resource: '*' },
    });
    iam.addRole({
      arn: ROLE,
      policies: [
        { name: 'inline', document: allow('s3:GetObject') },
        { name: 'managed', document: allow('sqs:SendMessage') },
      ],
    });
    const { principal } = iam.assumeRole(ROLE, 'a');

    expect(
      ['s3:GetObject', 'sqs:SendMessage', 'sqs:Purge'].map((action) => iam.isAllowed(principal, action, '*')),
    ).toEqual([true, true, false]);
  });
});

describe('an action', () => {
  it.each([
    ['s3:GetObject', 's3:GetObject', true],
    ['S3:getobject', 's3:GetObject', true],
    ['s3:Get*', 's3:GetObjectVersion', true],
    ['s3:Get?bject', 's3:GetObject', true],
    ['s3:Get', 's3:GetObject', false],
    ['*', 'sqs:SendMessage', true],
    ['s3:*', 'sqs:SendMessage', false],
  ])('%s for %s: %s', (Action, action, expected) => {
    expect(allows({ Effect: 'Allow', Action, Resource: '*' }, action, '*')).toBe(expected);
    expect(allows({ Effect: 'Allow', NotAction: Action, Resource: '*' }, action, '*')).toBe(!expected);
  });
});

describe('a resource', () => {
  it.each([
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::b/a/b:c', true],
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::b', false],
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::B/a', false],
    ['arn:aws:s3:::b/?.txt', 'arn:aws:s3:::b/1.txt', true],
    ['arn:aws:s3:::b/*/files/*', 'arn:aws:s3:::b/x/files/y', true],
    [TABLE, `${TABLE}/index/byName`, false],
    ['arn:aws:dynamodb:*:123456789012:table/*', TABLE, true],
    // A wildcard stays in its part of the ARN.
    ['arn:aws:dynamodb:*:table/Databases', TABLE, false],
    ['*', TABLE, true],
  ])('%s for %s: %s', (Resource, resource, expected) => {
    const isValid = Resource === '*' || Resource.split(':').length >= 6;
    if (!isValid) {
      expect(() => roleWith({ Effect: 'Allow', Action: '*', Resource })).toThrow(/an ARN of six parts/);
      return;
    }
    expect(allows({ Effect: 'Allow', Action: '*', Resource }, 'x:Y', resource)).toBe(expected);
    expect(allows({ Effect: 'Allow', Action: '*', NotResource: Resource }, 'x:Y', resource)).toBe(!expected);
  });

  it('with many wildcards is decided at once', () => {
    const pattern = `arn:aws:s3:::${'*a'.repeat(200)}b`;

    expect(
      allows(
        { Effect: 'Allow', Action: '*', Resource: pattern },
        's3:GetObject',
        `arn:aws:s3:::${'a'.repeat(5000)}`,
      ),
    ).toBe(false);
  });
});

describe('a condition', () => {
  const withCondition = (Condition: Statement['Condition'], context?: RequestContext): boolean =>
    allows({ Effect: 'Allow', Action: '*', Resource: '*', Condition }, 'dynamodb:Query', TABLE, context);

  it.each([
    ['StringEquals', 'a', true],
    ['StringEquals', 'A', false],
    ['StringNotEquals', 'b', true],
    ['StringNotEquals', 'a', false],
    ['StringLike', 'ax', true],
    ['StringLike', 'bx', false],
    ['StringNotLike', 'bx', true],
  ] as const)('%s of %s: %s', (operator, value, expected) => {
    const pattern = operator.endsWith('Like') ? 'a*' : 'a';

    expect(withCondition({ [operator]: { 's3:prefix': [pattern, 'zzz'] } }, { 's3:prefix': value })).toBe(
      expected,
    );
  });

  it('needs the key to be there, unless it says IfExists or is negated', () => {
    expect(withCondition({ StringEquals: { 's3:prefix': 'a' } })).toBe(false);
    expect(withCondition({ StringEqualsIfExists: { 's3:prefix': 'a' } })).toBe(true);
    expect(withCondition({ StringEqualsIfExists: { 's3:prefix': 'a' } }, { 's3:prefix': 'b' })).toBe(false);
    expect(withCondition({ StringNotEquals: { 's3:prefix': 'a' } })).toBe(true);
  });

  it('needs every key and every operator', () => {
    const both = {
      StringEquals: { 's3:prefix': 'a', 's3:delimiter': '/' },
      StringLike: { 's3:max-keys': '1*' },
    };

    expect(withCondition(both, { 's3:prefix': 'a', 's3:delimiter': '/', 's3:max-keys': '10' })).toBe(true);
    expect(withCondition(both, { 's3:prefix': 'a', 's3:delimiter': '/', 's3:max-keys': '20' })).toBe(false);
    expect(withCondition(both, { 's3:prefix': 'a', 's3:max-keys': '10' })).toBe(false);
  });

  it('over a set asks all or any of its values', () => {
    const all = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['tenant-1#*'] } };
    const any = { 'ForAnyValue:StringEquals': { 'dynamodb:Attributes': ['secret'] } };

    expect(withCondition(all, { 'dynamodb:LeadingKeys': ['tenant-1#a', 'tenant-1#b'] })).toBe(true);
    expect(withCondition(all, { 'dynamodb:LeadingKeys': ['tenant-1#a', 'tenant-2#b'] })).toBe(false);
    expect(withCondition(all)).toBe(true);
    expect(withCondition(any, { 'dynamodb:Attributes': ['id', 'secret'] })).toBe(true);
    expect(withCondition(any, { 'dynamodb:Attributes': ['id'] })).toBe(false);
    expect(withCondition(any)).toBe(false);
  });

  it('over a set counts its negation for each value', () => {
    const all = { 'ForAllValues:StringNotEquals': { 'dynamodb:Attributes': ['secret', 'hash'] } };
    const any = { 'ForAnyValue:StringNotEquals': { 'dynamodb:Attributes': ['secret', 'hash'] } };

    expect(withCondition(all, { 'dynamodb:Attributes': ['id', 'name'] })).toBe(true);
    expect(withCondition(all, { 'dynamodb:Attributes': ['id', 'hash'] })).toBe(false);
    expect(withCondition(any, { 'dynamodb:Attributes': ['id', 'hash'] })).toBe(true);
    expect(withCondition(any, { 'dynamodb:Attributes': ['secret', 'hash'] })).toBe(false);
    expect(withCondition(any)).toBe(false);
  });

  it('on transport and source is answered by the runtime and the service', () => {
    expect(withCondition({ Bool: { 'aws:SecureTransport': 'true' } })).toBe(true);
    expect(withCondition({ Bool: { 'aws:SecureTransport': false } })).toBe(false);
    expect(withCondition({ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/service/*' } })).toBe(true);
    expect(
      withCondition(
        { ArnEquals: { 'aws:SourceArn': 'arn:aws:s3:::b*' } },
        { 'aws:sourcearn': 'arn:aws:s3:::bucket' },
      ),
    ).toBe(true);
  });
});

describe('a policy that cannot be enforced', () => {
  const deny = { Effect: 'Deny', Action: '*', Resource: '*' } as const;
  const allow = { Effect: 'Allow', Action: '*', Resource: '*' } as const;

  it.each<[string, object, string]>([
    [
      'an operator',
      { ...allow, Condition: { BinaryEquals: { 'aws:userid': 'QQ==' } } },
      'operator "BinaryEquals"',
    ],
    [
      'a set operator',
      { ...allow, Condition: { 'ForEach:StringLike': { 's3:prefix': 'a' } } },
      'operator "ForEach:StringLike"',
    ],
    [
      'a key under Deny',
      { ...deny, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o' } } },
      'key "aws:PrincipalOrgID"',
    ],
    [
      'a key that passes when absent',
      { ...allow, Condition: { 'ForAllValues:StringLike': { 'aws:TagKeys': 'a' } } },
      'key "aws:TagKeys"',
    ],
    [
      'an unknown variable',
      { ...allow, Resource: 'arn:aws:s3:::b/${aws:TokenIssueTime}' },
      'no local service fills in the variable aws:TokenIssueTime',
    ],
    ['an open variable', { ...allow, Resource: 'arn:aws:s3:::b/${aws:userid' }, 'expected a "}"'],
    ['a malformed variable', { ...allow, Resource: 'arn:aws:s3:::b/${a b}' }, 'not "${a b}"'],
    [
      'a variable in the front of an ARN',
      { ...allow, Resource: 'arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:jobs' },
      'behind the fifth colon',
    ],
    [
      'a variable with several values',
      { ...allow, Resource: 'arn:aws:s3:::b/${dynamodb:LeadingKeys}' },
      'may have several values',
    ],
    [
      'a variable that may be missing in a Deny',
      { ...deny, Resource: 'arn:aws:s3:::b/${aws:username}' },
      'this Deny could not be enforced',
    ],
    [
      'a variable that may be missing in NotResource',
      { Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::b/${aws:PrincipalTag/team}' },
      'NotResource has the variable aws:principaltag/team',
    ],
    [
      'a variable that may be missing in a negation',
      { ...allow, Condition: { StringNotLike: { 's3:prefix': '${aws:username}/*' } } },
      'the variable aws:username, which a request may lack',
    ],
    [
      'a key of several values without a set operator',
      { ...allow, Condition: { StringEquals: { 'dynamodb:LeadingKeys': 'a' } } },
      'StringEquals.dynamodb:LeadingKeys compares one value',
    ],
    [
      'the denial of such a key',
      { ...deny, Condition: { StringNotEqualsIfExists: { 'dynamodb:Attributes': 'a' } } },
      'expected ForAllValues: or ForAnyValue:',
    ],
    ['an element', { ...allow, Principal: '*' }, 'element "Principal"'],
    ['an effect', { ...allow, Effect: 'allow' }, 'Effect is "allow"'],
    ['no action', { Effect: 'Allow', Resource: '*' }, 'exactly one of Action and NotAction'],
    ['both resources', { ...allow, NotResource: '*' }, 'exactly one of Resource and NotResource'],
    ['an action without service', { ...allow, Action: 'GetObject' }, 'Action has "GetObject"'],
    [
      'an intrinsic function',
      { ...allow, Resource: { 'Fn::GetAtt': ['Bucket', 'Arn'] } },
      'is an intrinsic function unresolved?',
    ],
  ])('for %s fails at once and names it', (_, statement, message) => {
    const add = (): unknown => roleWith(statement as Statement);

    expect(add).toThrow(InvalidPolicy);
    expect(add).toThrow(message);
    expect(add).toThrow(`role ${ROLE}, policy inline.Statement[0]`);
  });

  it('may allow by a key that never has a value: that allows nothing', () => {
    const statement: Statement = { ...allow, Condition: { StringEquals: { 'cloudwatch:namespace': 'X' } } };

    expect(allows(statement, 'cloudwatch:PutMetricData', '*')).toBe(false);
  });
});

describe('a session', () => {
  it('has its own credentials, the same each time', () => {
    const { iam } = roleWith();
    const first = iam.assumeRole(ROLE, 'search');
    const other = iam.assumeRole(ROLE, 'vectors');

    expect(iam.assumeRole(ROLE, 'search')).toBe(first);
    expect(first.credentials.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(other.credentials.secretAccessKey).not.toBe(first.credentials.secretAccessKey);
    expect(iam.findSession(first.credentials.accessKeyId)).toBe(first);
    expect(iam.findSession('ASIAUNKNOWN')).toBeUndefined();
  });

  it('of an unknown role is refused, and so is a role added twice', () => {
    const { iam } = roleWith();

    expect(() => iam.assumeRole('arn:aws:iam::123456789012:role/other', 'a')).toThrow('is unknown');
    expect(() => {
      iam.addRole({ arn: ROLE, policies: [] });
    }).toThrow('added twice');
  });

  it('that may not is told who, what and why, as in AWS', () => {
    const { iam, principal } = roleWith({ Effect: 'Deny', Action: 's3:PutObject', Resource: '*' });
    const user = 'User: arn:aws:sts::123456789012:assumed-role/reader/search is not authorized to perform: ';
    const ask = (action: string) => () => {
      iam.authorize(principal, action, 'arn:aws:s3:::b/k');
    };

    expect(ask('s3:GetObject')).toThrow(AccessDenied);
    expect(ask('s3:GetObject')).toThrow(
      `${user}s3:GetObject on resource: arn:aws:s3:::b/k because no identity-based policy allows the s3:GetObject action`,
    );
    expect(ask('s3:PutObject')).toThrow(
      `${user}s3:PutObject on resource: arn:aws:s3:::b/k with an explicit deny in an identity-based policy`,
    );
  });
});
