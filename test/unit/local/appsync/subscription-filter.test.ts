import { describe, expect, it } from 'vitest';
import { checkFilter } from '../../../../local/appsync/library/subscription-filter.ts';
import { matchesArguments, matchesFilter } from '../../../../local/appsync/realtime/match-filter.ts';
import { evaluate } from './evaluate.ts';

const PAYLOAD = { title: 'Hello World', stars: 4, tags: ['a', 'b'], deep: { x: null, y: true } };

function matches(fieldName: string, operator: string, value: unknown): boolean {
  const filter = checkFilter({ filterGroup: [{ filters: [{ fieldName, operator, value }] }] });
  return matchesFilter(PAYLOAD, filter ?? { filterGroup: [] });
}

describe('operators', () => {
  it.each([
    ['title', 'eq', 'Hello World', true],
    ['title', 'ne', 'Hello World', false],
    ['stars', 'gt', 4, false],
    ['stars', 'ge', 4, true],
    ['stars', 'lt', '5', false],
    ['stars', 'between', [3, 4], true],
    ['title', 'beginsWith', 'Hello', true],
    ['title', 'contains', 'lo Wo', true],
    ['tags', 'contains', 'b', true],
    ['tags', 'notContains', 'b', false],
    ['tags', 'containsAny', ['x', 'a'], true],
    ['stars', 'in', [1, 4], true],
    ['stars', 'notIn', [1, 4], false],
    ['deep.y', 'eq', true, true],
    ['deep.x', 'eq', null, true],
    ['missing.path', 'ge', 1, false],
    ['constructor', 'ne', null, false],
  ])('%s %s %j is %s', (fieldName, operator, value, expected) => {
    expect(matches(fieldName, operator, value)).toBe(expected);
  });
});

describe('limits', () => {
  it.each([
    ['like', 'x', 'unknown operator "like"'],
    ['in', [1, 2, 3, 4, 5, 6], 'has 6 values; the limit is 5'],
    ['containsAny', Array.from({ length: 21 }), 'the limit is 20'],
    ['between', [1], 'takes two values'],
    ['eq', [1], 'takes one value, not a list'],
  ])('refuse %s with %j', (operator, value, message) => {
    expect(() => matches('a', operator, value)).toThrow(message);
  });

  it('refuse a path that is too deep or too long', () => {
    expect(() => matches('a'.repeat(257), 'eq', 1)).toThrow('has 257 characters; the limit is 256');
    expect(() => matches('a.b.c.d.e.f', 'eq', 1)).toThrow('deeper than 5 levels');
  });
});

describe('toSubscriptionFilter', () => {
  const groups = (call: string): unknown => {
    const { filterGroup } = evaluate(`util.transform.toSubscriptionFilter(${call})`) as {
      filterGroup: { filters: { fieldName: string; operator: string; value: unknown }[] }[];
    };
    return filterGroup.map(({ filters }) =>
      filters.map((rule) => `${rule.fieldName} ${rule.operator} ${String(rule.value)}`),
    );
  };

  it('puts fields together', () => {
    expect(groups('{ a: { eq: 1 }, b: { gt: 2 } }')).toEqual([['a eq 1', 'b gt 2']]);
  });

  it('multiplies alternatives out', () => {
    expect(groups('{ a: { eq: 1 }, or: [{ b: { eq: 2 } }, { c: { eq: 3 } }] }')).toEqual([
      ['a eq 1', 'b eq 2'],
      ['a eq 1', 'c eq 3'],
    ]);
  });

  it('takes several conditions on one field as alternatives', () => {
    const filter = `{ up: { lte: 50, gte: 20 }, and: [{ title: { ne: 'B' } }, { down: { gt: 20 } }],
      or: [{ author: { eq: 'A' } }, { isPublished: { eq: false } }] }`;

    expect(groups(filter)).toEqual([
      ['up lte 50', 'title ne B', 'down gt 20', 'author eq A'],
      ['up lte 50', 'title ne B', 'down gt 20', 'isPublished eq false'],
      ['up gte 20', 'title ne B', 'down gt 20', 'author eq A'],
      ['up gte 20', 'title ne B', 'down gt 20', 'isPublished eq false'],
    ]);
    expect(groups(`${filter}, ['up', 'author'], { votes: { ge: 250 }, author: { eq: 'P' } }`)).toEqual([
      ['title ne B', 'down gt 20', 'isPublished eq false', 'votes ge 250'],
      ['title ne B', 'down gt 20', 'isPublished eq false', 'author eq P'],
    ]);
  });

  it('leaves ignored fields out and adds one strict rule to each group', () => {
    expect(
      groups("{ a: { eq: 1 }, b: { eq: 2 } }, ['b'], { owner: { eq: 'x' }, editor: { eq: 'x' } }"),
    ).toEqual([
      ['a eq 1', 'owner eq x'],
      ['a eq 1', 'editor eq x'],
    ]);
  });
});

describe('arguments', () => {
  it('filter where they are given, and null asks for null', () => {
    expect(matchesArguments(PAYLOAD, {})).toBe(true);
    expect(matchesArguments(PAYLOAD, { stars: 4 })).toBe(true);
    expect(matchesArguments(PAYLOAD, { stars: 5 })).toBe(false);
    expect(matchesArguments(PAYLOAD, { missing: null })).toBe(true);
    expect(matchesArguments(PAYLOAD, { stars: null })).toBe(false);
  });
});
