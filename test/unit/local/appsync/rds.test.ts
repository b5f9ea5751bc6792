import { describe, expect, it } from 'vitest';
import { evaluate } from './evaluate.ts';

interface Request {
  statements: string[];
  variableMap: Record<string, unknown>;
  variableTypeHintMap: Record<string, string>;
}

const pg = (statements: string): Request => evaluate(`rds.createPgStatement(${statements})`) as Request;
const mySql = (statements: string): Request => evaluate(`rds.createMySQLStatement(${statements})`) as Request;

describe('select', () => {
  it.each([
    ["{ table: 'persons' }", 'SELECT * FROM "persons"', []],
    ["{ table: 'private.persons' }", 'SELECT * FROM "private"."persons"', []],
    [
      "{ table: 'persons', columns: ['id', 'persons.name'] }",
      'SELECT "id", "persons"."name" FROM "persons"',
      [],
    ],
    ["{ table: 'a', limit: 10, offset: 40 }", 'SELECT * FROM "a" LIMIT :P0 OFFSET :P1', [10, 40]],
    [
      "{ table: 'a', orderBy: [{ column: 'name' }, { column: 'id', dir: 'desc' }] }",
      'SELECT * FROM "a" ORDER BY "name", "id" DESC',
      [],
    ],
    ["{ table: 'a', where: { name: { eq: 'S' } } }", 'SELECT * FROM "a" WHERE "name" = :P0', ['S']],
    [
      "{ table: 'a', where: { name: { eq: 'S' }, id: { gt: 10 } } }",
      'SELECT * FROM "a" WHERE "name" = :P0 AND "id" > :P1',
      ['S', 10],
    ],
    [
      "{ table: 'a', where: { or: [{ name: { eq: 'S' } }, { id: { gt: 10 } }] } }",
      'SELECT * FROM "a" WHERE "name" = :P0 OR "id" > :P1',
      ['S', 10],
    ],
    [
      "{ table: 'a', where: { x: { le: 1 }, or: [{ b: { eq: 2 } }, { and: [{ c: { ge: 3 } }, { d: { ne: 4 } }] }] } }",
      'SELECT * FROM "a" WHERE "x" <= :P0 AND ("b" = :P1 OR ("c" >= :P2 AND "d" != :P3))',
      [1, 2, 3, 4],
    ],
    [
      "{ table: 'a', where: { not: [{ name: { eq: 'S' } }, { id: { gt: 10 } }] } }",
      'SELECT * FROM "a" WHERE NOT ("name" = :P0 AND "id" > :P1)',
      ['S', 10],
    ],
    [
      "{ table: 'a', where: { n: { contains: 'x', beginsWith: 'y', notContains: 'z' } } }",
      'SELECT * FROM "a" WHERE "n" LIKE :P0 AND "n" LIKE :P1 AND "n" NOT LIKE :P2',
      ['%x%', 'y%', '%z%'],
    ],
    [
      "{ table: 'a', where: { n: { between: [1, 2], attributeExists: true }, m: { attributeExists: false, size: { lt: 3 } } } }",
      'SELECT * FROM "a" WHERE "n" BETWEEN :P0 AND :P1 AND "n" IS NOT NULL AND "m" IS NULL AND LENGTH("m") < :P2',
      [1, 2, 3],
    ],
    [
      "{ table: 'a', columns: ['b', rds.agg.countDistinct('c')], groupBy: ['b', 2], having: { c: { count: { gt: 1 } } } }",
      'SELECT "b", COUNT(DISTINCT "c") FROM "a" GROUP BY "b", 2 HAVING COUNT("c") > :P0',
      [1],
    ],
    [
      "{ from: { p: 'persons' }, leftJoin: [{ table: 'b', on: rds.sql`p.id = b.id` }], innerJoin: [{ from: 'c', using: ['id'] }] }",
      'SELECT * FROM "persons" AS "p" INNER JOIN "c" USING ("id") LEFT JOIN "b" ON p.id = b.id',
      [],
    ],
    [
      "{ from: { s: rds.select({ table: 'a', where: { b: { eq: 1 } } }) }, where: { c: { eq: 2 } } }",
      'SELECT * FROM (SELECT * FROM "a" WHERE "b" = :P0) AS "s" WHERE "c" = :P1',
      [1, 2],
    ],
  ])('%s', (payload, statement, values) => {
    const request = pg(`rds.select(${payload})`);

    expect(request.statements).toEqual([statement]);
    expect(Object.values(request.variableMap)).toEqual(values);
  });

  it('never lets a name or a value out of its quotes', () => {
    const request = pg(
      `rds.select({ table: 'a" ; drop table b; --', where: { 'c"d': { eq: "x' or 1=1" } } })`,
    );

    expect(request.statements).toEqual(['SELECT * FROM "a"" ; drop table b; --" WHERE "c""d" = :P0']);
    expect(request.variableMap).toEqual({ ':P0': "x' or 1=1" });
  });
});

describe('statements that write', () => {
  it('insert, answering the row', () => {
    expect(pg("rds.insert({ table: 'persons', values: { id: 1, name: 'x' }, returning: '*' })")).toEqual({
      statements: ['INSERT INTO "persons" ("id", "name") VALUES (:P0, :P1) RETURNING *'],
      variableMap: { ':P0': 1, ':P1': 'x' },
      variableTypeHintMap: {},
    });
  });

  it('update and remove by condition', () => {
    const where = "where: { id: { eq: 3 } }, returning: ['id', 'name']";

    expect(pg(`rds.update({ table: 'persons', values: { name: 'J' }, ${where} })`).statements).toEqual([
      'UPDATE "persons" SET "name" = :P0 WHERE "id" = :P1 RETURNING "id", "name"',
    ]);
    expect(pg(`rds.remove({ table: 'persons', ${where} })`).statements).toEqual([
      'DELETE FROM "persons" WHERE "id" = :P0 RETURNING "id", "name"',
    ]);
  });

  it('number their variables through both statements, in the quotes of MySQL', () => {
    const insert = "rds.insert({ table: 'persons', values: { name: 'x' } })";

    expect(mySql(`${insert}, rds.select({ table: 'persons', where: { id: { eq: 1 } }, limit: 1 })`)).toEqual({
      statements: [
        'INSERT INTO `persons` (`name`) VALUES (:P0)',
        'SELECT * FROM `persons` WHERE `id` = :P1 LIMIT :P2',
      ],
      variableMap: { ':P0': 'x', ':P1': 1, ':P2': 1 },
      variableTypeHintMap: {},
    });
  });
});

describe('sql', () => {
  it('puts variables where values stand, and keeps the rest as it is', () => {
    expect(mySql("rds.sql`insert into Post(id, text) values(${1}, ${'x'})`, 'select 1', null")).toEqual({
      statements: ['insert into Post(id, text) values(:P0, :P1)', 'select 1'],
      variableMap: { ':P0': 1, ':P1': 'x' },
      variableTypeHintMap: {},
    });
  });

  it('takes type hints', () => {
    expect(pg("rds.sql`select ${rds.typeHint.JSON([1])}->2, ${rds.typeHint.DATE('2020-01-01')}`")).toEqual({
      statements: ['select :P0->2, :P1'],
      variableMap: { ':P0': '[1]', ':P1': '2020-01-01' },
      variableTypeHintMap: { ':P0': 'JSON', ':P1': 'DATE' },
    });
  });
});

describe('statements that cannot be', () => {
  it.each([
    ['rds.createPgStatement()', 'one or two statements'],
    ['rds.createPgStatement({ a: 1 })', 'a statement is a string'],
    ['rds.createPgStatement(rds.select({}))', '`table` is missing'],
    [
      "rds.createPgStatement(rds.select({ table: 'a', where: { b: { near: 1 } } }))",
      "unknown operator 'near'",
    ],
    ["rds.createPgStatement(rds.insert({ table: 'a', values: {} }))", 'at least one column'],
    [
      "rds.createMySQLStatement(rds.insert({ table: 'a', values: { b: 1 }, returning: '*' }))",
      'not supported by MySQL',
    ],
    [
      "rds.createPgStatement(rds.select({ table: 'a', orderBy: [{ column: 'b', dir: 'up' }] }))",
      "dir must be 'ASC'",
    ],
  ])('%s', (expression, message) => {
    expect(() => evaluate(expression)).toThrow(message);
  });
});

describe('toJsonObject', () => {
  const result = {
    sqlStatementResults: [
      { numberOfRecordsUpdated: 1, records: [], columnMetadata: [] },
      {
        records: [
          [{ stringValue: 'Mark Twain' }, { longValue: 3 }, { isNull: true }],
          [{ stringValue: 'Jack London' }, { booleanValue: false }, { arrayValue: { longValues: [1, 2] } }],
        ],
        columnMetadata: [{ label: 'author' }, { label: 'n', name: 'number' }, { name: 'ISBN-13' }],
      },
    ],
  };

  it.each(['rds', 'util.rds'])('of %s makes rows of what the Data API answers', (owner) => {
    const rows = [
      [],
      [
        { author: 'Mark Twain', n: 3, 'ISBN-13': null },
        { author: 'Jack London', n: false, 'ISBN-13': [1, 2] },
      ],
    ];

    expect(evaluate(`${owner}.toJsonObject(${JSON.stringify(result)})`)).toEqual(rows);
    expect(evaluate(`${owner}.toJsonObject(JSON.stringify(${JSON.stringify(result)}))`)).toEqual(rows);
  });

  it.each(["'x'", '{}', 'null', '{ sqlStatementResults: [1] }'])('answers null for %s', (data) => {
    expect(evaluate(`rds.toJsonObject(${data})`)).toBeNull();
  });
});
