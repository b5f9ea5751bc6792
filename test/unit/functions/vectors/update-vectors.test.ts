import { describe, expect, it } from 'vitest';
import type { VectorRecord } from '../../../../functions/shared/records.ts';
import type { WriteReceipt } from '../../../../schema/generated/types.ts';
import { axis, useVectorFixture } from '../../../support/vector-fixture.ts';

const fixture = useVectorFixture();

describe('updateVectors', () => {
  const update = (patches: object[], more: object = {}) =>
    fixture.vectors.data<WriteReceipt>('updateVectors', {
      databaseId: fixture.database.id,
      patches,
      ...more,
    });

  it('changes what a patch names and keeps the rest', async () => {
    await fixture.upsert([
      { id: 'a', values: axis(0), text: 'old words', metadata: '{"year":2020,"draft":true}' },
    ]);
    const before = (await fixture.recordsOf())[0] as VectorRecord;

    const receipt = await update([{ id: 'a', metadata: '{"year":2021}' }]);

    const after = (await fixture.recordsOf()).at(-1) as VectorRecord;
    const values = await fixture.valuesOf('a');
    expect(receipt).toMatchObject({ accepted: 1, rejected: [] });
    expect(after).toMatchObject({
      text: 'old words',
      metadata: '{"year":2021}',
      createdAt: before.createdAt,
    });
    expect(values).toEqual(axis(0));
    const byText = { databaseId: fixture.database.id, text: 'words', filterJson: '{"year":2021}' };
    const { hits } = await fixture.search.data<{ hits: unknown[] }>('searchVectors', { input: byText });
    expect(hits).toHaveLength(1);
  });

  it('reports unknown ids, empty patches and repeated ids', async () => {
    await fixture.upsert([{ id: 'a', values: axis(0) }]);

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
    const values = await fixture.valuesOf('a');
    expect(values).toEqual(axis(2));
  });

  it('embeds a new text again, unless values are given', async () => {
    await fixture.useEmbedding();
    await fixture.upsert([
      { id: 'a', text: 'cats purr' },
      { id: 'b', text: 'value added tax' },
    ]);
    const nearest = async (text: string) => {
      const input = { databaseId: fixture.database.id, text, mode: 'VECTOR', topK: 1 };
      return (await fixture.search.data<{ hits: { id: string }[] }>('searchVectors', { input })).hits[0]?.id;
    };
    const before = await nearest('volcanic eruption');

    await update([{ id: before === 'a' ? 'b' : 'a', text: 'volcanic eruption of lava' }]);

    expect(await nearest('volcanic eruption')).toBe(before === 'a' ? 'b' : 'a');
  });

  it('loses none of many updates of one vector at the same moment', async () => {
    await fixture.upsert([{ id: 'a', values: axis(0), text: 'start', metadata: '{"n":0}' }]);

    const receipts = await Promise.all([
      update([{ id: 'a', text: 'changed' }]),
      update([{ id: 'a', metadata: '{"n":1}' }]),
      update([{ id: 'a', values: axis(3) }]),
    ]);

    const records = (await fixture.recordsOf()).filter(
      ({ text, metadata }) => text === 'changed' && metadata === '{"n":1}',
    );
    const values = await fixture.valuesOf('a');
    expect(receipts.map(({ accepted }) => accepted)).toEqual([1, 1, 1]);
    expect(records.length).toBeGreaterThan(0);
    expect(values).toEqual(axis(3));
  });

  it('does not bring back what is deleted meanwhile', async () => {
    for (let round = 0; round < 5; round++) {
      await fixture.upsert([{ id: 'a', values: axis(0), text: 'start' }]);

      const [receipt] = await Promise.all([
        update([{ id: 'a', text: 'changed' }]),
        fixture.vectors.data('deleteVectors', { databaseId: fixture.database.id, ids: ['a'] }),
      ]);

      expect(await fixture.foundIds(), JSON.stringify(receipt)).toEqual([]);
    }
  });
});
