import { describe, expect, it } from 'vitest';
import { createIam } from '../../../../local/iam/index.ts';
import type { RequestContext, Statement } from '../../../../local/iam/index.ts';

const ROLE = 'arn:aws:iam::123456789012:role/reader';
const TABLE = 'arn:aws:dynamodb:us-east-1:123456789012:table/T';

interface Given {
  statement: Partial<Statement>;
  version?: string;
  tags?: Record<string, string>;
}

function allows(
  { statement, version, tags }: Given,
  resource: string,
  context: RequestContext = {},
): boolean {
  const iam = createIam({ accountId: '123456789012' });
  const Statement: Statement = {
    Effect: 'Allow',
    ...(!statement.NotAction && { Action: '*' }),
    ...statement,
  };
  const document = { Version: version ?? '2012-10-17', Statement };
  iam.addRole({ arn: ROLE, policies: [{ name: 'inline', document }], ...(tags && { tags }) });
  return iam.isAllowed(iam.assumeRole(ROLE, 'session').principal, 's3:GetObject', resource, context);
}

describe('a variable of a resource', () => {
  it.each<[string, string, boolean]>([
    ['arn:aws:s3:::b/${aws:PrincipalAccount}/*', 'arn:aws:s3:::b/123456789012/a', true],
    ['arn:aws:s3:::b/${aws:PrincipalAccount}/*', 'arn:aws:s3:::b/999999999999/a', false],
    ['arn:aws:s3:::b/${aws:principalaccount}', 'arn:aws:s3:::b/123456789012', true],
    ['arn:aws:s3:::b/${aws:username}/*', 'arn:aws:s3:::b//a', false],
    ["arn:aws:s3:::b/${aws:username, 'all'}/*", 'arn:aws:s3:::b/all/a', true],
    ['arn:aws:s3:::b/${aws:PrincipalTag/team}/*', 'arn:aws:s3:::b/red/a', true],
    ['arn:aws:s3:::b/${aws:PrincipalTag/team}/*', 'arn:aws:s3:::b/blue/a', false],
    ["arn:aws:s3:::b/${aws:PrincipalTag/none, ''}x", 'arn:aws:s3:::b/x', true],
    ['arn:aws:s3:::b/${*}', 'arn:aws:s3:::b/*', true],
    ['arn:aws:s3:::b/${*}', 'arn:aws:s3:::b/a', false],
    ['arn:aws:s3:::b/${?}${$}', 'arn:aws:s3:::b/?$', true],
  ])('%s and %s: %s', (Resource, resource, expected) => {
    expect(allows({ statement: { Resource }, tags: { team: 'red' } }, resource)).toBe(expected);
  });

  it('never becomes a wildcard, whatever its value', () => {
    const statement = { Resource: 'arn:aws:s3:::b/${aws:PrincipalTag/team}/*' };

    expect(allows({ statement, tags: { team: '*' } }, 'arn:aws:s3:::b/red/a')).toBe(false);
    expect(allows({ statement, tags: { team: '*' } }, 'arn:aws:s3:::b/*/a')).toBe(true);
    expect(allows({ statement, tags: { team: 'r?d' } }, 'arn:aws:s3:::b/red/a')).toBe(false);
  });

  it('denies by a tag that the role has', () => {
    const statement: Partial<Statement> = {
      NotAction: 'sqs:*',
      NotResource: 'arn:aws:s3:::b/${aws:PrincipalTag/team}/*',
    };

    expect(allows({ statement, tags: { team: 'red' } }, 'arn:aws:s3:::b/red/a')).toBe(false);
    expect(allows({ statement, tags: { team: 'red' } }, 'arn:aws:s3:::b/blue/a')).toBe(true);
  });

  it('stands for itself in a policy of the older version', () => {
    const given = { statement: { Resource: 'arn:aws:s3:::b/${aws:userid}' }, version: '2008-10-17' };

    expect(allows(given, 'arn:aws:s3:::b/${aws:userid}')).toBe(true);
    expect(allows({ ...given, version: '2012-10-17' }, 'arn:aws:s3:::b/${aws:userid}')).toBe(false);
  });
});

describe('a variable of a condition', () => {
  it.each<[Statement['Condition'], RequestContext, boolean]>([
    [{ StringLike: { 's3:prefix': '${aws:PrincipalTag/team}/*' } }, { 's3:prefix': 'red/a' }, true],
    [{ StringLike: { 's3:prefix': '${aws:PrincipalTag/team}/*' } }, { 's3:prefix': 'blue/a' }, false],
    [{ StringEquals: { 's3:prefix': '${*}${aws:PrincipalTag/team}' } }, { 's3:prefix': '*red' }, true],
    [{ StringNotEquals: { 's3:prefix': '${aws:PrincipalTag/team}' } }, { 's3:prefix': 'red' }, false],
    [{ StringEquals: { 's3:prefix': '${aws:username}' } }, { 's3:prefix': 'undefined' }, false],
    [{ StringEquals: { 'aws:PrincipalTag/team': ['red', 'blue'] } }, {}, true],
    [{ StringEquals: { 'aws:PrincipalTag/other': 'red' } }, {}, false],
    [{ Null: { 'aws:PrincipalTag/team': 'false', 'aws:username': 'true' } }, {}, true],
    [
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': '${aws:PrincipalTag/team}#*' } },
      { 'dynamodb:LeadingKeys': ['red#1', 'red#2'] },
      true,
    ],
    [
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': '${aws:PrincipalTag/team}#*' } },
      { 'dynamodb:LeadingKeys': ['red#1', 'blue#2'] },
      false,
    ],
  ])('%j with %j: %s', (Condition, context, expected) => {
    const statement = { Resource: '*', ...(Condition && { Condition }) };

    expect(allows({ statement, tags: { team: 'red' } }, TABLE, context)).toBe(expected);
  });
});
