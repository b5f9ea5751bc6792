import { describe, expect, it } from 'vitest';
import { MIN_INDEX_ROWS } from '../../../../engine/index/build-index.ts';
import { INGESTION_LIMITS } from '../../../../functions/ingestion/limits.ts';
import { maxChunksOfPart } from '../../../../functions/ingestion/plan/part-size.ts';

describe('sizes of parts', () => {
  it('leave few vectors of a large file outside an index', () => {
    let [chunks, parts, unindexed] = [0, 0, 0];
    for (; chunks < INGESTION_LIMITS.chunks; parts++) {
      const size = maxChunksOfPart(parts);
      chunks += size;
      if (size < MIN_INDEX_ROWS) unindexed += size;
    }

    expect(unindexed).toBeLessThan(50_000);
    expect(parts).toBeLessThan(3000);
  });

  it('never shrink', () => {
    const sizes = Array.from({ length: 300 }, (_, part) => maxChunksOfPart(part));

    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  });
});
