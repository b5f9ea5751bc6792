import { describe, expect, it } from 'vitest';
import { evaluate } from './evaluate.ts';

interface Expression {
  expression: string;
  expressionNames?: Record<string, string>;
  expressionValues?: Record<string, unknown>;
}

function condition(filter: string): Expression {
  return JSON.parse(
    evaluate(`util.transform.toDynamoDBConditionExpression(${filter})`) as string,
  ) as Expression;
}

describe('filters', () => {
  it.each([
    ['{ a: { between: [1, 2] } }', '(#a BETWEEN :a_between_1 AND :a_between_2)'],
    ['{ a: { in: [1, 2] } }', '(#a IN (:a_in_0, :a_in_1))'],
    ["{ a: { beginsWith: 'x' } }", '(begins_with(#a,:a_beginsWith))'],
    ["{ a: { notContains: 'x' } }", '(NOT contains(#a,:a_notContains))'],
    ['{ a: { attributeExists: false } }', '(attribute_not_exists(#a))'],
    ['{ a: { gt: 1, le: 5 } }', '(#a > :a_gt) AND (#a <= :a_le)'],
    ['{ or: [{ a: { eq: 1 } }, { a: { eq: 2 } }] }', '((#a = :or_0_a_eq) OR (#a = :or_1_a_eq))'],
    [
      '{ and: [{ n: { eq: 1 } }, { b: { attributeExists: true } }] }',
      '((#n = :and_0_n_eq) AND (attribute_exists(#b)))',
    ],
    ['{ and: [{ a: { eq: 1 } }] }', '(#a = :and_0_a_eq)'],
    ['{ and: { a: { eq: 1 } } }', '(#a = :and_a_eq)'],
    [
      '{ a: { eq: 1 }, or: [{ a: { eq: 2 }, b: { eq: 3 } }, { and: [{ a: { lt: 4 } }, { b: { lt: 5 } }] }] }',
      '(#a = :a_eq) AND (((#a = :or_0_a_eq) AND (#b = :or_0_b_eq)) OR ((#a < :or_1_and_0_a_lt) AND (#b < :or_1_and_1_b_lt)))',
    ],
    ['{ not: { a: { ne: 1 } } }', '(NOT (#a <> :not_a_ne))'],
    ['{ not: { a: { eq: 1 }, b: { eq: 2 } } }', '(NOT ((#a = :not_a_eq) AND (#b = :not_b_eq)))'],
    ['{ a: { size: { gt: 3 } } }', '(size(#a) > :a_size_gt)'],
    ['{ a: { size: { between: [1, 2] } } }', '(size(#a) BETWEEN :a_size_between_1 AND :a_size_between_2)'],
    ["{ author: { name: { eq: 'x' } } }", '(#author.#name = :author_name_eq)'],
    ["{ a: { attributeType: 'stringSet' } }", '(attribute_type(#a,:a_attributeType))'],
    ['{ a: { eq: null }, and: [], b: null }', ''],
  ])('%s', (filter, expression) => {
    expect(condition(filter).expression).toBe(expression);
  });

  it('keep names apart that look the same as placeholders', () => {
    expect(condition("{ 'a-b': { eq: 1 }, 'a.b': { eq: 2 } }").expressionNames).toEqual({
      '#a_b': 'a-b',
      '#a_b_1': 'a.b',
    });
  });

  it.each([
    ["{ a: { like: 'x' } }", "'a' has the unknown operator 'like'"],
    ['{ a: { size: 3 } }', "'size' of 'a' takes an object such as { gt: 3 }, not 3"],
    ['{ a: { size: { like: 3 } } }', "'a' has the unknown operator 'size.like'"],
    ['{ a: { in: [] } }', "'in' of 'a' takes at least one value"],
    ['{ a: { between: [1] } }', "'between' of 'a' takes two values, not 1"],
    ['{ a: 1 }', "'a' takes an object of operators such as { eq: … }, not 1"],
    ['{ or: [1] }', 'a filter is an object, not 1'],
  ])('refuse %s', (filter, message) => {
    expect(() => condition(filter)).toThrow(message);
  });
});

describe('requests', () => {
  it('query by key, with filter and projection', () => {
    const request = evaluate(
      "ddb.query({ query: { pk: { eq: 'a' }, sk: { beginsWith: 'b' } }, filter: { n: { gt: 1 } }, index: 'i', scanIndexForward: false, projection: ['n', 'deep.list[1]'] })",
    );

    expect(request).toEqual({
      operation: 'Query',
      query: {
        expression: '(#pk = :pk_eq) AND (begins_with(#sk,:sk_beginsWith))',
        expressionNames: { '#pk': 'pk', '#sk': 'sk' },
        expressionValues: { ':pk_eq': { S: 'a' }, ':sk_beginsWith': { S: 'b' } },
      },
      filter: {
        expression: '(#n > :n_gt)',
        expressionNames: { '#n': 'n' },
        expressionValues: { ':n_gt': { N: 1 } },
      },
      index: 'i',
      scanIndexForward: false,
      projection: {
        expression: '#n, #deep.#list[1]',
        expressionNames: { '#n': 'n', '#deep': 'deep', '#list': 'list' },
      },
    });
  });

  it('put on a condition without values', () => {
    const request = evaluate(
      "ddb.put({ key: { id: 'a' }, item: { n: 1 }, condition: { id: { attributeExists: false } } })",
    );

    expect(request).toMatchObject({
      condition: {
        expression: '(attribute_not_exists(#id))',
        expressionNames: { '#id': 'id' },
        expressionValues: {},
      },
    });
  });

  it('update several attributes in one expression', () => {
    const request = evaluate(
      "ddb.update({ key: { id: 'a' }, update: { n: operations.increment(), gone: operations.remove(), deep: { x: operations.replace(1) }, plain: { y: 1 } }, condition: { id: { attributeExists: true } } })",
    ) as { update: Expression; condition: Expression };

    expect(request.update).toEqual({
      expression:
        'SET #expName_1 = #expName_1 + :expValue_1, #expName_3.#expName_4 = :expValue_2, #expName_5.#expName_6 = :expValue_3 REMOVE #expName_2',
      expressionNames: {
        '#expName_1': 'n',
        '#expName_2': 'gone',
        '#expName_3': 'deep',
        '#expName_4': 'x',
        '#expName_5': 'plain',
        '#expName_6': 'y',
      },
      expressionValues: {
        ':expValue_1': { N: 1 },
        ':expValue_2': { N: 1 },
        ':expValue_3': { N: 1 },
      },
    });
    expect(request.condition.expression).toBe('(attribute_exists(#id))');
  });

  it('keep sets that were made as sets', () => {
    expect(evaluate("ddb.put({ key: { id: 'a' }, item: { tags: ddb.toStringSet(['x']) } })")).toMatchObject({
      attributeValues: { tags: { SS: ['x'] } },
    });
  });

  it('batch and transact', () => {
    expect(
      evaluate("ddb.batchGet({ tables: { t: { keys: [{ id: 'a' }], consistentRead: true } } })"),
    ).toEqual({
      operation: 'BatchGetItem',
      tables: { t: { keys: [{ id: { S: 'a' } }], consistentRead: true } },
    });
    expect(evaluate("ddb.batchDelete({ tables: { t: [{ id: 'a' }] } })")).toEqual({
      operation: 'BatchDeleteItem',
      tables: { t: [{ id: { S: 'a' } }] },
    });
    expect(
      evaluate(
        "ddb.transactWrite({ items: [{ putItem: { table: 't', key: { id: 'a' }, item: { n: 1 } } }] })",
      ),
    ).toEqual({
      operation: 'TransactWriteItems',
      transactItems: [
        { table: 't', operation: 'PutItem', key: { id: { S: 'a' } }, attributeValues: { n: { N: 1 } } },
      ],
    });
  });
});
