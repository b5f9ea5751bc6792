import { limits } from '../limits.ts';
import type { HandlerSession, LibraryFunction, SubscriptionFilter } from './handler-session.ts';

type Rule = SubscriptionFilter['filterGroup'][number]['filters'][number];
type Bag = Record<string, unknown>;

const OPERATORS = new Set(
  'eq ne le lt ge gt contains notContains beginsWith in notIn between containsAny'.split(' '),
);
const LIST_LIMITS: Record<string, number | undefined> = {
  in: limits.subscriptionFilterInValues,
  notIn: limits.subscriptionFilterInValues,
  containsAny: limits.subscriptionFilterContainsAnyValues,
  between: 2,
};

function bag(value: unknown, name: string): Bag {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`${name} must be an object, not ${JSON.stringify(value)}`);
  }
  return value as Bag;
}

function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function list(value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${name} must be a list, not ${JSON.stringify(value)}`);
  return value;
}

function checkValue(fieldName: string, operator: string, value: unknown): void {
  const limit = LIST_LIMITS[operator];
  if (limit === undefined) {
    if (Array.isArray(value)) throw new Error(`'${operator}' of '${fieldName}' takes one value, not a list`);
    return;
  }
  const { length } = list(value, `'${operator}' of '${fieldName}'`);
  if (operator === 'between' && length !== 2) throw new Error(`'between' of '${fieldName}' takes two values`);
  if (length > limit)
    throw new Error(`'${operator}' of '${fieldName}' has ${length} values; the limit is ${limit}`);
}

function checkRule(rule: unknown): Rule {
  const { fieldName, operator, value } = bag(rule, 'a filter');
  if (typeof fieldName !== 'string') throw new Error('a filter needs a fieldName');
  if (typeof operator !== 'string' || !OPERATORS.has(operator)) {
    throw new Error(`'${fieldName}' has the unknown operator ${JSON.stringify(operator)}`);
  }
  if (fieldName.length > limits.subscriptionFilterPathCharacters) {
    const limit = limits.subscriptionFilterPathCharacters;
    throw new Error(`a fieldName has ${fieldName.length} characters; the limit is ${limit}`);
  }
  if (fieldName.split('.').length > limits.subscriptionFilterPathDepth) {
    throw new Error(`'${fieldName}' is deeper than ${limits.subscriptionFilterPathDepth} levels`);
  }
  checkValue(fieldName, operator, value);
  return { fieldName, operator, value };
}

/** Keeps a filter of many alternatives from multiplying without end; the service takes 10 groups. */
const MOST_COMBINATIONS = 1000;

/** Checks the argument of `setSubscriptionFilter`; null means no filter. */
export function checkFilter(filter: unknown): SubscriptionFilter | null {
  if (filter === null || filter === undefined) return null;
  const groups = list(bag(filter, 'the filter').filterGroup, 'filterGroup');
  if (groups.length > limits.subscriptionFilterGroups) {
    throw new Error(
      `filterGroup has ${groups.length} groups; the limit is ${limits.subscriptionFilterGroups}`,
    );
  }
  return {
    filterGroup: groups.map((group) => ({
      filters: list(bag(group, 'a group').filters, 'filters').map(checkRule),
    })),
  };
}

/** One alternative (or) for each condition on a field. The operators are checked where the filter is set. */
function conditionsOn(fieldName: string, operators: unknown): Rule[][] {
  const conditions = Object.entries(bag(operators, `'${fieldName}'`));
  return conditions.map(([operator, value]) => [{ fieldName, operator, value }]);
}

/** The conditions on each field that counts. */
function fieldsOf(filter: Bag, ignored: ReadonlySet<string>): Rule[][][] {
  return Object.entries(filter).flatMap(([fieldName, operators]) => {
    if (fieldName === 'and' || fieldName === 'or' || ignored.has(fieldName) || isMissing(operators))
      return [];
    return [conditionsOn(fieldName, operators)];
  });
}

/** Both sides as one conjunction, in every combination; a side that says nothing leaves the other as it is. */
function cross(left: Rule[][], right: Rule[][]): Rule[][] {
  if (left.length * right.length > MOST_COMBINATIONS) {
    throw new Error(`the filter has more than ${MOST_COMBINATIONS} combinations of alternatives`);
  }
  return left.flatMap((a) => right.map((b) => [...a, ...b]));
}

/** The filter as alternatives (or) of conjunctions (and), which is all that a filter group can say. */
function alternatives(filter: Bag, ignored: ReadonlySet<string>): Rule[][] {
  let groups: Rule[][] = fieldsOf(filter, ignored).reduce(cross, [[]]);
  for (const part of isMissing(filter.and) ? [] : list(filter.and, 'and')) {
    groups = cross(groups, alternatives(bag(part, 'and'), ignored));
  }
  if (!isMissing(filter.or)) {
    const options = list(filter.or, 'or').flatMap((part) => alternatives(bag(part, 'or'), ignored));
    const telling = options.filter((rules) => rules.length > 0);
    if (telling.length > 0) groups = cross(groups, telling);
  }
  return groups;
}

const toSubscriptionFilter: LibraryFunction = ([filter, ignoredFields, rules]) => {
  const ignored = new Set(isMissing(ignoredFields) ? [] : list(ignoredFields, 'ignoredFields').map(String));
  let groups = alternatives(bag(filter ?? {}, 'the filter'), ignored);
  const strict = isMissing(rules) ? [] : fieldsOf(bag(rules, 'the rules'), new Set()).flat();
  if (strict.length > 0) groups = cross(groups, strict);
  return { filterGroup: groups.filter((filters) => filters.length > 0).map((filters) => ({ filters })) };
};

function requireResponseOf(operation: HandlerSession['operation'], session: HandlerSession): void {
  if (session.operation !== operation || session.handler !== 'response') {
    throw new Error(`only the response handler of a ${operation} resolver may call this`);
  }
}

/** `extensions` for subscriptions, and the transform that feeds them. */
export const subscriptionFunctions = {
  'util.transform.toSubscriptionFilter': toSubscriptionFilter,
  'extensions.setSubscriptionFilter': ([filter], session) => {
    requireResponseOf('subscription', session);
    session.setSubscriptionFilter(checkFilter(filter));
  },
  'extensions.setSubscriptionInvalidationFilter': ([filter], session) => {
    requireResponseOf('subscription', session);
    session.setInvalidationFilter(checkFilter(filter));
  },
  'extensions.invalidateSubscriptions': ([invalidation], session) => {
    requireResponseOf('mutation', session);
    const { subscriptionField, payload } = bag(invalidation, 'the argument');
    if (typeof subscriptionField !== 'string') throw new Error('subscriptionField must be a string');
    session.invalidate({ subscriptionField, payload: bag(payload, 'payload') });
  },
} satisfies Record<string, LibraryFunction>;
