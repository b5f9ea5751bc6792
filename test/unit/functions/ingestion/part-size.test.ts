import { describe, expect, it } from 'vitest';
import { MIN_INDEX_ROWS } from '../../../../engine/index/build-index.ts';
import { INGESTION_LIMITS } from '../../../../functions/ingestion/limits.ts';
import { SIZE_WITH_CALLS, SIZE_WITHOUT_CALLS } from '../../../../functions/ingestion/plan/part-size.ts';

/** Returns the parts of a file, and how many of its chunks are in segments without an index. */
function countParts(chunks: number, maxChunks: (part: number) => number): [parts: number, unindexed: number] {
  let [parts, unindexed] = [0, 0];
  for (let done = 0; done < chunks; parts++) {
    const size = maxChunks(parts);
    done += size;
    if (size < MIN_INDEX_ROWS) unindexed += size;
  }
  return [parts, unindexed];
}

describe.each([
  { name: 'with calls', size: SIZE_WITH_CALLS, mostParts: 3000 },
  { name: 'without calls', size: SIZE_WITHOUT_CALLS, mostParts: 400 },
])('sizes of parts $name', ({ size: { maxChunks }, mostParts }) => {
  it('leave few vectors of a large file outside an index', () => {
    const [parts, unindexed] = countParts(INGESTION_LIMITS.chunks, maxChunks);

    expect(unindexed).toBeLessThan(50_000);
    expect(parts).toBeLessThan(mostParts);
  });

  it('never shrink', () => {
    const sizes = Array.from({ length: 300 }, (_, part) => maxChunks(part));

    expect(sizes).toEqual(sizes.toSorted((a, b) => a - b));
  });
});

it('makes fewer than a hundred segments of a gigabyte of records', () => {
  expect(countParts(1_200_000, SIZE_WITHOUT_CALLS.maxChunks)[0]).toBeLessThan(100);
});
