import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom, type Kernels } from '../../engine/index.ts';
import { ASSIGN_SCRATCH_BYTES, CODE_BLOCK, uniqueScratchBytes } from '../../engine/kernels/kernels.ts';
import {
  gaussianValues,
  loadAllKernels,
  onDesk,
  randomSigns,
  type KernelDesk,
} from '../support/kernel-desk.ts';

const DIMENSIONS = [8, 16, 24, 96, 384, 784, 1024, 4096];
const COUNTS = [0, 1, 31, 32, 33, 1000];
/** Every dimension with every count, but many rows only where the scalar kernels take milliseconds. */
const SIZES = DIMENSIONS.flatMap((D) =>
  COUNTS.filter((count) => (D < 1024 ? count * D < 25_000 : count === 1 || count === 33)).map((count) => ({
    D,
    count,
  })),
);

/** Rows, some of them unusual: zeros, tiny and large values, one value in all places. */
function rowsOf(count: number, D: number): Float32Array {
  const rows = gaussianValues(count * D, count * 7919 + D);
  const spoil: ((value: number) => number)[] = [() => 0, (v) => v * 1e-34, (v) => v * 1e12, () => -2.5];
  spoil.forEach((change, n) => {
    const row = 3 + n * 5;
    if (row < count)
      rows.subarray(row * D, (row + 1) * D).set(rows.subarray(row * D, (row + 1) * D).map(change));
  });
  return rows;
}

function randomIndexes(count: number, below: number, seed: number): Uint32Array {
  const random = seededRandom(seed);
  return Uint32Array.from({ length: count }, () => Math.floor(random() * below));
}

/** Encodes rows around two centroids and packs them; returns all that was written. */
function encode(desk: KernelDesk, rows: Float32Array, D: number, isL2: number) {
  const count = rows.length / D;
  const { encodeCodes, packBlocks } = desk.kernels.functions;
  const centroids = desk.place(gaussianValues(2 * D, 5));
  const lists = desk.place(randomIndexes(count, 2, 3));
  const bits = desk.room((count * D) / 8);
  const factors = desk.room(count * 8);
  encodeCodes(desk.place(rows), centroids, lists, count, D, isL2, bits, factors);
  const ids = desk.place(Uint32Array.from({ length: count }, (_, n) => n * 3));
  const blockCount = Math.ceil(count / CODE_BLOCK.vectors);
  const blocks = desk.room(blockCount * CODE_BLOCK.bytes(D));
  packBlocks(bits, factors, ids, count, D, blocks);
  return { bits, factors, blocks, blockCount };
}

function tableOf(desk: KernelDesk, D: number): { query: number; table: number; info: number } {
  const query = desk.place(gaussianValues(D, D + 1));
  const table = desk.room(D * 4);
  const info = desk.room(8);
  desk.kernels.functions.buildTable(query, D, table, info);
  return { query, table, info };
}

describe('kernels in all variants', () => {
  let variants: Kernels[];

  beforeAll(async () => {
    variants = await loadAllKernels(64 << 20);
  });

  /** Runs the scenario in every variant and compares what it returns with what the scalar kernels return. */
  function agree(scenario: (desk: KernelDesk) => Record<string, Uint8Array | number>): void {
    const [expected, ...others] = variants.map((kernels) =>
      onDesk(kernels, (desk) => {
        const parts = Object.entries(scenario(desk));
        return parts.map(
          ([name, part]) => [name, typeof part === 'number' ? part : Buffer.from(part)] as const,
        );
      }),
    );
    for (const [n, found] of others.entries()) {
      const wrong = found.flatMap(([name, part], i) => {
        const twin = expected![i]![1];
        if (typeof part === 'number') return part === twin ? [] : [`${name}: ${part}`];
        const at = part.findIndex((byte, j) => byte !== (twin as Buffer)[j]);
        return at === -1 ? [] : [`${name}: byte ${at}`];
      });
      expect(wrong, `${variants[n + 1]!.name} differs from scalar`).toEqual([]);
    }
  }

  it.each(SIZES)('score f32 rows alike, up to fused rounding: $count rows of $D', ({ D, count }) => {
    // Odd numbers of values leave a rest to every unrolled loop.
    for (const dim of [D, D - 3]) {
      const query = gaussianValues(dim, 1);
      const rows = gaussianValues(count * dim, 2);
      const scores = variants.map((kernels) =>
        onDesk(kernels, (desk) => {
          const { dotRows, l2Rows, dotRowsAt, l2RowsAt } = kernels.functions;
          const [from, to, indexes] = [
            desk.place(query),
            desk.place(rows),
            desk.place(randomIndexes(count, count, 4)),
          ];
          const out = [0, 1, 2, 3].map(() => desk.room(count * 4)) as [number, number, number, number];
          dotRows(from, to, count, dim, out[0]);
          l2Rows(from, to, count, dim, out[1]);
          dotRowsAt(from, to, indexes, count, dim, dim * 4, out[2]);
          l2RowsAt(from, to, indexes, count, dim, dim * 4, out[3]);
          return out.flatMap((address) => [...desk.floats(address, count)]);
        }),
      );

      const [scalar, simd, relaxed] = scores as [number[], number[], number[]];
      expect(simd).toEqual(scalar);
      // 1e-5 of the size that a sum of this many products has.
      const wrong = relaxed.filter((score, n) => Math.abs(score - scalar[n]!) > 1e-5 * 4 * dim);
      expect(wrong).toEqual([]);
    }
  });

  it.each(SIZES)('rotate and normalize alike: $count rows of $D', ({ D, count }) => {
    agree((desk) => {
      const rows = desk.place(rowsOf(count, D));
      const signs = desk.place(randomSigns(4 * D, D));
      const { rotateRows, normalizeRows } = desk.kernels.functions;
      rotateRows(rows, count, D, signs);
      const rotated = desk.bytes(rows, count * D * 4).slice();
      normalizeRows(rows, count, D);
      return { rotated, normalized: desk.bytes(rows, count * D * 4) };
    });
  });

  it.each(SIZES)('quantize and score 8-bit rows alike: $count rows of $D', ({ D, count }) => {
    for (const stride of [D + 8, D + 12]) {
      agree((desk) => {
        const kernels = desk.kernels.functions;
        const rows8 = desk.room(count * stride);
        kernels.quantizeRows8(desk.place(rowsOf(count, D)), count, D, rows8, stride);
        const query7 = desk.room(D);
        const info = desk.room(8);
        kernels.quantizeQuery7(desk.place(gaussianValues(D, D)), D, query7, info);
        const [scores, chosen] = [desk.room(count * 4), desk.room(count * 4)];
        kernels.dotRows8(query7, info, rows8, count, D, stride, scores);
        const indexes = desk.place(randomIndexes(count, count, 9));
        kernels.dotRows8At(query7, info, rows8, indexes, count, D, stride, chosen);
        return {
          rows8: desk.bytes(rows8, count * stride),
          query7: desk.bytes(query7, D),
          info: desk.bytes(info, 8),
          scores: desk.bytes(scores, count * 4),
          chosen: desk.bytes(chosen, count * 4),
        };
      });
    }
  });

  it.each(SIZES)('encode, pack and scan codes alike: $count rows of $D', ({ D, count }) => {
    for (const isL2 of [0, 1]) {
      agree((desk) => {
        const { bits, factors, blocks, blockCount } = encode(desk, rowsOf(count, D), D, isL2);
        const { table, info } = tableOf(desk, D);
        const scores = desk.room(blockCount * 128);
        desk.kernels.functions.scanBlocks(table, info, blocks, blockCount, D, 0.25, scores);
        return {
          bits: desk.bytes(bits, (count * D) / 8),
          factors: desk.bytes(factors, count * 8),
          blocks: desk.bytes(blocks, blockCount * CODE_BLOCK.bytes(D)),
          table: desk.bytes(table, D * 4),
          info: desk.bytes(info, 8),
          scores: desk.bytes(scores, blockCount * 128),
        };
      });
    }
  });

  it.each(SIZES)('select from lists alike: $count rows of $D', ({ D, count }) => {
    for (const [k, isFiltered] of [
      [1, false],
      [40, false],
      [40, true],
      [2000, true],
    ] as const) {
      agree((desk) => {
        const { blocks, blockCount } = encode(desk, rowsOf(count, D), D, 0);
        const { query, table, info } = tableOf(desk, D);
        const centroids = [1, 2].map((seed) => desk.place(gaussianValues(D, seed)));
        const entries = centroids.flatMap((centroid) => [centroid, blocks, blockCount, 0]);
        const lists = desk.place(Uint32Array.from(entries));
        const isL2 = isFiltered ? 1 : 0;
        const allowed = isFiltered ? desk.place(randomIndexes(128, 2 ** 32, 4)) : 0;
        const heap = desk.room(k * 8);
        const { scanLists, sortTop, uniqueTop } = desk.kernels.functions;
        const size = scanLists(query, table, info, lists, 2, D, isL2, allowed, heap, 0, k);
        const copy = desk.place(desk.bytes(heap, size * 8));
        sortTop(heap, size);
        const kept = uniqueTop(copy, size, desk.room(uniqueScratchBytes(size)));
        const counted = isFiltered ? desk.kernels.functions.countAllowed(blocks, blockCount, D, allowed) : 0;
        const unique = desk.bytes(copy, kept * 8);
        return { size, sorted: desk.bytes(heap, size * 8), kept, unique, counted };
      });
    }
  });

  it.each([0, 1, 40, 999])('measure scores and select the best of %i alike', (count) => {
    agree((desk) => {
      const { measureScores, pushAbove, sortTop } = desk.kernels.functions;
      const scores = desk.place(gaussianValues(count, 5));
      const ids = desk.place(
        Uint32Array.from({ length: count }, (_, n) => (n % 5 === 2 ? CODE_BLOCK.noId : n)),
      );
      const [out, heap] = [desk.room(8), desk.room(16 * 8)];
      measureScores(scores, ids, count, out);
      const size = pushAbove(scores, ids, count, 0.3, heap, 0, 16);
      sortTop(heap, size);
      return { measured: desk.bytes(out, 8), size, sorted: desk.bytes(heap, size * 8) };
    });
  });

  it.each(SIZES)('assign and add rows alike: $count rows of $D', ({ D, count }) => {
    // The scalar kernels take long for wide rows.
    const centroidCount = D < 1024 ? 70 : 35;
    const blockCount = Math.ceil(centroidCount / CODE_BLOCK.vectors);
    for (const [isL2, candidates] of [
      [0, 7],
      [1, 7],
      [0, centroidCount],
      [1, 100],
    ] as const) {
      agree((desk) => {
        const kernels = desk.kernels.functions;
        const rows = desk.place(rowsOf(count, D));
        const centroids = desk.place(gaussianValues(centroidCount * D, 2));
        const bits = desk.room((centroidCount * D) / 8);
        const factors = desk.room(centroidCount * 8);
        const zero = desk.place(new Float32Array(D));
        const lists = desk.place(new Uint32Array(centroidCount));
        kernels.encodeCodes(centroids, zero, lists, centroidCount, D, isL2, bits, factors);
        const ids = desk.place(Uint32Array.from({ length: centroidCount }, (_, n) => n));
        const blocks = desk.room(blockCount * CODE_BLOCK.bytes(D));
        kernels.packBlocks(bits, factors, ids, centroidCount, D, blocks);
        const [out, scratch] = [desk.room(count * 16), desk.room(ASSIGN_SCRATCH_BYTES)];
        const { assignRows } = kernels;
        assignRows(
          rows,
          count,
          D,
          blocks,
          blockCount,
          centroids,
          centroidCount,
          isL2,
          candidates,
          2,
          scratch,
          out,
        );
        const sums = desk.place(new Float32Array(centroidCount * D));
        const counts = desk.place(new Uint32Array(centroidCount));
        kernels.addRows(rows, out, 16, count, D, sums, counts);
        return {
          out: desk.bytes(out, count * 16),
          sums: desk.bytes(sums, centroidCount * D * 4),
          counts: desk.bytes(counts, centroidCount * 4),
        };
      });
    }
  });
});
