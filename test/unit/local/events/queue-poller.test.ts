import { describe, expect, it } from 'vitest';
import { failedIds } from '../../../../local/events/queue-poller.ts';

const batch = [{ id: 'a' }, { id: 'b' }];

describe('partial failures of a batch', () => {
  it.each<[string, unknown]>([
    ['null', null],
    ['an empty object', {}],
    ['an empty list', { batchItemFailures: [] }],
    ['no list', { batchItemFailures: null }],
  ])('counts %s as success', (_name, answer) => {
    expect(failedIds(JSON.stringify(answer), batch)).toEqual(new Set());
  });

  it('names what failed', () => {
    expect(failedIds('{"batchItemFailures":[{"itemIdentifier":"b"}]}', batch)).toEqual(new Set(['b']));
  });

  it.each(['[{"itemIdentifier":"z"}]', '[{"itemIdentifier":""}]', '[{}]', '[null]', '{}'])(
    'fails the whole batch for %s',
    (failures) => {
      expect(failedIds(`{"batchItemFailures":${failures}}`, batch)).toBe('ALL');
    },
  );
});
