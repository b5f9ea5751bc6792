import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadKernels, type Kernels } from '../../engine/index.ts';
import { SCRATCH } from '../../engine/kernels/kernels.ts';
import { scalarDot, scalarSquaredL2 } from '../../engine/kernels/scalar/scalar-dot.ts';

const VARIANTS: Kernels['name'][] = ['scalar', 'simd', 'relaxed-simd'];

/** Rows and a query of one dimension. */
const vectors = fc.integer({ min: 1, max: 70 }).chain((dim) =>
  fc.record({
    query: fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: dim, maxLength: dim }),
    rows: fc.array(fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: dim, maxLength: dim }), {
      minLength: 1,
      maxLength: 12,
    }),
  }),
);

describe.each(VARIANTS)('kernels: %s', (variant) => {
  let kernels: Kernels;

  beforeAll(async () => {
    kernels = await loadKernels({ variant, arenaBytes: 1 << 22 });
  });

  function place(address: number, values: ArrayLike<number>): void {
    new Float32Array(kernels.arena.memory.buffer(), address, values.length).set(values);
  }

  function run(name: 'dotRows' | 'l2Rows', query: number[], rows: number[][]): number[] {
    place(SCRATCH.query, query);
    place(SCRATCH.window, rows.flat());
    kernels.functions[name](SCRATCH.query, SCRATCH.window, rows.length, query.length, SCRATCH.scores);
    return [...new Float32Array(kernels.arena.memory.buffer(), SCRATCH.scores, rows.length)];
  }

  it('scores rows as the scalar oracle does', () => {
    fc.assert(
      fc.property(vectors, ({ query, rows }) => {
        const dots = run('dotRows', query, rows);
        const distances = run('l2Rows', query, rows);

        rows.forEach((row, i) => {
          const [a, b] = [Float32Array.from(query), Float32Array.from(row)];
          const expected = [scalarDot(a, b), -scalarSquaredL2(a, b)];
          if (variant === 'relaxed-simd') {
            // Fused multiply-add rounds once where the others round twice.
            expect(dots[i]).toBeCloseTo(expected[0]!, 2);
            expect(distances[i]).toBeCloseTo(expected[1]!, 2);
          } else {
            expect([dots[i], distances[i]]).toEqual(expected.map((value) => value));
          }
        });
      }),
      { numRuns: 200 },
    );
  });

  it('scores chosen rows as it scores all of them', () => {
    const rows = Array.from({ length: 9 }, (_, i) => [i, i * i, -i, 1, 2]);
    const query = [1, 2, 3, 4, 5];
    const chosen = [8, 0, 3];

    for (const [all, some] of [
      ['dotRows', 'dotRowsAt'],
      ['l2Rows', 'l2RowsAt'],
    ] as const) {
      const scores = run(all, query, rows);
      new Uint32Array(kernels.arena.memory.buffer(), SCRATCH.indexes, 3).set(chosen);
      kernels.functions[some](SCRATCH.query, SCRATCH.window, SCRATCH.indexes, 3, 5, 20, SCRATCH.scores);
      const picked = [...new Float32Array(kernels.arena.memory.buffer(), SCRATCH.scores, 3)];

      expect(picked).toEqual(chosen.map((row) => scores[row]));
    }
  });

  it('selects what sorting would select, and the lower row of equals', () => {
    const batches = fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 40 }), { maxLength: 4 });
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 30 }), (groups, k) => {
        let size = 0;
        let base = 0;
        for (const scores of groups) {
          place(SCRATCH.scores, scores);
          size = kernels.functions.pushTop(SCRATCH.scores, 0, base, scores.length, SCRATCH.heap, size, k);
          base += scores.length;
        }
        kernels.functions.sortTop(SCRATCH.heap, size);
        const memory = kernels.arena.memory.buffer();
        const found = Array.from({ length: size }, (_, i) => ({
          score: new Float32Array(memory, SCRATCH.heap + i * 8, 1)[0],
          row: new Uint32Array(memory, SCRATCH.heap + i * 8 + 4, 1)[0],
        }));

        const expected = groups.flat().map((score, row) => ({ score, row }));
        expected.sort((a, b) => b.score - a.score || a.row - b.row);
        expect(found).toEqual(expected.slice(0, k).map(({ score, row }) => ({ score: score + 0, row })));
      }),
      { numRuns: 200 },
    );
  });

  it('hands out areas that do not overlap, within the budget', () => {
    const areas = Array.from({ length: 10 }, (_, i) => ({
      address: kernels.arena.allocate(1000 + i),
      bytes: 1000 + i,
    }));
    const tooLarge = kernels.arena.allocate(1 << 23);
    for (const { address } of areas.filter((_, i) => i % 2 === 0)) kernels.arena.free(address!);
    const again = kernels.arena.allocate(900);

    const sorted = areas.map(({ address }) => address!).sort((a, b) => a - b);
    sorted.slice(1).forEach((address, i) => {
      expect(address - sorted[i]!).toBeGreaterThanOrEqual(1000);
    });
    expect(tooLarge).toBeNull();
    expect(again).toBe(sorted[0]);
    for (const { address } of areas.filter((_, i) => i % 2 === 1)) kernels.arena.free(address!);
    kernels.arena.free(again!);
    expect(kernels.arena.usedBytes()).toBe(0);
  });
});
