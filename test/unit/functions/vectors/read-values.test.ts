import { describe, expect, it } from 'vitest';
import { axis, useVectorFixture } from '../../../support/vector-fixture.ts';

const fixture = useVectorFixture();

describe('readValues', () => {
  it('answers a batch in its order, null for unknown ids and an error for a foreign database', async () => {
    await fixture.upsert([
      { id: 'a', values: [0.1, 0.2, 0.3, 0.4] },
      { id: 'b', values: axis(1) },
    ]);

    const answers = await fixture.rawHandler([
      fixture.readValuesEvent('b'),
      fixture.readValuesEvent('nobody'),
      fixture.readValuesEvent('a', ['other']),
      fixture.readValuesEvent('a', [fixture.database.id]),
    ]);

    expect(answers).toMatchObject([
      { data: axis(1) },
      { data: null },
      { error: { kind: 'NOT_FOUND', info: { requestId: 'r-a' } } },
      { data: expect.any(Array) as unknown },
    ]);
  });
});
