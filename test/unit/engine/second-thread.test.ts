import { describe, expect, it } from 'vitest';
import { loadKernels, seededRandom, type Kernels } from '../../../engine/index.ts';
import { buildIndex, type VectorIndex } from '../../../engine/index/build-index.ts';
import { withSecondThread } from '../../../engine/kernels/second-thread.ts';
import { clusteredVectors } from '../../support/clustered-rows.ts';
import { gaussianValues, onDesk, randomSigns } from '../../support/kernel-desk.ts';

const D = 24;

function build(kernels: Kernels, values: Float32Array): VectorIndex {
  return buildIndex(kernels, values, { dimension: D, metric: 'COSINE', random: seededRandom(5) });
}

/** Rotates rows again and again until another thread takes part: it needs some milliseconds to start. */
function rotateUntilShared(kernels: Kernels, { rows, count, signs }: Rotated): number {
  for (let calls = 1; calls <= 20_000; calls++) {
    kernels.functions.rotateRows(rows, count, D, signs);
    if (isShared) return calls;
  }
  return -1;
}

interface Rotated {
  rows: number;
  count: number;
  signs: number;
}

let isShared = false;

/** Kernels whose own part of the rows tells whether another thread has the rest. */
function noticing(kernels: Kernels, wholeCount: number): Kernels {
  return {
    ...kernels,
    functions: {
      ...kernels.functions,
      rotateRows: (rows, count, dimension, signs) => {
        isShared ||= count < wholeCount;
        kernels.functions.rotateRows(rows, count, dimension, signs);
      },
    },
  };
}

describe('a second thread', () => {
  it('builds the same index', async () => {
    const rows = clusteredVectors(9000, D, { seed: 3 });
    const values = Float32Array.from(rows.flatMap((row) => [...row]));
    const [one, two] = await Promise.all(
      [1, 2].map((threads) => loadKernels({ threads, arenaBytes: 64 << 20 })),
    );

    expect(build(two!, values)).toEqual(build(one!, values));
  });

  it('does half of the rows, the same way', async () => {
    const count = 1000;
    const kernels = await loadKernels({ threads: 2, arenaBytes: 16 << 20 });

    onDesk(kernels, (desk) => {
      const signs = desk.place(randomSigns(4 * D, 1));
      const rows = desk.place(gaussianValues(count * D, 2));
      const calls = withSecondThread(noticing(kernels, count), (shared) =>
        rotateUntilShared(shared, { rows, count, signs }),
      );
      const alone = desk.place(gaussianValues(count * D, 2));
      for (let n = 0; n < calls; n++) kernels.functions.rotateRows(alone, count, D, signs);

      expect(calls).toBeGreaterThan(0);
      expect(desk.floats(rows, count * D)).toEqual(desk.floats(alone, count * D));
    });
  });

  it('is not asked where there is one processor', async () => {
    const kernels = await loadKernels({ threads: 1 });

    expect(withSecondThread(kernels, (some) => some)).toBe(kernels);
  });
});
