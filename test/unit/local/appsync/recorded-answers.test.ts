import { describe, expect, it } from 'vitest';
import { evaluate } from './evaluate.ts';

/** Answers of the real service (EvaluateCode), as recorded by the open-source project localstack/appsync-utils. */
const RECORDED: [call: string, result: unknown][] = [
  ["util.dynamodb.toDynamoDB('test')", { S: 'test' }],
  ['util.dynamodb.toDynamoDB(12345)', { N: 12345 }],
  ['util.dynamodb.toDynamoDB(true)', { BOOL: true }],
  ["util.dynamodb.toString('test')", { S: 'test' }],
  ["util.dynamodb.toStringSet(['foo','bar','baz'])", { SS: ['foo', 'bar', 'baz'] }],
  ['util.dynamodb.toNumber(12345)', { N: 12345 }],
  ['util.dynamodb.toNumberSet([1, 23, 4.56])', { NS: [1, 23, 4.56] }],
  ["util.dynamodb.toBinary('foo')", { B: 'foo' }],
  ["util.dynamodb.toBinarySet(['foo','bar','baz'])", { BS: ['foo', 'bar', 'baz'] }],
  ['util.dynamodb.toBoolean(true)', { BOOL: true }],
  ['util.dynamodb.toNull()', { NULL: null }],
  [
    "util.dynamodb.toList(['foo', 123, { bar: 'baz' }])",
    { L: [{ S: 'foo' }, { N: 123 }, { M: { bar: { S: 'baz' } } }] },
  ],
  [
    "util.dynamodb.toMap({ foo: 'bar', baz: 1234, beep: ['boop'] })",
    { M: { foo: { S: 'bar' }, baz: { N: 1234 }, beep: { L: [{ S: 'boop' }] } } },
  ],
  [
    "util.dynamodb.toMapValues({ foo: 'bar', baz: 1234, beep: ['boop'] })",
    { foo: { S: 'bar' }, baz: { N: 1234 }, beep: { L: [{ S: 'boop' }] } },
  ],
  [
    "util.dynamodb.toS3Object('foo', 'bar', 'baz')",
    { S: '{"s3":{"key":"foo","bucket":"bar","region":"baz"}}' },
  ],
  [
    "util.dynamodb.toS3Object('foo', 'bar', 'baz', 'beep')",
    { S: '{"s3":{"key":"foo","bucket":"bar","region":"baz","version":"beep"}}' },
  ],
  ["ddb.get({ key: { id: 'id' } })", { operation: 'GetItem', key: { id: { S: 'id' } } }],
  [
    "ddb.put({ key: { id: 'abc' }, item: { value: 10 } })",
    { operation: 'PutItem', key: { id: { S: 'abc' } }, attributeValues: { value: { N: 10 } } },
  ],
  ["ddb.remove({ key: { id: 'test' } })", { operation: 'DeleteItem', key: { id: { S: 'test' } } }],
  ["ddb.scan({ limit: 10, nextToken: 'abc' })", { operation: 'Scan', limit: 10, nextToken: 'abc' }],
  [
    "ddb.update({ key: { id: 'test' }, update: { age: operations.add(10) } })",
    {
      operation: 'UpdateItem',
      key: { id: { S: 'test' } },
      update: {
        expression: 'SET #expName_1 = :expValue_1',
        expressionNames: { '#expName_1': 'age' },
        expressionValues: { ':expValue_1': { N: 10 } },
      },
    },
  ],
  ['operations.add(10)', { type: 'OPERATION_ADD', value: 10 }],
  ['operations.increment(10)', { type: 'OPERATION_INCREMENT', by: 10 }],
  ['operations.append([1, 2, 3])', { type: 'OPERATION_APPEND', items: [1, 2, 3] }],
  [
    "util.transform.toDynamoDBFilterExpression({ title: { contains: 'Hello World' } })",
    '{"expression":"(contains(#title,:title_contains))","expressionNames":{"#title":"title"},"expressionValues":{":title_contains":{"S":"Hello World"}}}',
  ],
  [
    'util.transform.toDynamoDBConditionExpression({ id: { attributeExists: true }, version: { eq: 10 } })',
    '{"expression":"(attribute_exists(#id)) AND (#version = :version_eq)","expressionNames":{"#id":"id","#version":"version"},"expressionValues":{":version_eq":{"N":10}}}',
  ],
];

const RECORDED_UPDATES: [operation: string, expression: string][] = [
  ['age: operations.increment(10)', 'SET #expName_1 = #expName_1 + :expValue_1'],
  ['age: operations.decrement(10)', 'SET #expName_1 = #expName_1 - :expValue_1'],
  ['values: operations.append([1, 2, 3])', 'SET #expName_1 = list_append(#expName_1, :expValue_1)'],
  ['values: operations.prepend([1, 2, 3])', 'SET #expName_1 = list_append(:expValue_1, #expName_1)'],
  ['values: operations.replace({ a: 10 })', 'SET #expName_1 = :expValue_1'],
];

describe('answers recorded from the service', () => {
  it.each(RECORDED)('%s', (call, result) => {
    expect(evaluate(call)).toEqual(result);
  });

  it.each(RECORDED_UPDATES)('update with %s', (operation, expression) => {
    const request = evaluate(`ddb.update({ key: { id: 'test' }, update: { ${operation} } })`) as {
      update: { expression: string };
    };

    expect(request.update.expression).toBe(expression);
  });
});
