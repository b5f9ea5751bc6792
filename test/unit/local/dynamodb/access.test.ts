import { describe, expect, it } from 'vitest';
import { requiredAccess } from '../../../../local/dynamodb/index.ts';
import { createIam } from '../../../../local/iam/index.ts';

const ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/';
const facts = {
  arnOfTable: (name: string) => `${ARN}${name}`,
  partitionKeyOf: (_table: string, index?: string) => (index === undefined ? 'pk' : 'owner'),
};
const contextOf = (operation: string, input: object) =>
  requiredAccess(operation, input as Record<string, unknown>, facts)[0]?.context;

describe('the permissions of a request', () => {
  it.each(['Scan', 'PutItem', 'Query'])('do not follow from fields that %s does not have', (operation) => {
    for (const foreign of [{ RequestItems: {} }, { RequestItems: { mine: [] } }, { TransactItems: [] }]) {
      const needed = requiredAccess(operation, { TableName: 'secret', ...foreign }, facts);
      expect(needed).toMatchObject([{ action: `dynamodb:${operation}`, resource: `${ARN}secret` }]);
    }
  });
});

describe('the leading keys of a request', () => {
  it.each<[string, object, string[] | undefined]>([
    ['GetItem', { TableName: 't', Key: { pk: { S: 'ada' }, sk: { S: '1' } } }, ['ada']],
    ['PutItem', { TableName: 't', Item: { pk: { N: '7' }, x: { S: 'y' } } }, ['7']],
    ['UpdateItem', { TableName: 't', Key: { pk: { B: 'AAA=' } } }, ['AAA=']],
    [
      'Query',
      {
        TableName: 't',
        KeyConditionExpression: '#p = :v and begins_with(sk, :s)',
        ExpressionAttributeNames: { '#p': 'pk' },
        ExpressionAttributeValues: { ':v': { S: 'ada' }, ':s': { S: 'x' } },
      },
      ['ada'],
    ],
    [
      'Query',
      {
        TableName: 't',
        KeyConditionExpression: 'sk = :s AND :v = pk',
        ExpressionAttributeValues: { ':v': { S: 'ada' }, ':s': { S: 'x' } },
      },
      ['ada'],
    ],
    [
      'Query',
      {
        TableName: 't',
        IndexName: 'byOwner',
        KeyConditionExpression: 'owner=:o',
        ExpressionAttributeValues: { ':o': { S: 'bob' } },
      },
      ['bob'],
    ],
    [
      'Query',
      {
        TableName: 't',
        KeyConditions: { pk: { ComparisonOperator: 'EQ', AttributeValueList: [{ S: 'ada' }] } },
      },
      ['ada'],
    ],
    ['Scan', { TableName: 't' }, undefined],
    ['BatchGetItem', { RequestItems: { t: { Keys: [{ pk: { S: 'a' } }, { pk: { S: 'b' } }] } } }, ['a', 'b']],
    [
      'BatchWriteItem',
      {
        RequestItems: {
          t: [{ PutRequest: { Item: { pk: { S: 'a' } } } }, { DeleteRequest: { Key: { pk: { S: 'b' } } } }],
        },
      },
      ['a', 'b'],
    ],
  ])('of %s %j are %j', (operation, input, expected) => {
    expect(contextOf(operation, input)?.['dynamodb:LeadingKeys']).toEqual(expected);
  });

  it('keep a role to its own partition', () => {
    const iam = createIam({ accountId: '123456789012' });
    const role = 'arn:aws:iam::123456789012:role/ada';
    const Statement = {
      Effect: 'Allow' as const,
      Action: 'dynamodb:*',
      Resource: `${ARN}t`,
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['ada'] } },
    };
    iam.addRole({ arn: role, policies: [{ name: 'own', document: { Statement } }] });
    const { principal } = iam.assumeRole(role, 's');
    const may = (operation: string, input: Record<string, unknown>) =>
      requiredAccess(operation, input, facts).every(({ action, resource, context }) =>
        iam.isAllowed(principal, action, resource, context),
      );

    expect(may('GetItem', { TableName: 't', Key: { pk: { S: 'ada' } } })).toBe(true);
    expect(may('GetItem', { TableName: 't', Key: { pk: { S: 'bob' } } })).toBe(false);
    expect(
      may('BatchGetItem', { RequestItems: { t: { Keys: [{ pk: { S: 'ada' } }, { pk: { S: 'bob' } }] } } }),
    ).toBe(false);
  });
});

describe('the attributes of a request', () => {
  it.each<[string, object, string[]]>([
    [
      'GetItem',
      {
        Key: { pk: {} },
        ProjectionExpression: 'title, #b.page[0], tags[1]',
        ExpressionAttributeNames: { '#b': 'body' },
      },
      ['pk', 'title', 'body', 'tags'],
    ],
    [
      'UpdateItem',
      { Key: { pk: {} }, UpdateExpression: 'SET a = if_not_exists(b, :x), c.d = :y REMOVE e' },
      ['pk', 'a', 'b', 'c', 'e'],
    ],
    [
      'PutItem',
      { Item: { pk: {}, text: {} }, ConditionExpression: 'attribute_not_exists(pk)' },
      ['pk', 'text'],
    ],
  ])('of %s %j are %j', (operation, input, expected) => {
    expect(contextOf(operation, { TableName: 't', ...input })?.['dynamodb:Attributes']).toEqual(expected);
  });
});

describe('the permissions of a transaction', () => {
  it('are those of its items', () => {
    const TransactItems = [
      { Put: { TableName: 'a', Item: { pk: { S: '1' } } } },
      { ConditionCheck: { TableName: 'b', Key: { pk: { S: '2' } }, ConditionExpression: 'x = :x' } },
    ];

    const needed = requiredAccess('TransactWriteItems', { TransactItems }, facts);

    expect(needed.map(({ action, resource }) => [action, resource])).toEqual([
      ['dynamodb:PutItem', `${ARN}a`],
      ['dynamodb:ConditionCheckItem', `${ARN}b`],
    ]);
  });
});
