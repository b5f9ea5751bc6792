import { describe, expect, it } from 'vitest';
import { describePace } from '../../../../functions/ingestion/publish/describe-pace.ts';

describe('the pace of a stage', () => {
  it.each([
    [{ done: 5_000, total: 20_000, elapsedMs: 10_000 }, '500 chunks a second, about 30 s left.'],
    [{ done: 3, total: 100, elapsedMs: 6_000 }, '0.5 chunks a second, about 4 min left.'],
    [{ done: 99_990, total: 100_000, elapsedMs: 60_000 }, '1,667 chunks a second, about 1 s left.'],
  ])('of %j is told', (pace, sentence) => {
    expect(describePace(pace, 'chunks')).toBe(sentence);
  });

  it.each([
    [{ done: 0, total: 10, elapsedMs: 60_000 }],
    [{ done: 5, total: 10, elapsedMs: 2_000 }],
    [{ done: 10, total: 10, elapsedMs: 60_000 }],
  ])('of %j is not known', (pace) => {
    expect(describePace(pace, 'chunks')).toBeNull();
  });
});
