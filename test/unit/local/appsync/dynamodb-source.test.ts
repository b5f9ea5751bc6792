import { describe, expect, it } from 'vitest';
import { callDynamoDb } from '../../../../local/appsync/datasource/dynamodb.ts';
import { readToken, writeToken } from '../../../../local/appsync/datasource/dynamodb-token.ts';
import type { AppSyncPorts } from '../../../../local/appsync/index.ts';

const SOURCE = { type: 'AMAZON_DYNAMODB', tableName: 't', region: 'r', roleArn: 'role' } as const;

/** Answers each call by the next of `answers`; an error is thrown. */
function run(request: unknown, ...answers: unknown[]): Promise<{ answer: unknown; calls: unknown[] }> {
  const calls: unknown[] = [];
  const ports = {
    dynamodb: () => (operation: string, input: unknown) => {
      calls.push([operation, input]);
      const next = answers.shift();
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next ?? {});
    },
  } as unknown as AppSyncPorts;
  return callDynamoDb(SOURCE, request, ports).then((answer) => ({ answer, calls }));
}

const refusal = (name: string, more: object = {}): Error =>
  Object.assign(new Error('refused'), { name, ...more });

describe('values', () => {
  it('travel as strings where DynamoDB wants strings', async () => {
    const attributeValues = { n: { N: 1.5 }, ns: { NS: [1, 2] }, none: { NULL: null }, l: { L: [{ N: 2 }] } };

    const { calls, answer } = await run({ operation: 'PutItem', key: { id: { S: 'a' } }, attributeValues });

    expect(calls).toMatchObject([
      [
        'PutItem',
        {
          Item: {
            id: { S: 'a' },
            n: { N: '1.5' },
            ns: { NS: ['1', '2'] },
            none: { NULL: true },
            l: { L: [{ N: '2' }] },
          },
        },
      ],
    ]);
    expect(answer).toEqual({ result: { id: 'a', n: 1.5, ns: [1, 2], none: null, l: [2] }, error: null });
  });

  it('that are no attribute values end the field', async () => {
    await expect(run({ operation: 'GetItem', key: { id: 'a' } })).rejects.toThrow(
      '\'key\': "a" is not a DynamoDB attribute value',
    );
  });
});

/** Whatever DynamoDB refuses, its client says which request that was: https://github.com/aws/aws-appsync-community/issues/343. */
const told = (message: string): string =>
  expect.stringMatching(
    new RegExp(`^${message} \\(Service: DynamoDb, Status Code: 400, Request ID: [A-Z2-7]{52}\\)$`),
  ) as string;

describe('a failed condition', () => {
  const put = { operation: 'PutItem', key: { id: { S: 'a' } }, attributeValues: { v: { N: 1 } } };
  const failed = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';

  it('answers the current item, from the refusal or read again', async () => {
    const item = { id: { S: 'a' }, v: { N: '2' } };
    const sent = await run(put, refusal(failed, { Item: item }));
    const read = await run(put, refusal(failed), { Item: item });

    for (const { answer } of [sent, read]) {
      expect(answer).toEqual({
        result: { id: 'a', v: 2 },
        error: { type: 'DynamoDB:ConditionalCheckFailedException', message: told('refused') },
      });
    }
    expect(sent.calls).toHaveLength(1);
    expect(read.calls[1]).toMatchObject(['GetItem', { ConsistentRead: true }]);
  });

  it('passes when the put is what stands there already', async () => {
    const { answer } = await run(put, refusal(failed, { Item: { v: { N: '1' }, id: { S: 'a' } } }));

    expect(answer).toEqual({ result: { id: 'a', v: 1 }, error: null });
  });
});

describe('other refusals', () => {
  it('reach the response handler by name', async () => {
    const { answer } = await run(
      { operation: 'GetItem', key: { id: { S: 'a' } } },
      refusal('AccessDeniedException'),
    );

    expect(answer).toEqual({
      result: null,
      error: { type: 'DynamoDB:AccessDeniedException', message: told('refused') },
    });
  });

  it.each([
    [{ operation: 'Sync' }, 'Unsupported operation "Sync"'],
    ['GetItem', 'must return an object'],
    [{ operation: 'Query' }, "Value for field '$[query]' not found."],
    [{ payload: 1 }, "Value for field '$[operation]' not found."],
    [{ operation: 'BatchGetItem', tables: { t: { keys: [] } } }, 'has 0 keys; it takes 1 to 100'],
    [
      { operation: 'TransactWriteItems', transactItems: [{ operation: 'Nope' }] },
      'Unsupported operation "Nope"',
    ],
  ])('of the request %j end the field', async (request, message) => {
    await expect(run(request)).rejects.toThrow(message);
  });
});

describe('transactions', () => {
  it('write together', async () => {
    const { calls, answer } = await run({
      operation: 'TransactWriteItems',
      transactItems: [
        { table: 'a', operation: 'PutItem', key: { id: { S: '1' } }, attributeValues: { n: { N: 1 } } },
        { table: 'b', operation: 'DeleteItem', key: { id: { S: '2' } } },
      ],
    });

    expect(calls).toEqual([
      [
        'TransactWriteItems',
        {
          TransactItems: [
            { Put: { TableName: 'a', Item: { id: { S: '1' }, n: { N: '1' } } } },
            { Delete: { TableName: 'b', Key: { id: { S: '2' } } } },
          ],
        },
      ],
    ]);
    expect(answer).toMatchObject({ result: { keys: [{ id: '1' }, { id: '2' }], cancellationReasons: null } });
  });

  it('tell why they were cancelled', async () => {
    const reasons = [
      { Code: 'None' },
      { Code: 'ConditionalCheckFailed', Message: 'no', Item: { id: { S: '2' } } },
    ];
    const { answer } = await run(
      { operation: 'TransactGetItems', transactItems: [{ table: 'a', key: { id: { S: '1' } } }] },
      refusal('TransactionCanceledException', { CancellationReasons: reasons }),
    );

    expect(answer).toMatchObject({
      error: { type: 'DynamoDB:TransactionCanceledException' },
      result: {
        cancellationReasons: [
          { type: 'None' },
          { type: 'ConditionalCheckFailed', message: 'no', item: { id: '2' } },
        ],
      },
    });
  });
});

describe('tokens', () => {
  it('lead back to the key, for the same table and unchanged', () => {
    const token = writeToken('t', { id: { S: 'a' } }) ?? '';

    expect(readToken('t', token)).toEqual({ id: { S: 'a' } });
    expect(readToken('other', token)).toBeNull();
    expect(readToken('t', `${token.slice(0, -2)}AA`)).toBeNull();
    expect(readToken('t', 42)).toBeNull();
    expect(writeToken('t', undefined)).toBeNull();
  });
});
