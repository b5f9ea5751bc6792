import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import type { WriteReceipt } from '../../../../schema/generated/types.ts';
import { axis, useVectorFixture } from '../../../support/vector-fixture.ts';

const fixture = useVectorFixture();

describe('deleteVectors', () => {
  const remove = (args: object) =>
    fixture.vectors.data<WriteReceipt>('deleteVectors', { databaseId: fixture.database.id, ...args });

  it('deletes by ids and reports those that are unknown', async () => {
    await fixture.upsert([0, 1, 2].map((place) => ({ id: `v${place}`, values: axis(place) })));

    const receipt = await remove({ ids: ['v0', 'nobody', 'v2', 'v0'] });

    expect(receipt).toMatchObject({ accepted: 2, rejected: [{ index: 1, kind: 'NOT_FOUND' }, { index: 3 }] });
    expect(await fixture.foundIds()).toEqual(['v1']);
    expect((await fixture.readItem()).vectorCount).toBe(1);
  });

  it('hides the records at once by tombstones, which outlive them', async () => {
    await fixture.upsert([{ id: 'a', values: axis(0) }]);

    await remove({ ids: ['a', 'nobody'] });

    const records = await fixture.recordsOf();
    expect(records.map(({ id, isDeleted }) => [id, isDeleted ?? false])).toEqual([
      ['a', false],
      ['a', true],
    ]);
    const delays = fixture.backend.queue.sent.map(({ message, delaySeconds }) => [
      message.operation === 'deleteRecords' ? message.records.map(({ writeId }) => writeId) : null,
      delaySeconds,
    ]);
    expect(delays).toEqual([
      [[records[0]?.writeId], 60],
      // What a tombstone hides must not outlive it, even when the first message came to nothing.
      [[records[0]?.writeId, records[1]?.writeId], 900],
    ]);
  });

  it('takes other spellings of an id for unknown', async () => {
    const fileId = '01234567-89ab-cdef-0123-456789abcdef';
    const spellings = [`${fileId}:1:0`, `${fileId}:01:0`, `${fileId}:1:00`, '\ud800', '\ud801'];

    const receipt = await remove({ ids: spellings });

    expect(receipt.accepted).toBe(0);
    expect(receipt.rejected.map(({ kind }) => kind)).toEqual(spellings.map(() => 'NOT_FOUND'));
  });

  it('deletes by filter in either spelling', async () => {
    await fixture.upsert(
      [0, 1, 2, 3].map((place) => ({ id: `v${place}`, values: axis(place), metadata: { place } })),
    );

    const one = await remove({ filter: { field: 'place', number: { gte: 2 } } });
    const other = await remove({ filterJson: '{"place":0}' });
    const none = await remove({ filterJson: { place: 77 } });

    expect([one.accepted, other.accepted, none.accepted]).toEqual([2, 1, 0]);
    expect(await fixture.foundIds()).toEqual(['v1']);
  });

  it.each([
    [{}, 'VALIDATION', 'ids'],
    [{ ids: [] }, 'VALIDATION', 'ids'],
    [{ ids: ['a'], filterJson: '{"a":1}' }, 'VALIDATION', 'filter'],
    [{ filter: { field: 'colour', string: { eq: 'red' } } }, 'UNKNOWN_FIELD', undefined],
    [{ filterJson: '{"year":{"$near":1}}' }, 'UNSUPPORTED_OPERATOR', undefined],
    [{ filterJson: 'nonsense' }, 'VALIDATION', 'filterJson'],
  ])('refuses %j', async (args, kind, field) => {
    await fixture.upsert([{ id: 'a', values: axis(0), metadata: { year: 1 } }]);

    const error = await fixture.vectors.error('deleteVectors', { databaseId: fixture.database.id, ...args });

    expect(error.kind).toBe(kind);
    if (field) expect(error.info.field).toBe(field);
    expect(await fixture.foundIds()).toEqual(['a']);
  });

  it('lowers the count of a file that loses chunks', async () => {
    const fileId = '0b0e4a3e-9a57-4a9e-8a5b-1c2d3e4f5a6b';
    const { openEngine } = await import('../../../../functions/shared/open-database.ts');
    const engine = await openEngine(fixture.database);
    const rows = [0, 1].map((chunk) => ({
      id: `${fileId}:1:${chunk}`,
      address: '0',
      fileId,
      fileVersion: 1,
      values: Float32Array.from(axis(chunk)),
      text: null,
      metadata: {},
    }));
    const segment = await engine.writeSegment(rows);
    await engine.commit({ add: [segment], removeIds: [], removeFiles: [], finishedWrites: [] });
    const file = { pk: fixture.database.id, sk: `FILE#${fileId}`, vectorCount: 2, fileVersion: 1 };
    await fixture.backend.tables.client.send(
      new PutCommand({ TableName: fixture.backend.tables.databases.table, Item: file }),
    );

    await remove({ ids: [`${fileId}:1:1`] });

    const after = await fixture.readItem<{ vectorCount: number }>(file.sk);
    expect(after.vectorCount).toBe(1);
    expect(
      (await fixture.recordsOf(fileId)).map(({ sk, isDeleted }) => [sk.split('\u001f')[0], isDeleted]),
    ).toEqual([['v000001#00000001', true]]);
  });
});
