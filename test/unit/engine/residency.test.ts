import { describe, expect, it } from 'vitest';
import { Bitmap } from '../../../engine/format/bitmap.ts';
import { loadKernels } from '../../../engine/index.ts';
import { takeBest } from '../../../engine/query/rank-lists.ts';
import { createVectorResidency } from '../../../engine/segment/vector-residency.ts';

const MB = 1 << 20;

describe('vector residency', () => {
  it('evicts nothing for what cannot fit', async () => {
    const kernels = await loadKernels({ arenaBytes: 64 * MB });
    const vectors = createVectorResidency(kernels, 32 * MB);
    const pinned = vectors.reserve('pinned', { bytes: 6 * MB, units: 1 })!;
    pinned.pins += 1;
    vectors.reserve('other', { bytes: 10 * MB, units: 1 });

    expect(vectors.reserve('large', { bytes: 30 * MB, units: 1 })).toBeNull();
    expect(vectors.find('other')).not.toBeNull();
    expect(vectors.usedBytes()).toBe(16 * MB);
  });

  it('takes no room from what is needed for what is spare', async () => {
    const kernels = await loadKernels({ arenaBytes: 64 * MB });
    const vectors = createVectorResidency(kernels, 32 * MB);
    vectors.reserve('codes', { bytes: 20 * MB, units: 1 });

    expect(vectors.reserve('records', { bytes: 20 * MB, units: 1, isSpare: true })).toBeNull();
    expect(vectors.reserve('records', { bytes: 10 * MB, units: 1, isSpare: true })).not.toBeNull();
    expect(vectors.reserve('more codes', { bytes: 8 * MB, units: 1 })).not.toBeNull();
    expect(vectors.find('records')).toBeNull();
    expect(vectors.find('codes')).not.toBeNull();
  });

  it('gives room to work', async () => {
    const kernels = await loadKernels({ arenaBytes: 16 * MB });
    const vectors = createVectorResidency(kernels, 16 * MB);
    vectors.reserve('codes', { bytes: 12 * MB, units: 1 });

    const address = kernels.arena.allocateForWork(10 * MB);

    expect(address).not.toBeNull();
    expect(vectors.find('codes')).toBeNull();
  });
});

describe('bitmap', () => {
  it('knows when every bit is set, whatever its size', () => {
    for (let size = 1; size <= 130; size++) {
      const bitmap = Bitmap.full(size);
      expect(bitmap.isFull(), String(size)).toBe(true);
      bitmap.remove(size - 1);
      expect(bitmap.isFull(), String(size)).toBe(false);
    }
  });
});

describe('ranking', () => {
  it('orders more ties than a call takes arguments', async () => {
    const rows = Array.from({ length: 140_000 }, (_, i) => ({
      segment: i % 14,
      row: Math.floor(i / 14),
      score: 1,
      distance: null,
    }));

    const best = await takeBest(rows, 3, (tied) =>
      Promise.resolve(tied.map(({ segment, row }) => String(row * 14 + segment).padStart(6, '0'))),
    );

    expect(best.map(({ segment, row }) => [segment, row])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
  });
});
