import { describe, expect, it } from 'vitest';
import { createIam, InvalidPolicy } from '../../../../local/iam/index.ts';
import type { RequestContext, Statement } from '../../../../local/iam/index.ts';

const ROLE = 'arn:aws:iam::123456789012:role/reader';

function holds(Condition: Statement['Condition'], context: RequestContext): boolean {
  const iam = createIam({ accountId: '123456789012' });
  const Statement: Statement = {
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
    ...(Condition && { Condition }),
  };
  iam.addRole({ arn: ROLE, policies: [{ name: 'inline', document: { Statement } }] });
  return iam.isAllowed(iam.assumeRole(ROLE, 'a').principal, 's3:GetObject', 'arn:aws:s3:::b/k', context);
}

describe('an operator', () => {
  it.each<[string, string, string | string[], string, boolean]>([
    ['StringEqualsIgnoreCase', 's3:prefix', 'Home/', 'home/', true],
    ['StringNotEqualsIgnoreCase', 's3:prefix', 'Home/', 'home/', false],
    ['StringNotLike', 's3:prefix', 'home/*', 'tmp/a', true],
    ['ArnNotLike', 'aws:SourceArn', 'arn:aws:s3:::a*', 'arn:aws:s3:::b', true],
    ['ArnNotEquals', 'aws:SourceArn', 'arn:aws:s3:::b', 'arn:aws:s3:::b', false],
    ['NumericEquals', 's3:max-keys', '10', '10.0', true],
    ['NumericNotEquals', 's3:max-keys', '10', '10', false],
    ['NumericLessThan', 's3:max-keys', '10', '9', true],
    ['NumericLessThan', 's3:max-keys', '10', '10', false],
    ['NumericLessThanEquals', 's3:max-keys', '10', '10', true],
    ['NumericGreaterThan', 's3:max-keys', '10', '10', false],
    ['NumericGreaterThanEquals', 's3:max-keys', '10', '100', true],
    ['NumericLessThan', 's3:max-keys', '10', 'many', false],
    ['DateGreaterThan', 'aws:CurrentTime', '2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z', true],
    ['DateLessThan', 'aws:CurrentTime', '2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z', false],
    ['DateGreaterThanEquals', 'aws:EpochTime', '1577836800', '1577836800', true],
    ['IpAddress', 'aws:SourceIp', '10.0.0.0/8', '10.20.30.40', true],
    ['IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '192.168.1.1'], '192.168.1.2', false],
    ['NotIpAddress', 'aws:SourceIp', '10.0.0.0/8', '192.168.1.1', true],
    ['IpAddress', 'aws:SourceIp', '2001:db8::/32', '2001:db8::1', true],
    ['Bool', 'aws:SecureTransport', 'true', 'true', true],
  ])('%s of %s with %j answers %s: %s', (...row) => {
    const [operator, key, expected, actual, outcome] = row;

    expect(holds({ [operator]: { [key]: expected } }, { [key]: actual })).toBe(outcome);
  });

  it.each([
    ['true', {}, true],
    ['true', { 's3:prefix': 'a' }, false],
    ['false', {}, false],
    ['false', { 's3:prefix': 'a' }, true],
  ])('Null with %s and %j answers %s', (expected, context, outcome) => {
    expect(holds({ Null: { 's3:prefix': expected } }, context)).toBe(outcome);
  });

  it.each([
    ['NumericLessThan', 's3:max-keys', 'ten', 'a number'],
    ['DateLessThan', 'aws:CurrentTime', 'tomorrow', 'a date'],
    ['IpAddress', 'aws:SourceIp', '10.0.0.0/40', 'an IP address'],
    ['Bool', 'aws:SecureTransport', 'yes', 'true or false'],
    ['Null', 's3:prefix', 'maybe', 'true or false'],
  ])('%s refuses the value "%s: %s" at once and says what it wants', (operator, key, value, expectation) => {
    const add = (): unknown => holds({ [operator]: { [key]: value } }, {});

    expect(add).toThrow(InvalidPolicy);
    expect(add).toThrow(`Condition.${operator}.${key} is "${value}"; expected ${expectation}`);
  });

  it('refuses to allow by the absence of a key that no service fills in', () => {
    expect(() => holds({ Null: { 'aws:TokenIssueTime': 'true' } }, {})).toThrow(InvalidPolicy);
  });
});

describe('what is true of every request', () => {
  it.each<[Statement['Condition'], boolean]>([
    [{ StringEquals: { 'aws:PrincipalArn': ROLE } }, true],
    [{ StringEquals: { 'aws:ResourceAccount': '123456789012' } }, true],
    [{ StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } }, false],
    [{ IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, true],
    [{ Bool: { 'aws:PrincipalIsAWSService': 'false' } }, true],
    [{ NumericGreaterThanEquals: { 's3:TlsVersion': 1.2 } }, true],
    [{ DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }, true],
    [{ StringLike: { 'aws:userid': 'AROA*:a' } }, true],
  ])('decides %j as %s', (condition, outcome) => {
    expect(holds(condition, {})).toBe(outcome);
  });
});
