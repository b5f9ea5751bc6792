import { BatchGetCommand, BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordKey } from '../../../../functions/shared/record-key.ts';
import {
  deleteRecords,
  putRecords,
  readRecords,
  type VectorRecord,
} from '../../../../functions/shared/records.ts';
import { startTables, type Tables } from '../../../support/dynamodb-tables.ts';

let tables: Tables;

beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

function record(index: number): VectorRecord {
  const id = `v${index}`;
  return {
    ...recordKey({ databaseId: 'd', generation: 1 }, id, '0'),
    id,
    databaseId: 'd',
    fileId: null,
    fileVersion: 0,
    chunkIndex: null,
    text: `text ${index}`,
    metadata: null,
    page: null,
    startOffset: null,
    endOffset: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    writeId: '0',
  };
}

/** A table that takes only some of each batch: dynalite always takes all, the service under load does not. */
function reluctant(
  client: DynamoDBDocumentClient,
  taken: number,
): { client: DynamoDBDocumentClient; calls: () => number } {
  let calls = 0;
  const send = async (command: BatchWriteCommand | BatchGetCommand) => {
    calls++;
    const [[table, wanted]] = Object.entries(command.input.RequestItems ?? {}) as [
      [string, unknown[] & { Keys: unknown[] }],
    ];
    if (command instanceof BatchWriteCommand) {
      if (taken > 0)
        await client.send(
          new BatchWriteCommand({ RequestItems: { [table]: wanted.slice(0, taken) as never } }),
        );
      return { UnprocessedItems: wanted.length > taken ? { [table]: wanted.slice(taken) } : {} };
    }
    const answer = await client.send(
      new BatchGetCommand({ RequestItems: { [table]: { Keys: wanted.Keys.slice(0, taken) as never } } }),
    );
    const left = wanted.Keys.slice(taken);
    return {
      Responses: answer.Responses,
      UnprocessedKeys: left.length > 0 ? { [table]: { Keys: left } } : {},
    };
  };
  return { client: { send } as never, calls: () => calls };
}

describe('records', () => {
  it('are put, read and deleted beyond the size of a batch', async () => {
    const records = Array.from({ length: 260 }, (_, index) => record(index));

    await putRecords(tables.records, records);
    const read = await readRecords(tables.records, [...records, record(999)]);
    await deleteRecords(tables.records, records);

    expect(read.map(({ id }) => id).sort()).toEqual(records.map(({ id }) => id).sort());
    expect(read[0]).toMatchObject({ text: expect.stringMatching(/^text/) as unknown, metadata: null });
    expect(await readRecords(tables.records, records)).toEqual([]);
  });

  it('are tried again when the table takes only a part', async () => {
    const slow = reluctant(tables.client, 9);
    const records = Array.from({ length: 25 }, (_, index) => record(1_000 + index));

    await putRecords({ client: slow.client, table: tables.records.table }, records);
    const read = await readRecords({ client: slow.client, table: tables.records.table }, records);

    expect(read).toHaveLength(25);
    expect(slow.calls()).toBe(6);
  });

  it('are UNAVAILABLE when the table never takes them', async () => {
    const stuck = reluctant(tables.client, 0);

    const put = putRecords({ client: stuck.client, table: tables.records.table }, [record(1)]);

    await expect(put).rejects.toMatchObject({ kind: 'UNAVAILABLE' });
    expect(stuck.calls()).toBe(8);
  });
});
