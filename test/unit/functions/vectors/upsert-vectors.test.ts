import { describe, expect, it } from 'vitest';
import type { VectorRecord } from '../../../../functions/shared/records.ts';
import { putDatabase } from '../../../support/database-item.ts';
import { axis, useVectorFixture } from '../../../support/vector-fixture.ts';

const fixture = useVectorFixture();

describe('upsertVectors', () => {
  it('writes records, a segment and the counters by one commit', async () => {
    const receipt = await fixture.upsert([
      { id: 'a', values: axis(0), text: 'first', metadata: '{"year":2020}' },
      { id: 'b', values: axis(1), metadata: { tags: ['x'] } },
    ]);

    const item = await fixture.readItem();
    const records = await fixture.recordsOf();
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
    expect(await fixture.foundIds()).toEqual(['a', 'b']);
  });

  it('reports each bad entry with its reason and writes the others', async () => {
    await fixture.upsert([{ id: 'typed', values: axis(0), metadata: '{"year":2020}' }]);

    const { accepted, rejected } = await fixture.upsert([
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
    expect(await fixture.foundIds()).toHaveLength(3);
  });

  it('refuses a second type of a field within one request', async () => {
    const { accepted, rejected } = await fixture.upsert([
      { id: 'a', values: axis(0), metadata: '{"n":1}' },
      { id: 'b', values: axis(1), metadata: '{"n":"one"}' },
    ]);

    expect(accepted).toBe(1);
    expect(rejected).toMatchObject([
      { index: 1, id: 'b', kind: 'VALIDATION', message: expect.stringContaining('n') as unknown },
    ]);
  });

  it('considers the last of entries with the same id', async () => {
    const { accepted, rejected } = await fixture.upsert([
      { id: 'a', values: axis(0) },
      { id: 'a', values: axis(1) },
    ]);

    expect(accepted).toBe(1);
    expect(rejected).toMatchObject([
      { index: 0, id: 'a', message: expect.stringContaining('vectors[1]') as unknown },
    ]);
    const values = await fixture.valuesOf('a');
    expect(values).toEqual(axis(1));
  });

  it('replaces a vector and hands the former record to maintenance after the grace time', async () => {
    await fixture.upsert([{ id: 'a', values: axis(0), text: 'old' }]);
    const former = (await fixture.recordsOf())[0] as VectorRecord;

    await fixture.upsert([{ id: 'a', values: axis(1), text: 'new' }]);

    expect(fixture.backend.queue.sent).toEqual([
      {
        message: {
          operation: 'deleteRecords',
          databaseId: fixture.database.id,
          generation: 1,
          records: [{ id: 'a', writeId: former.writeId }],
        },
        delaySeconds: 60,
      },
    ]);
    expect((await fixture.recordsOf()).map(({ text }) => text)).toEqual(['old', 'new']);
    expect((await fixture.readItem()).vectorCount).toBe(1);
  });

  it('answers the first receipt again for the same token, and CONFLICT for other input', async () => {
    const list = [{ values: axis(0) }, { id: 'short', values: [1] }];

    const first = await fixture.upsert(list, { clientRequestToken: 'token' });
    const second = await fixture.upsert(list, { clientRequestToken: 'token' });
    const other = await fixture.vectors.error('upsertVectors', {
      databaseId: fixture.database.id,
      vectors: [{ values: axis(1) }],
      clientRequestToken: 'token',
    });

    expect(second).toEqual(first);
    expect((await fixture.readItem()).vectorCount).toBe(1);
    expect(other).toMatchObject({
      kind: 'CONFLICT',
      info: { field: 'clientRequestToken', retryable: false },
    });
  });

  it('carries out one of many equal requests at the same moment', async () => {
    const send = () =>
      fixture.rawHandler({
        operation: 'upsertVectors',
        arguments: {
          databaseId: fixture.database.id,
          vectors: [{ values: axis(0) }],
          clientRequestToken: 'race',
        },
        caller: { kind: 'USER', id: 'u', databaseIds: null },
        selection: [],
        requestId: 'r',
      });

    const answers = (await Promise.all(Array.from({ length: 5 }, send))) as Record<
      string,
      { kind?: string }
    >[];

    expect((await fixture.readItem()).vectorCount).toBe(1);
    for (const { data, error } of answers)
      expect(data !== undefined || error?.kind === 'UNAVAILABLE').toBe(true);
    expect(await fixture.upsert([{ values: axis(0) }], { clientRequestToken: 'race' })).toMatchObject({
      accepted: 1,
    });
    expect((await fixture.readItem()).vectorCount).toBe(1);
  });

  it('embeds text when the database has an embedding', async () => {
    await fixture.useEmbedding();

    const receipt = await fixture.upsert([
      { id: 'cats', text: 'Cats purr and sleep in the sun.' },
      { id: 'tax', text: 'Value added tax is due in March.' },
      { id: 'blank', text: '   ' },
    ]);

    const input = { databaseId: fixture.database.id, text: 'sleeping cats', topK: 1 };
    const { hits } = await fixture.search.data<{ hits: { id: string }[] }>('searchVectors', { input });
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
    const error = await fixture.vectors.error('upsertVectors', {
      databaseId: fixture.database.id,
      ...change,
    });

    expect(error).toMatchObject({ kind, info: { field } });
  });

  it('answers NOT_FOUND to a key of other databases', async () => {
    const args = { databaseId: fixture.database.id, vectors: [{ values: axis(0) }] };

    const error = await fixture.vectors.error('upsertVectors', args, { databaseIds: ['other'] });

    expect(error.kind).toBe('NOT_FOUND');
    expect((await fixture.readItem()).vectorCount).toBe(0);
  });

  it('answers NOT_FOUND while the database is being deleted, and leaves no records', async () => {
    fixture.database = await putDatabase(fixture.backend.tables, { status: 'DELETING' });

    const error = await fixture.vectors.error('upsertVectors', {
      databaseId: fixture.database.id,
      vectors: [{ values: axis(0) }],
    });

    expect(error.kind).toBe('NOT_FOUND');
    expect(await fixture.recordsOf()).toEqual([]);
  });

  it('answers UNAVAILABLE while the database is not ready', async () => {
    fixture.database = await putDatabase(fixture.backend.tables, { status: 'RESTORING' });

    const error = await fixture.vectors.error('upsertVectors', {
      databaseId: fixture.database.id,
      vectors: [{ values: axis(0) }],
    });

    expect(error).toMatchObject({ kind: 'UNAVAILABLE', info: { retryable: true } });
    expect(await fixture.recordsOf()).toEqual([]);
  });

  it('asks for compaction when small segments have piled up', async () => {
    for (let round = 0; round < 40; round++)
      await fixture.upsert([{ id: `v${round}`, values: axis(round % 4) }]);

    expect(fixture.backend.queue.sent).toContainEqual({
      message: { operation: 'compact', databaseId: fixture.database.id, generation: 1 },
      delaySeconds: 0,
    });
  });
});
