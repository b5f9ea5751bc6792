import { BlockList, isIP } from 'node:net';
import { textOf } from './policy-text.ts';
import { matchesArn, matchesPattern } from './wildcard.ts';
import type { Pattern } from './wildcard.ts';

export interface Operator {
  /** Makes the comparison with one value of the policy. */
  expecting: (expected: Pattern) => (actual: string) => boolean;
  /** True for operators like StringNotEquals, that hold when no value matches. */
  isNegated?: true;
  /** Tells whether a policy may name this value. */
  isValue?: (value: string) => boolean;
  /** What `isValue` wants, for messages. */
  expectation?: string;
}

const isNumber = (value: string): boolean => value.trim() !== '' && Number.isFinite(Number(value));
/** Dates are ISO 8601 or seconds since 1970. */
const timeMs = (value: string): number => (/^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value));

/** An operator over texts that have no wildcards. */
const plain =
  (compare: (expected: string, actual: string) => boolean): Operator['expecting'] =>
  (pattern) => {
    const expected = textOf(pattern);
    return (actual) => compare(expected, actual);
  };
const numeric = (holds: (actual: number, expected: number) => boolean): Operator => ({
  expecting: plain((expected, actual) => isNumber(actual) && holds(Number(actual), Number(expected))),
  isValue: isNumber,
  expectation: 'a number',
});
const date = (holds: (actual: number, expected: number) => boolean): Operator => ({
  expecting: plain((expected, actual) => holds(timeMs(actual), timeMs(expected))),
  isValue: (value) => !Number.isNaN(timeMs(value)),
  expectation: 'a date in ISO 8601 or seconds since 1970',
});
const not = (operator: Operator): Operator => ({ ...operator, isNegated: true });

const equals: Operator = { expecting: plain((expected, actual) => expected === actual) };
const equalsIgnoringCase: Operator = {
  expecting: plain((expected, actual) => expected.toLowerCase() === actual.toLowerCase()),
};
const like: Operator = { expecting: (pattern) => (actual) => matchesPattern(pattern, actual) };
const arnLike: Operator = { expecting: (pattern) => (actual) => matchesArn(pattern, actual) };
const address: Operator = {
  expecting: plain(matchesNetwork),
  isValue: (value) => readNetwork(value) !== undefined,
  expectation: 'an IP address or a range like 203.0.113.0/24',
};
const isSame = (actual: number, expected: number): boolean => actual === expected;

/** Every operator that is enforced, by its name in a policy. `Null` is none of them: it asks for presence alone. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: equals,
  StringNotEquals: not(equals),
  StringEqualsIgnoreCase: equalsIgnoringCase,
  StringNotEqualsIgnoreCase: not(equalsIgnoringCase),
  StringLike: like,
  StringNotLike: not(like),
  ArnEquals: arnLike,
  ArnNotEquals: not(arnLike),
  ArnLike: arnLike,
  ArnNotLike: not(arnLike),
  Bool: {
    ...equalsIgnoringCase,
    isValue: (value) => /^(true|false)$/i.test(value),
    expectation: 'true or false',
  },
  NumericEquals: numeric(isSame),
  NumericNotEquals: not(numeric(isSame)),
  NumericLessThan: numeric((actual, expected) => actual < expected),
  NumericLessThanEquals: numeric((actual, expected) => actual <= expected),
  NumericGreaterThan: numeric((actual, expected) => actual > expected),
  NumericGreaterThanEquals: numeric((actual, expected) => actual >= expected),
  DateEquals: date(isSame),
  DateNotEquals: not(date(isSame)),
  DateLessThan: date((actual, expected) => actual < expected),
  DateLessThanEquals: date((actual, expected) => actual <= expected),
  DateGreaterThan: date((actual, expected) => actual > expected),
  DateGreaterThanEquals: date((actual, expected) => actual >= expected),
  IpAddress: address,
  NotIpAddress: not(address),
};

function readNetwork(text: string): { list: BlockList } | undefined {
  const [host = '', bits] = text.split('/');
  const version = isIP(host);
  if (version === 0) return undefined;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const widest = version === 4 ? 32 : 128;
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > widest)) return undefined;
  const list = new BlockList();
  list.addSubnet(host, bits === undefined ? widest : Number(bits), family);
  return { list };
}

function matchesNetwork(expected: string, actual: string): boolean {
  const version = isIP(actual);
  if (version === 0) return false;
  return readNetwork(expected)?.list.check(actual, version === 4 ? 'ipv4' : 'ipv6') ?? false;
}
