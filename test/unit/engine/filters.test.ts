import { describe, expect, it } from 'vitest';
import type { FieldType, Filter } from '../../../engine/api.ts';
import { parseFilterJson } from '../../../engine/index.ts';
import { compileFilter } from '../../../engine/query/compile-filter.ts';
import { makeRow, openTestDatabase, upsert } from '../../support/engine-database.ts';

const FIELDS: Record<string, FieldType> = {
  color: 'STRING',
  year: 'NUMBER',
  ok: 'BOOLEAN',
  tags: 'STRING_LIST',
};

function problemOf(filter: unknown): unknown {
  try {
    compileFilter(filter as Filter, FIELDS);
    return null;
  } catch (error) {
    return error;
  }
}

describe('filter compilation', () => {
  it('names an unknown field and lists the known ones', () => {
    const problem = problemOf({ and: [{ field: 'colour', string: { eq: 'red' } }] });

    expect(problem).toMatchObject({
      kind: 'InvalidInput',
      message:
        'filter.and[0] names the unknown field "colour"; the database has the fields color, ok, tags, year.',
      info: { code: 'UNKNOWN_FIELD', field: 'filter.and[0]', actual: 'colour' },
    });
  });

  it('lists at most twenty known fields', () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, 'STRING' as const]));

    expect(() => compileFilter({ field: 'x', exists: true }, many)).toThrow('and 10 more');
  });

  it.each<[string, unknown, object]>([
    [
      'a condition of another type',
      { field: 'year', string: { eq: '1' } },
      { code: 'VALIDATION', hint: 'use "number"' },
    ],
    [
      'an unknown operator',
      { field: 'color', string: { regex: 'x' } },
      { code: 'UNSUPPORTED_OPERATOR', actual: 'regex' },
    ],
    [
      'an unknown part',
      { field: 'color', date: { eq: 'x' } },
      { code: 'UNSUPPORTED_OPERATOR', actual: 'date' },
    ],
    [
      'an inherited name as operator',
      { field: 'color', string: { toString: 'x' } },
      { code: 'UNSUPPORTED_OPERATOR' },
    ],
    ['an inherited name as field', { field: 'constructor', string: { eq: 'x' } }, { code: 'UNKNOWN_FIELD' }],
    ['an empty filter', {}, { field: 'filter' }],
    ['an empty condition', { field: 'color', string: { eq: null } }, { field: 'filter.string' }],
    ['a field alone', { field: 'color' }, { field: 'filter' }],
    ['a condition without a field', { string: { eq: 'x' } }, { field: 'filter' }],
    ['two conditions', { field: 'color', string: { eq: 'x' }, exists: true }, { field: 'filter' }],
    ['"and" beside a field', { field: 'color', string: { eq: 'x' }, and: [] }, { field: 'filter' }],
    ['"and" beside "or"', { and: [], or: [] }, { field: 'filter' }],
    ['an empty "or"', { or: [] }, { field: 'filter.or' }],
    ['a list where a filter should be', { not: [] }, { field: 'filter.not' }],
    ['an operand of another type', { field: 'year', number: { gt: '1' } }, { field: 'filter.number.gt' }],
    ['an infinite operand', { field: 'year', number: { gt: Infinity } }, { field: 'filter.number.gt' }],
    [
      'a value where a list should be',
      { field: 'color', string: { in: 'x' } },
      { field: 'filter.string.in' },
    ],
    ['a wrong element', { field: 'color', string: { in: ['x', 1] } }, { field: 'filter.string.in[1]' }],
    ['a range with one end', { field: 'year', number: { between: [1] } }, { field: 'filter.number.between' }],
    [
      'a range that runs down',
      { field: 'year', number: { between: [2, 1] } },
      { field: 'filter.number.between' },
    ],
  ])('refuses %s', (_, filter, info) => {
    expect(problemOf(filter)).toMatchObject({ kind: 'InvalidInput', info });
  });

  it('bounds depth, nodes and operands', () => {
    const leaf: Filter = { field: 'ok', boolean: { eq: true } };
    const nest = (levels: number): Filter =>
      Array.from({ length: levels }).reduce<Filter>((inner) => ({ not: inner }), leaf);

    expect(problemOf(nest(15))).toBeNull();
    expect(problemOf(nest(16))).toMatchObject({ kind: 'LimitExceeded', info: { limit: 16 } });
    expect(problemOf({ or: new Array(255).fill(leaf) })).toBeNull();
    expect(problemOf({ or: new Array(256).fill(leaf) })).toMatchObject({
      kind: 'LimitExceeded',
      info: { limit: 256 },
    });
    expect(problemOf({ field: 'year', number: { in: new Array(1001).fill(1) } })).toMatchObject({
      kind: 'LimitExceeded',
    });
  });
});

describe('missing values', () => {
  it('match no condition, but "exists: false" and any "not"', async () => {
    const { database } = openTestDatabase();
    await upsert(database, [
      makeRow('has', [1, 0], { metadata: { color: 'red' } }),
      makeRow('misses', [1, 0]),
    ]);
    const find = (filter: Filter) => database.findIds(filter, 10);

    expect(await find({ field: 'color', string: { ne: 'blue' } })).toEqual(['has']);
    expect(await find({ field: 'color', string: { notIn: [] } })).toEqual(['has']);
    expect(await find({ not: { field: 'color', string: { eq: 'blue' } } })).toEqual(['has', 'misses']);
    expect(await find({ field: 'color', exists: false })).toEqual(['misses']);
  });

  it('count for fields that a segment does not know', async () => {
    const { database } = openTestDatabase();
    await upsert(database, [makeRow('has', [1, 0], { metadata: { color: 'red' } })]);
    await upsert(database, [makeRow('other', [1, 0])]);

    expect(await database.findIds({ not: { field: 'color', exists: true } }, 10)).toEqual(['other']);
  });

  it('are not confused with empty strings, zero, false and empty lists', async () => {
    const { database } = openTestDatabase();
    const metadata = { color: '', year: 0, ok: false, tags: [] };
    await upsert(database, [makeRow('empty', [1, 0], { metadata }), makeRow('misses', [1, 0])]);

    for (const field of Object.keys(metadata)) {
      expect(await database.findIds({ field, exists: true }, 10), field).toEqual(['empty']);
    }
    expect(await database.readRows(['empty', 'misses'])).toMatchObject([{ metadata }, { metadata: {} }]);
  });

  it('are counted against the limit of an id search', async () => {
    const { database } = openTestDatabase();
    await upsert(database, [
      makeRow('a', [1, 0], { metadata: { n: 1 } }),
      makeRow('b', [1, 0], { metadata: { n: 1 } }),
    ]);

    await expect(database.findIds({ field: 'n', exists: true }, 1)).rejects.toMatchObject({
      kind: 'LimitExceeded',
      info: { actual: 2, limit: 1 },
    });
  });
});

describe('filters as JSON', () => {
  const rows = [
    makeRow('r1', [1, 0], { metadata: { color: 'red', year: 2020, ok: true, tags: ['a', 'b'] } }),
    makeRow('r2', [1, 0], { metadata: { color: 'blue', year: 2021, ok: false, tags: ['b'] } }),
    makeRow('r3', [1, 0], { metadata: { year: 2022 } }),
  ];

  it.each<[unknown, string[]]>([
    [{ color: 'red' }, ['r1']],
    [{ ok: false }, ['r2']],
    [{ year: { $gte: 2020, $lt: 2022 } }, ['r1', 'r2']],
    [{ color: { $in: ['red', 'blue'] }, year: { $ne: 2020 } }, ['r2']],
    [{ $or: [{ year: 2022 }, { color: { $eq: 'red' } }] }, ['r1', 'r3']],
    [{ $not: { color: 'red' } }, ['r2', 'r3']],
    [{ color: { $not: { $in: ['red'] } } }, ['r2', 'r3']],
    [{ color: { $exists: false } }, ['r3']],
    [{ color: { $nin: ['red'] } }, ['r2']],
    [{ color: { $contains: 'lu' } }, ['r2']],
    [{ color: { $beginsWith: 'r' } }, ['r1']],
    [{ year: { $between: [2021, 2022] } }, ['r2', 'r3']],
    [{ tags: 'a' }, ['r1']],
    [{ tags: { $contains: 'b' } }, ['r1', 'r2']],
    [{ tags: { $in: ['a', 'z'] } }, ['r1']],
    [{ tags: { $nin: ['a', 'z'] } }, ['r2']],
    [{ tags: { $ne: 'a' } }, ['r2']],
    [{ tags: { $containsAll: ['a', 'b'] } }, ['r1']],
    ['{"$and": [{"year": {"$gt": 2020}}, {"year": {"$lte": 2021}}]}', ['r2']],
  ])('finds with %j', async (json, expected) => {
    const { database } = openTestDatabase();
    await upsert(database, rows);

    expect(await database.findIds(parseFilterJson(json), 10)).toEqual(expected);
  });

  it.each<[unknown, object]>([
    [{ color: { $regex: 'x' } }, { code: 'UNSUPPORTED_OPERATOR', field: 'filterJson.color.$regex' }],
    [{ $nor: [] }, { code: 'UNSUPPORTED_OPERATOR', field: 'filterJson.$nor' }],
    [{ color: { eq: 'x' } }, { code: 'UNSUPPORTED_OPERATOR' }],
    [{ color: ['red'] }, { field: 'filterJson.color' }],
    [{ color: null }, { field: 'filterJson.color' }],
    [{ color: {} }, { field: 'filterJson.color' }],
    [{ color: { $eq: { a: 1 } } }, { field: 'filterJson.color.$eq' }],
    [{ color: { $exists: 1 } }, { field: 'filterJson.color.$exists' }],
    [{ $and: [] }, { field: 'filterJson.$and' }],
    [{ $or: [[]] }, { field: 'filterJson.$or[0]' }],
    [{}, { field: 'filterJson' }],
    [[], { field: 'filterJson' }],
    ['{"a"', { field: 'filterJson' }],
  ])('refuses %j', (json, info) => {
    expect(() => parseFilterJson(json)).toThrow(
      expect.objectContaining({ kind: 'InvalidInput', info: expect.objectContaining(info) as object }),
    );
  });

  it('refuses operators that the field cannot have', () => {
    const compile = (json: unknown) => () => compileFilter(parseFilterJson(json), FIELDS);

    expect(compile({ ok: { $gt: true } })).toThrow('unknown operator "gt"');
    expect(compile({ tags: { $gt: 'a' } })).toThrow('unknown operator "gt"');
    expect(compile({ year: { $gt: '2020' } })).toThrow('must be a number');
    expect(compile({ color: { $containsAny: ['a'] } })).toThrow('unknown operator "containsAny"');
  });

  it('survives nesting without end', () => {
    const deep = '{"$not":'.repeat(5000) + '{"a":1}' + '}'.repeat(5000);
    const deepField = '{"a":' + '{"$not":'.repeat(5000) + '{"$eq":1}' + '}'.repeat(5001);

    for (const json of [deep, deepField]) {
      expect(() => parseFilterJson(json)).toThrow(expect.objectContaining({ kind: 'LimitExceeded' }));
    }
  });
});
