import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PointerStore, PointerUpdate } from '../../../../engine/api.ts';
import { type DatabaseItem, readDatabase } from '../../../../functions/shared/database-item.ts';
import { createDynamoDbPointerStore } from '../../../../functions/shared/dynamodb-pointer-store.ts';
import { abandonWrite, beginWrite } from '../../../../functions/shared/pending-write.ts';
import { putDatabase } from '../../../support/database-item.ts';
import { startTables, type Tables } from '../../../support/dynamodb-tables.ts';

let tables: Tables;
let item: DatabaseItem;
let pointer: PointerStore;

beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

beforeEach(async () => {
  item = await putDatabase(tables);
  pointer = createDynamoDbPointerStore(tables.databases, item.id);
});

function next(version: number, changes: Partial<PointerUpdate> = {}): PointerUpdate {
  const text = String(version).padStart(12, '0');
  return {
    manifest: `manifest-${text}`,
    version: text,
    vectorCount: version,
    fileCount: 0,
    storageBytes: 10,
    metadataFields: [{ name: 'year', type: 'NUMBER', distinct: 3 }],
    finishedWrites: [],
    ...changes,
  };
}

async function setStatus(status: string): Promise<void> {
  await tables.client.send(
    new UpdateCommand({
      TableName: tables.databases.table,
      Key: { pk: item.pk, sk: item.sk },
      UpdateExpression: 'SET #status = :status',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': status },
    }),
  );
}

describe('the pointer of a database', () => {
  it('is empty before the first commit', async () => {
    expect(await pointer.read()).toEqual({ manifest: null, version: '000000000000' });
  });

  it('moves with all that a commit sets', async () => {
    await beginWrite(tables.databases, item.id, 'w1');
    await beginWrite(tables.databases, item.id, 'w2');

    const moved = await pointer.compareAndSet(null, next(1, { finishedWrites: ['w1'] }));

    const after = await readDatabase(tables.databases, item.id);
    expect(moved).toBe(true);
    expect(await pointer.read()).toEqual({ manifest: 'manifest-000000000001', version: '000000000001' });
    expect(after).toMatchObject({
      vectorCount: 1,
      storageBytes: 10,
      metadataFields: [{ name: 'year', type: 'NUMBER', distinct: 3 }],
      pendingWrites: new Set(['w2']),
    });
    expect(Date.parse(after?.updatedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(item.updatedAt));
  });

  it('does not move from where it is not', async () => {
    await pointer.compareAndSet(null, next(1));

    expect(await pointer.compareAndSet(null, next(2))).toBe(false);
    expect(await pointer.compareAndSet('manifest-000000000000', next(2))).toBe(false);
    expect(await pointer.compareAndSet('manifest-000000000001', next(2))).toBe(true);
  });

  it('says yes to a move that was made although its answer was lost', async () => {
    await pointer.compareAndSet(null, next(1));

    expect(await pointer.compareAndSet(null, next(1))).toBe(true);
  });

  it('knows a write that it finished by what is still announced, however many commits came since', async () => {
    await beginWrite(tables.databases, item.id, 'w1');
    await beginWrite(tables.databases, item.id, 'w2');
    const made = next(1, { finishedWrites: ['w1'] });
    await pointer.compareAndSet(null, made);
    await pointer.compareAndSet('manifest-000000000001', next(2));
    await pointer.compareAndSet('manifest-000000000002', next(3));

    expect(await pointer.compareAndSet(null, made)).toBe(true);
    expect(await pointer.compareAndSet(null, next(1, { finishedWrites: ['w2'] }))).toBe(false);
  });

  it('moves once when many race', async () => {
    const outcomes = await Promise.all(
      [1, 2, 3, 4, 5].map((version) => pointer.compareAndSet(null, next(version))),
    );

    expect(outcomes.filter(Boolean)).toHaveLength(1);
  });

  it('is NotFound when the database is gone or being deleted', async () => {
    const nowhere = createDynamoDbPointerStore(tables.databases, 'nowhere');
    await setStatus('DELETING');

    for (const gone of [nowhere, pointer]) {
      await expect(gone.read()).rejects.toMatchObject({ name: 'VectorDbError', kind: 'NotFound' });
      await expect(gone.compareAndSet(null, next(1))).rejects.toMatchObject({ kind: 'NotFound' });
    }
  });

  it('is Unavailable to writes while the database is not ready', async () => {
    await setStatus('RESTORING');

    await expect(pointer.compareAndSet(null, next(1))).rejects.toMatchObject({ kind: 'Unavailable' });
  });
});

describe('pending writes', () => {
  it('are announced and taken back', async () => {
    await beginWrite(tables.databases, item.id, 'w1');
    await beginWrite(tables.databases, item.id, 'w2');
    await abandonWrite(tables.databases, item.id, 'w1');

    expect((await readDatabase(tables.databases, item.id))?.pendingWrites).toEqual(new Set(['w2']));
  });
});
