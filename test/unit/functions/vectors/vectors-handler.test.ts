import { PutCommand, QueryCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseItem } from '../../../../functions/shared/database-item.ts';
import type { VectorRecord } from '../../../../functions/shared/records.ts';
import type { WriteReceipt } from '../../../../schema/generated/types.ts';
import { putDatabase } from '../../../support/database-item.ts';
import {
  callerOf,
  type FunctionBackend,
  type Handler,
  startFunctionBackend,
} from '../../../support/function-backend.ts';

let backend: FunctionBackend;
let vectors: ReturnType<typeof callerOf>;
let search: ReturnType<typeof callerOf>;
let rawHandler: Handler;
let database: DatabaseItem;

beforeAll(async () => {
  backend = await startFunctionBackend();
  rawHandler = (await import('../../../../functions/vectors/handler.ts')).handler;
  vectors = callerOf(rawHandler);
  search = callerOf((await import('../../../../functions/search/handler.ts')).handler);
});
afterAll(() => backend.stop());

beforeEach(async () => {
  database = await putDatabase(backend.tables);
  backend.queue.sent.length = 0;
});

const upsert = (list: object[], more: object = {}) =>
  vectors.data<WriteReceipt>('upsertVectors', { databaseId: database.id, vectors: list, ...more });

const axis = (place: number) => [0, 1, 2, 3].map((index) => (index === place ? 1 : 0));

async function foundIds(values = [1, 1, 1, 1]): Promise<string[]> {
  const input = { databaseId: database.id, values, topK: 100 };
  const { hits } = await search.data<{ hits: { id: string }[] }>('searchVectors', { input });
  return hits.map(({ id }) => id).sort();
}

async function recordsOf(fileId = '-'): Promise<VectorRecord[]> {
  const { Items } = await backend.tables.client.send(
    new QueryCommand({
      TableName: backend.tables.records.table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': `${database.id}#g1#${fileId}` },
      ConsistentRead: true,
    }),
  );
  return (Items ?? []) as VectorRecord[];
}

async function databaseItem(): Promise<DatabaseItem> {
  const { Item } = await backend.tables.client.send(
    new GetCommand({ TableName: backend.tables.databases.table, Key: { pk: database.id, sk: 'DATABASE' } }),
  );
  return Item as DatabaseItem;
}

describe('upsertVectors', () => {
  it('writes records, a segment and the counters by one commit', async () => {
    const receipt = await upsert([
      { id: 'a', values: axis(0), text: 'first', metadata: '{"year":2020}' },
      { id: 'b', values: axis(1), metadata: { tags: ['x'] } },
    ]);

    const item = await databaseItem();
    const records = await recordsOf();
    expect(receipt).toEqual({ accepted: 2, rejected: [], version: '000000000001' });
    expect(item).toMatchObject({ version: receipt.version, vectorCount: 2, fileCount: 0 });
    expect(item.metadataFields.map(({ name, type }) => [name, type])).toEqual([
      ['tags', 'STRING_LIST'],
      ['year', 'NUMBER'],
    ]);
    expect(item.pendingWrites).toBeUndefined();
    expect(records.map(({ id, text, metadata }) => [id, text, metadata])).toEqual([
      ['a', 'first', '{"year":2020}'],
      ['b', null, '{"tags":["x"]}'],
    ]);
    expect(await foundIds()).toEqual(['a', 'b']);
  });

  it('reports each bad entry with its reason and writes the others', async () => {
    await upsert([{ id: 'typed', values: axis(0), metadata: '{"year":2020}' }]);

    const { accepted, rejected } = await upsert([
      { id: 'good', values: axis(0) },
      { id: 'short', values: [1, 2] },
      { id: 'zero', values: [0, 0, 0, 0] },
      { id: 'nothing' },
      { id: 'text', text: 'no embedding here' },
      { id: 'json', values: axis(0), metadata: '{"a":' },
      { id: 'list', values: axis(0), metadata: '[1]' },
      { id: 'nested', values: axis(0), metadata: '{"a":{"b":1}}' },
      { id: 'conflict', values: axis(0), metadata: '{"year":"2020"}' },
      { id: '0b0e4a3e-9a57-4a9e-8a5b-1c2d3e4f5a6b:1:2', values: axis(0) },
      { id: 'control\u0001', values: axis(0) },
      {
        id: 'both',
        values: axis(0),
        valuesBase64: Buffer.from(new Float32Array(4).buffer).toString('base64'),
      },
      { id: '€'.repeat(400), values: axis(0) },
      { id: 'huge', values: [1e39, 0, 0, 0] },
      { values: axis(2) },
    ]);

    expect(accepted).toBe(2);
    expect(rejected.map(({ index, kind }) => [index, kind])).toEqual([
      [1, 'DIMENSION_MISMATCH'],
      ...[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map((index) => [index, 'VALIDATION']),
    ]);
    const messageOf = (index: number) => rejected.find((rejection) => rejection.index === index)?.message;
    expect(messageOf(1)).toContain('vectors[1].values has 2 values; the database has dimension 4');
    expect(messageOf(8)).toContain('year');
    expect(messageOf(13)).toContain('vectors[13].values[0]');
    expect(await foundIds()).toHaveLength(3);
  });

  it('refuses a second type of a field within one request', async () => {
    const { accepted, rejected } = await upsert([
      { id: 'a', values: axis(0), metadata: '{"n":1}' },
      { id: 'b', values: axis(1), metadata: '{"n":"one"}' },
    ]);

    expect(accepted).toBe(1);
    expect(rejected).toMatchObject([
      { index: 1, id: 'b', kind: 'VALIDATION', message: expect.stringContaining('n') },
    ]);
  });

  it('considers the last of entries with the same id', async () => {
    const { accepted, rejected } = await upsert([
      { id: 'a', values: axis(0) },
      { id: 'a', values: axis(1) },
    ]);

    expect(accepted).toBe(1);
    expect(rejected).toMatchObject([{ index: 0, id: 'a', message: expect.stringContaining('vectors[1]') }]);
    const [values] = (await rawHandler([readValuesOf('a')])) as { data: number[] }[];
    expect(values?.data).toEqual(axis(1));
  });

  it('replaces a vector and hands the former record to maintenance after the grace time', async () => {
    await upsert([{ id: 'a', values: axis(0), text: 'old' }]);
    const former = (await recordsOf())[0] as VectorRecord;

    await upsert([{ id: 'a', values: axis(1), text: 'new' }]);

    expect(backend.queue.sent).toEqual([
      {
        message: {
          operation: 'deleteRecords',
          databaseId: database.id,
          generation: 1,
          records: [{ id: 'a', writeId: former.writeId }],
        },
        delaySeconds: 60,
      },
    ]);
    expect((await recordsOf()).map(({ text }) => text)).toEqual(['old', 'new']);
    expect((await databaseItem()).vectorCount).toBe(1);
  });

  it('answers the first receipt again for the same token, and CONFLICT for other input', async () => {
    const list = [{ values: axis(0) }, { id: 'short', values: [1] }];

    const first = await upsert(list, { clientRequestToken: 'token' });
    const second = await upsert(list, { clientRequestToken: 'token' });
    const other = await vectors.error('upsertVectors', {
      databaseId: database.id,
      vectors: [{ values: axis(1) }],
      clientRequestToken: 'token',
    });

    expect(second).toEqual(first);
    expect((await databaseItem()).vectorCount).toBe(1);
    expect(other).toMatchObject({
      kind: 'CONFLICT',
      info: { field: 'clientRequestToken', retryable: false },
    });
  });

  it('carries out one of many equal requests at the same moment', async () => {
    const send = () =>
      rawHandler({
        operation: 'upsertVectors',
        arguments: { databaseId: database.id, vectors: [{ values: axis(0) }], clientRequestToken: 'race' },
        caller: { kind: 'USER', id: 'u', databaseIds: null },
        selection: [],
        requestId: 'r',
      });

    const answers = (await Promise.all(Array.from({ length: 5 }, send))) as Record<
      string,
      { kind?: string }
    >[];

    expect((await databaseItem()).vectorCount).toBe(1);
    for (const { data, error } of answers)
      expect(data !== undefined || error?.kind === 'UNAVAILABLE').toBe(true);
    expect(await upsert([{ values: axis(0) }], { clientRequestToken: 'race' })).toMatchObject({
      accepted: 1,
    });
    expect((await databaseItem()).vectorCount).toBe(1);
  });

  it('embeds text when the database has an embedding', async () => {
    const embedding = { provider: 'local', model: 'lexical-384', dimension: 384 };
    database = await putDatabase(backend.tables, { dimension: 384, embedding });

    const receipt = await upsert([
      { id: 'cats', text: 'Cats purr and sleep in the sun.' },
      { id: 'tax', text: 'Value added tax is due in March.' },
      { id: 'blank', text: '   ' },
    ]);

    const input = { databaseId: database.id, text: 'sleeping cats', topK: 1 };
    const { hits } = await search.data<{ hits: { id: string }[] }>('searchVectors', { input });
    expect(receipt).toMatchObject({ accepted: 2, rejected: [{ index: 2, kind: 'VALIDATION' }] });
    expect(hits.map(({ id }) => id)).toEqual(['cats']);
  });

  it.each([
    [{ vectors: [] }, 'VALIDATION', 'vectors'],
    [{ vectors: Array.from({ length: 501 }, () => ({ values: [1, 0, 0, 0] })) }, 'VALIDATION', 'vectors'],
    [{ vectors: [{ values: [1, 0, 0, 0], text: 'x'.repeat(5_000_000) }] }, 'PAYLOAD_TOO_LARGE', 'vectors'],
    [{ vectors: [{ values: [1, 0, 0, 0] }], clientRequestToken: '' }, 'VALIDATION', 'clientRequestToken'],
    [{ vectors: [{ values: [1, 0, 0, 0] }], databaseId: 'nowhere' }, 'NOT_FOUND', 'databaseId'],
  ])('refuses request %#', async (change, kind, field) => {
    const error = await vectors.error('upsertVectors', { databaseId: database.id, ...change });

    expect(error).toMatchObject({ kind, info: { field } });
  });

  it('answers NOT_FOUND to a key of other databases', async () => {
    const args = { databaseId: database.id, vectors: [{ values: axis(0) }] };

    const error = await vectors.error('upsertVectors', args, { databaseIds: ['other'] });

    expect(error.kind).toBe('NOT_FOUND');
    expect((await databaseItem()).vectorCount).toBe(0);
  });

  it('answers NOT_FOUND while the database is being deleted, and leaves no records', async () => {
    database = await putDatabase(backend.tables, { status: 'DELETING' });

    const error = await vectors.error('upsertVectors', {
      databaseId: database.id,
      vectors: [{ values: axis(0) }],
    });

    expect(error.kind).toBe('NOT_FOUND');
    expect(await recordsOf()).toEqual([]);
  });

  it('answers UNAVAILABLE while the database is not ready', async () => {
    database = await putDatabase(backend.tables, { status: 'RESTORING' });

    const error = await vectors.error('upsertVectors', {
      databaseId: database.id,
      vectors: [{ values: axis(0) }],
    });

    expect(error).toMatchObject({ kind: 'UNAVAILABLE', info: { retryable: true } });
    expect(await recordsOf()).toEqual([]);
  });

  it('asks for compaction when small segments have piled up', async () => {
    for (let round = 0; round < 40; round++) await upsert([{ id: `v${round}`, values: axis(round % 4) }]);

    expect(backend.queue.sent).toContainEqual({
      message: { operation: 'compact', databaseId: database.id, generation: 1 },
      delaySeconds: 0,
    });
  });
});

function readValuesOf(id: string, databaseIds: string[] | null = null) {
  return {
    operation: 'readValues',
    arguments: { databaseId: database.id, id },
    caller: { kind: 'USER', id: 'u', databaseIds },
    selection: [],
    requestId: `r-${id}`,
  };
}

describe('updateVectors', () => {
  const update = (patches: object[], more: object = {}) =>
    vectors.data<WriteReceipt>('updateVectors', { databaseId: database.id, patches, ...more });

  it('changes what a patch names and keeps the rest', async () => {
    await upsert([{ id: 'a', values: axis(0), text: 'old words', metadata: '{"year":2020,"draft":true}' }]);
    const before = (await recordsOf())[0] as VectorRecord;

    const receipt = await update([{ id: 'a', metadata: '{"year":2021}' }]);

    const after = (await recordsOf()).at(-1) as VectorRecord;
    const [values] = (await rawHandler([readValuesOf('a')])) as { data: number[] }[];
    expect(receipt).toMatchObject({ accepted: 1, rejected: [] });
    expect(after).toMatchObject({
      text: 'old words',
      metadata: '{"year":2021}',
      createdAt: before.createdAt,
    });
    expect(values?.data).toEqual(axis(0));
    const byText = { databaseId: database.id, text: 'words', filterJson: '{"year":2021}' };
    const { hits } = await search.data<{ hits: unknown[] }>('searchVectors', { input: byText });
    expect(hits).toHaveLength(1);
  });

  it('reports unknown ids, empty patches and repeated ids', async () => {
    await upsert([{ id: 'a', values: axis(0) }]);

    const { accepted, rejected } = await update([
      { id: 'nobody', values: axis(0) },
      { id: 'a' },
      { id: 'a', values: axis(1) },
      { id: 'a', values: axis(2) },
    ]);

    expect(accepted).toBe(1);
    expect(rejected.map(({ index, kind }) => [index, kind])).toEqual([
      [0, 'NOT_FOUND'],
      [1, 'VALIDATION'],
      [2, 'VALIDATION'],
    ]);
    const [values] = (await rawHandler([readValuesOf('a')])) as { data: number[] }[];
    expect(values?.data).toEqual(axis(2));
  });

  it('embeds a new text again, unless values are given', async () => {
    const embedding = { provider: 'local', model: 'lexical-384', dimension: 384 };
    database = await putDatabase(backend.tables, { dimension: 384, embedding });
    await upsert([
      { id: 'a', text: 'cats purr' },
      { id: 'b', text: 'value added tax' },
    ]);
    const nearest = async (text: string) => {
      const input = { databaseId: database.id, text, mode: 'VECTOR', topK: 1 };
      return (await search.data<{ hits: { id: string }[] }>('searchVectors', { input })).hits[0]?.id;
    };
    const before = await nearest('volcanic eruption');

    await update([{ id: before === 'a' ? 'b' : 'a', text: 'volcanic eruption of lava' }]);

    expect(await nearest('volcanic eruption')).toBe(before === 'a' ? 'b' : 'a');
  });

  it('loses none of many updates of one vector at the same moment', async () => {
    await upsert([{ id: 'a', values: axis(0), text: 'start', metadata: '{"n":0}' }]);

    const receipts = await Promise.all([
      update([{ id: 'a', text: 'changed' }]),
      update([{ id: 'a', metadata: '{"n":1}' }]),
      update([{ id: 'a', values: axis(3) }]),
    ]);

    const records = (await recordsOf()).filter(
      ({ text, metadata }) => text === 'changed' && metadata === '{"n":1}',
    );
    const [values] = (await rawHandler([readValuesOf('a')])) as { data: number[] }[];
    expect(receipts.map(({ accepted }) => accepted)).toEqual([1, 1, 1]);
    expect(records.length).toBeGreaterThan(0);
    expect(values?.data).toEqual(axis(3));
  });

  it('does not bring back what is deleted meanwhile', async () => {
    for (let round = 0; round < 5; round++) {
      await upsert([{ id: 'a', values: axis(0), text: 'start' }]);

      const [receipt] = await Promise.all([
        update([{ id: 'a', text: 'changed' }]),
        vectors.data('deleteVectors', { databaseId: database.id, ids: ['a'] }),
      ]);

      expect(await foundIds(), JSON.stringify(receipt)).toEqual([]);
    }
  });
});

describe('deleteVectors', () => {
  const remove = (args: object) =>
    vectors.data<WriteReceipt>('deleteVectors', { databaseId: database.id, ...args });

  it('deletes by ids and reports those that are unknown', async () => {
    await upsert([0, 1, 2].map((place) => ({ id: `v${place}`, values: axis(place) })));

    const receipt = await remove({ ids: ['v0', 'nobody', 'v2', 'v0'] });

    expect(receipt).toMatchObject({ accepted: 2, rejected: [{ index: 1, kind: 'NOT_FOUND' }, { index: 3 }] });
    expect(await foundIds()).toEqual(['v1']);
    expect((await databaseItem()).vectorCount).toBe(1);
  });

  it('hides the records at once by tombstones, which outlive them', async () => {
    await upsert([{ id: 'a', values: axis(0) }]);

    await remove({ ids: ['a', 'nobody'] });

    const records = await recordsOf();
    expect(records.map(({ id, isDeleted }) => [id, isDeleted ?? false])).toEqual([
      ['a', false],
      ['a', true],
    ]);
    const delays = backend.queue.sent.map(({ message, delaySeconds }) => [
      message.operation === 'deleteRecords' ? message.records[0]?.writeId : null,
      delaySeconds,
    ]);
    expect(delays).toEqual([
      [records[0]?.writeId, 60],
      [records[1]?.writeId, 900],
    ]);
  });

  it('deletes by filter in either spelling', async () => {
    await upsert(
      [0, 1, 2, 3].map((place) => ({ id: `v${place}`, values: axis(place), metadata: { place } })),
    );

    const one = await remove({ filter: { field: 'place', number: { gte: 2 } } });
    const other = await remove({ filterJson: '{"place":0}' });
    const none = await remove({ filterJson: { place: 77 } });

    expect([one.accepted, other.accepted, none.accepted]).toEqual([2, 1, 0]);
    expect(await foundIds()).toEqual(['v1']);
  });

  it.each([
    [{}, 'VALIDATION', 'ids'],
    [{ ids: [] }, 'VALIDATION', 'ids'],
    [{ ids: ['a'], filterJson: '{"a":1}' }, 'VALIDATION', 'filter'],
    [{ filter: { field: 'colour', string: { eq: 'red' } } }, 'UNKNOWN_FIELD', undefined],
    [{ filterJson: '{"year":{"$near":1}}' }, 'UNSUPPORTED_OPERATOR', undefined],
    [{ filterJson: 'nonsense' }, 'VALIDATION', 'filterJson'],
  ])('refuses %j', async (args, kind, field) => {
    await upsert([{ id: 'a', values: axis(0), metadata: { year: 1 } }]);

    const error = await vectors.error('deleteVectors', { databaseId: database.id, ...args });

    expect(error.kind).toBe(kind);
    if (field) expect(error.info.field).toBe(field);
    expect(await foundIds()).toEqual(['a']);
  });

  it('lowers the count of a file that loses chunks', async () => {
    const fileId = '0b0e4a3e-9a57-4a9e-8a5b-1c2d3e4f5a6b';
    const { openEngine } = await import('../../../../functions/shared/open-database.ts');
    const engine = await openEngine(database);
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
    const file = { pk: database.id, sk: `FILE#${fileId}`, vectorCount: 2, fileVersion: 1 };
    await backend.tables.client.send(
      new PutCommand({ TableName: backend.tables.databases.table, Item: file }),
    );

    await remove({ ids: [`${fileId}:1:1`] });

    const { Item } = await backend.tables.client.send(
      new GetCommand({ TableName: backend.tables.databases.table, Key: { pk: file.pk, sk: file.sk } }),
    );
    expect(Item?.['vectorCount']).toBe(1);
    expect((await recordsOf(fileId)).map(({ sk, isDeleted }) => [sk.split('\u001f')[0], isDeleted])).toEqual([
      ['v000001#00000001', true],
    ]);
  });
});

describe('readValues', () => {
  it('answers a batch in its order, null for unknown ids and an error for a foreign database', async () => {
    await upsert([
      { id: 'a', values: [0.1, 0.2, 0.3, 0.4] },
      { id: 'b', values: axis(1) },
    ]);

    const answers = await rawHandler([
      readValuesOf('b'),
      readValuesOf('nobody'),
      readValuesOf('a', ['other']),
      readValuesOf('a', [database.id]),
    ]);

    expect(answers).toMatchObject([
      { data: axis(1) },
      { data: null },
      { error: { kind: 'NOT_FOUND', info: { requestId: 'r-a' } } },
      { data: expect.any(Array) },
    ]);
  });
});
