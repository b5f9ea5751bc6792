import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson, runOnce, type TokenUse } from '../../../../functions/shared/idempotency-token.ts';
import { startTables, type Tables } from '../../../support/dynamodb-tables.ts';

let tables: Tables;

beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

function use(input: unknown, token: string = randomUUID()): TokenUse {
  return { operation: 'test', scope: 'scope', token, input };
}

async function age(token: string, attribute: string, byMs: number): Promise<void> {
  await tables.client.send(
    new UpdateCommand({
      TableName: tables.databases.table,
      Key: { pk: 'TOKENS#test', sk: `scope#${token}` },
      UpdateExpression: 'SET #name = #name - :by',
      ExpressionAttributeNames: { '#name': attribute },
      ExpressionAttributeValues: { ':by': byMs },
    }),
  );
}

const never = () => Promise.reject(new Error('must not run'));
const forever = () => new Promise<never>(() => undefined);

describe('runOnce', () => {
  it('answers the first result again, whatever the order of the keys', async () => {
    const token = randomUUID();

    const first = await runOnce(tables.databases, use({ a: 1, b: null }, token), () =>
      Promise.resolve({ n: [1] }),
    );
    const second = await runOnce(tables.databases, use({ a: 1 }, token), never);

    expect(second).toEqual(first);
  });

  it('is a CONFLICT with other input', async () => {
    const token = randomUUID();
    await runOnce(tables.databases, use(1, token), () => Promise.resolve(1));

    await expect(runOnce(tables.databases, use(2, token), never)).rejects.toMatchObject({ kind: 'CONFLICT' });
  });

  it('keeps tokens of other scopes and operations apart', async () => {
    const mine = use(1);
    await runOnce(tables.databases, mine, () => Promise.resolve(1));

    expect(await runOnce(tables.databases, { ...mine, scope: 'x', input: 2 }, () => Promise.resolve(2))).toBe(
      2,
    );
    expect(
      await runOnce(tables.databases, { ...mine, operation: 'x', input: 3 }, () => Promise.resolve(3)),
    ).toBe(3);
  });

  it('gives the token back when the work fails', async () => {
    const again = use(1);

    await expect(runOnce(tables.databases, again, () => Promise.reject(new Error('failed')))).rejects.toThrow(
      'failed',
    );
    expect(await runOnce(tables.databases, again, () => Promise.resolve('done'))).toBe('done');
  });

  it('is UNAVAILABLE while the first is under way, and is taken over when its owner died', async () => {
    const token = randomUUID();
    void runOnce(tables.databases, use(1, token), forever);
    await expect
      .poll(() =>
        runOnce(tables.databases, use(1, token), never).catch(
          (error: unknown) => (error as { kind: string }).kind,
        ),
      )
      .toBe('UNAVAILABLE');

    await age(token, 'claimedAtMs', 61_000);

    await expect(runOnce(tables.databases, use(2, token), never)).rejects.toMatchObject({ kind: 'CONFLICT' });
    expect(await runOnce(tables.databases, use(1, token), () => Promise.resolve('taken over'))).toBe(
      'taken over',
    );
  });

  it('forgets a token after its lifetime', async () => {
    const token = randomUUID();
    await runOnce(tables.databases, use(1, token), () => Promise.resolve(1));

    await age(token, 'tokenUntilMs', 25 * 60 * 60 * 1_000);

    expect(await runOnce(tables.databases, use(2, token), () => Promise.resolve(2))).toBe(2);
  });

  it('says so when the first answer was too large to keep', async () => {
    const large = use(1);
    const result = randomBytes(400_000).toString('base64');

    expect(await runOnce(tables.databases, large, () => Promise.resolve(result))).toBe(result);
    await expect(runOnce(tables.databases, large, never)).rejects.toMatchObject({
      kind: 'CONFLICT',
      message: expect.stringContaining('too large') as unknown,
    });
  });
});

describe('canonicalJson', () => {
  it('is the same for equal values and different for others', () => {
    expect(canonicalJson({ b: [1, { d: 1, c: undefined }], a: 'x' })).toBe(
      canonicalJson({ a: 'x', b: [1, { d: 1 }] }),
    );
    expect(canonicalJson(['1'])).not.toBe(canonicalJson([1]));
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });
});
