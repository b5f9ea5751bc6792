import { isDeepStrictEqual } from 'node:util';
import type { SubscriptionFilter } from '../library/handler-session.ts';

type Rule = SubscriptionFilter['filterGroup'][number]['filters'][number];

function valueAt(payload: unknown, path: string): unknown {
  let value = payload;
  for (const part of path.split('.')) {
    const owner = value as Record<string, unknown> | null | undefined;
    value = owner !== null && typeof owner === 'object' && Object.hasOwn(owner, part) ? owner[part] : null;
  }
  return value ?? null;
}

/** Orders two values of one type; null when they have none. */
function compare(left: unknown, right: unknown): number | null {
  const isText = typeof left === 'string' && typeof right === 'string';
  const isNumber = typeof left === 'number' && typeof right === 'number';
  if (!isText && !isNumber) return null;
  return left < right ? -1 : left > right ? 1 : 0;
}

function contains(holder: unknown, value: unknown): boolean {
  if (Array.isArray(holder)) return holder.some((item) => isDeepStrictEqual(item, value));
  return typeof holder === 'string' && typeof value === 'string' && holder.includes(value);
}

type Test = (actual: unknown, value: unknown) => boolean;

function ordered(test: (order: number) => boolean): Test {
  return (actual, value) => {
    const order = compare(actual, value);
    return order !== null && test(order);
  };
}

const isAtLeast = ordered((order) => order >= 0);
const isAtMost = ordered((order) => order <= 0);
const isIn: Test = (actual, values) =>
  (values as unknown[]).some((value) => isDeepStrictEqual(actual, value));

const TESTS: Record<string, Test | undefined> = {
  eq: (actual, value) => isDeepStrictEqual(actual, value),
  ne: (actual, value) => !isDeepStrictEqual(actual, value),
  lt: ordered((order) => order < 0),
  le: isAtMost,
  gt: ordered((order) => order > 0),
  ge: isAtLeast,
  contains,
  notContains: (actual, value) => !contains(actual, value),
  beginsWith: (actual, value) =>
    typeof actual === 'string' && typeof value === 'string' && actual.startsWith(value),
  in: isIn,
  notIn: (actual, values) => !isIn(actual, values),
  between: (actual, values) => {
    const [low, high] = values as unknown[];
    return isAtLeast(actual, low) && isAtMost(actual, high);
  },
  containsAny: (actual, values) => (values as unknown[]).some((value) => contains(actual, value)),
};

function matchesRule(payload: unknown, { fieldName, operator, value }: Rule): boolean {
  return TESTS[operator]?.(valueAt(payload, fieldName), value) ?? false;
}

/** Tells whether one group of the filter holds as a whole. */
export function matchesFilter(payload: unknown, { filterGroup }: SubscriptionFilter): boolean {
  return (
    filterGroup.length === 0 ||
    filterGroup.some(({ filters }) => filters.every((rule) => matchesRule(payload, rule)))
  );
}

/** Tells whether the payload has what the arguments ask for; an argument that is not given does not filter, null asks for null. */
export function matchesArguments(payload: unknown, args: Record<string, unknown>): boolean {
  return Object.entries(args).every(([name, value]) => isDeepStrictEqual(valueAt(payload, name), value));
}
