import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { putDatabase } from '../../../support/database-item.ts';
import { callerOf, type FunctionBackend, startFunctionBackend } from '../../../support/function-backend.ts';

let backend: FunctionBackend;
let databases: ReturnType<typeof callerOf>;

beforeAll(async () => {
  backend = await startFunctionBackend();
  databases = callerOf((await import('../../../../functions/databases/handler.ts')).handler);
});
afterAll(() => backend.stop());
beforeEach(() => {
  backend.queue.sent.length = 0;
});

async function read(pk: string, sk: string): Promise<Record<string, unknown> | undefined> {
  const { Item } = await backend.tables.client.send(
    new GetCommand({ TableName: backend.tables.databases.table, Key: { pk, sk } }),
  );
  return Item;
}

describe('deleteDatabase', () => {
  it('marks the database, removes it from the list and tells maintenance', async () => {
    const { id } = await putDatabase(backend.tables, { vectorCount: 7, fileCount: 2 });

    const deleted = await databases.data('deleteDatabase', { id });

    expect(deleted).toEqual({ id, vectorCount: 7, fileCount: 2 });
    expect(await read(id, 'DATABASE')).toMatchObject({ status: 'DELETING' });
    expect(await read('DATABASES', `DATABASE#${id}`)).toBeUndefined();
    expect(backend.queue.sent).toEqual([
      { message: { operation: 'deleteDatabase', databaseId: id, generation: 1 }, delaySeconds: 0 },
    ]);
  });

  it('answers NOT_FOUND the second time, and hands over again what may have been left', async () => {
    const { id } = await putDatabase(backend.tables);
    await databases.data('deleteDatabase', { id });

    expect(await databases.error('deleteDatabase', { id })).toMatchObject({
      kind: 'NOT_FOUND',
      info: { field: 'id' },
    });
    expect(backend.queue.sent).toHaveLength(2);
  });

  it.each(['the message', 'the list entry'])(
    'is finished by a repetition when the first one died at %s',
    async (place) => {
      const { deleteDatabase } = await import('../../../../functions/databases/delete-database.ts');
      const { id } = await putDatabase(backend.tables, { vectorCount: 7 });
      const caller = { kind: 'USER' as const, id: 'tester', databaseIds: null };
      const { client, table } = backend.tables.databases;
      const send = (command: { constructor: { name: string } }): Promise<unknown> =>
        command.constructor.name === (place === 'the message' ? 'SendMessageCommand' : 'DeleteCommand')
          ? Promise.reject(new Error('died'))
          : client.send(command as never);
      const broken = {
        databases: { client: { send } as unknown as typeof client, table },
        maintenance: { client: { send } as never, queueUrl: backend.queue.queueUrl },
      };
      if (place === 'the list entry') broken.maintenance.client = { send: () => Promise.resolve() } as never;
      await expect(deleteDatabase(broken, id, caller)).rejects.toThrow('died');

      const deleted = await databases.data('deleteDatabase', { id });

      expect(deleted).toEqual({ id, vectorCount: 7, fileCount: 0 });
      expect(backend.queue.sent.map(({ message }) => message)).toEqual([
        { operation: 'deleteDatabase', databaseId: id, generation: 1 },
      ]);
      expect(await read('DATABASES', `DATABASE#${id}`)).toBeUndefined();
    },
  );

  it('lets one of many deletions at the same moment answer', async () => {
    const { id } = await putDatabase(backend.tables);

    const outcomes = await Promise.allSettled([1, 2, 3].map(() => databases.data('deleteDatabase', { id })));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('answers NOT_FOUND for unknown databases and for those of others, and deletes nothing', async () => {
    const { id } = await putDatabase(backend.tables);

    const foreign = await databases.error('deleteDatabase', { id }, { databaseIds: ['other'] });
    const unknown = await databases.error('deleteDatabase', { id: 'nowhere' });
    const malformed = await databases.error('deleteDatabase', { id: 'a b' });

    expect([foreign.kind, unknown.kind, malformed.kind]).toEqual(['NOT_FOUND', 'NOT_FOUND', 'VALIDATION']);
    expect(await read(id, 'DATABASE')).toMatchObject({ status: 'READY' });
    expect(await read('nowhere', 'DATABASE')).toBeUndefined();
    expect(backend.queue.sent).toEqual([]);
  });
});
