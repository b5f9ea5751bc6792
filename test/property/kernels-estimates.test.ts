import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadKernels, seededRandom, type Kernels } from '../../engine/index.ts';
import {
  ASSIGN_SCRATCH_BYTES,
  CODE_BLOCK,
  uniqueScratchBytes,
  type KernelFunctions,
} from '../../engine/kernels/kernels.ts';
import { gaussianValues, onDesk, randomSigns, type KernelDesk } from '../support/kernel-desk.ts';

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function rowOf(rows: Float32Array, n: number, D: number): Float32Array {
  return rows.subarray(n * D, (n + 1) * D);
}

/** Rows of a few large values among small ones, as embeddings have them: their codes need the rotation. */
function spikyRows(count: number, D: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return gaussianValues(count * D, seed).map(
    (value, i) => value * ((i % D) % 37 === 0 ? 6 : random() < 0.05 ? 3 : 0.3),
  );
}

/** Adds to each row a share of the query, so that scores differ from zero. */
function lean(rows: Float32Array, query: Float32Array): Float32Array {
  const D = query.length;
  return rows.map((value, i) => value + ((Math.floor(i / D) % 5) / 10) * query[i % D]!);
}

function rotated(desk: KernelDesk, rows: Float32Array, D: number): Float32Array {
  const address = desk.place(rows);
  desk.kernels.functions.rotateRows(address, rows.length / D, D, desk.place(randomSigns(4 * D, 11)));
  return desk.floats(address, rows.length);
}

/** Packs codes of rows around a centroid; the ids are the rows' numbers. */
function pack(desk: KernelDesk, rows: Float32Array, centroid: Float32Array, isL2: number): number {
  const D = centroid.length;
  const count = rows.length / D;
  const { encodeCodes, packBlocks } = desk.kernels.functions;
  const [bits, factors] = [desk.room((count * D) / 8), desk.room(count * 8)];
  const lists = desk.place(new Uint32Array(count));
  encodeCodes(desk.place(rows), desk.place(centroid), lists, count, D, isL2, bits, factors);
  const blocks = desk.room(Math.ceil(count / CODE_BLOCK.vectors) * CODE_BLOCK.bytes(D));
  packBlocks(bits, factors, desk.place(Uint32Array.from({ length: count }, (_, n) => n)), count, D, blocks);
  return blocks;
}

function buildTable(desk: KernelDesk, query: Float32Array): { table: number; info: number } {
  const [table, info] = [desk.room(query.length * 4), desk.room(8)];
  desk.kernels.functions.buildTable(desk.place(query), query.length, table, info);
  return { table, info };
}

const VARIANTS: Kernels['name'][] = ['scalar', 'simd', 'relaxed-simd'];

describe.each(VARIANTS)('estimates of kernels: %s', (variant) => {
  let kernels: Kernels;
  let functions: KernelFunctions;

  beforeAll(async () => {
    kernels = await loadKernels({ variant, arenaBytes: 32 << 20 });
    ({ functions } = kernels);
  });

  it.each([8, 24, 96, 384, 1000])('rotation keeps lengths and products and spreads values: %i', (D) => {
    const rows = spikyRows(2, D, D);
    const spike = new Float32Array(D).fill(1, 0, 1);

    const turned = onDesk(kernels, (desk) => rotated(desk, Float32Array.of(...rows, ...spike), D));

    const [a, b, spread] = [0, 1, 2].map((n) => rowOf(turned, n, D)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const size = dot(rowOf(rows, 0, D), rowOf(rows, 0, D));
    expect(dot(a, a) / size).toBeCloseTo(1, 5);
    expect(Math.abs(dot(a, b) - dot(rowOf(rows, 0, D), rowOf(rows, 1, D))) / size).toBeLessThan(1e-5);
    expect(dot(spread, spread)).toBeCloseTo(1, 5);
    if (D >= 96) expect(Math.max(...spread.map(Math.abs))).toBeLessThan(8 / Math.sqrt(D));
  });

  it.each([0, 1])('8-bit scores stay within their rounding, Euclidean %i', (isL2) => {
    const D = 384;
    const stride = isL2 === 1 ? D + 12 : D + 8;
    const [query, rows] = [gaussianValues(D, 1), gaussianValues(50 * D, 2)];

    const scores = onDesk(kernels, (desk) => {
      const [rows8, query7, info, out] = [50 * stride, D, 8, 200].map((bytes) => desk.room(bytes)) as [
        number,
        number,
        number,
        number,
      ];
      functions.quantizeRows8(desk.place(rows), 50, D, rows8, stride);
      functions.quantizeQuery7(desk.place(query), D, query7, info);
      functions.dotRows8(query7, info, rows8, 50, D, stride, out);
      return desk.floats(out, 50);
    });

    scores.forEach((score, n) => {
      const row = rowOf(rows, n, D);
      const exact = isL2 === 1 ? 2 * dot(query, row) - dot(row, row) : dot(query, row);
      // Both sides round by at most half a step of about 0.03 and 0.06; errors of 384 products add up as their root.
      expect(Math.abs(score - exact)).toBeLessThan(6 * 0.03 * Math.sqrt(D) * (1 + isL2));
    });
  });

  it.each([0, 1])('estimates from codes are unbiased and as close as theory says, Euclidean %i', (isL2) => {
    const D = 256;
    const count = 1024;
    const pairs: { estimate: number; exact: number; size: number }[] = [];

    onDesk(kernels, (desk) => {
      const query = rotated(desk, spikyRows(1, D, 3), D);
      const rows = lean(rotated(desk, spikyRows(count, D, 4), D), query);
      const centroid = rotated(desk, spikyRows(1, D, 5), D).map((value) => value * 0.5);
      const blocks = pack(desk, rows, centroid, isL2);
      const { table, info } = buildTable(desk, query);
      const out = desk.room(count * 4);
      const bias = dot(query, centroid) * (1 + isL2);
      functions.scanBlocks(table, info, blocks, count / CODE_BLOCK.vectors, D, bias, out);
      desk.floats(out, count).forEach((estimate, n) => {
        const row = rowOf(rows, n, D);
        const rest = row.map((value, i) => value - centroid[i]!);
        const exact = isL2 === 1 ? 2 * dot(query, row) - dot(row, row) : dot(query, row);
        const size = Math.sqrt(dot(rest, rest) * dot(query, query)) * (1 + isL2);
        pairs.push({ estimate, exact, size });
      });
    });

    const errors = pairs.map(({ estimate, exact, size }) => (estimate - exact) / size);
    const mean = errors.reduce((sum, error) => sum + error, 0) / count;
    const deviation = Math.sqrt(dot(errors, errors) / count);
    // sqrt(pi / 2 - 1) / sqrt(D) for a direction that is independent of the code (Gao and Long, 2024, theorem 3.2).
    const theory = Math.sqrt((Math.PI / 2 - 1) / D);
    expect(deviation).toBeGreaterThan(theory * 0.6);
    expect(deviation).toBeLessThan(theory * 1.2);
    expect(Math.abs(mean)).toBeLessThan((4 * theory) / Math.sqrt(count));
    if (isL2 === 0) {
      const exacts = pairs.map(({ exact }) => exact);
      expect(
        dot(
          pairs.map(({ estimate }) => estimate),
          exacts,
        ) / dot(exacts, exacts),
      ).toBeCloseTo(1, 1);
    }
  });

  it('puts codes, factors and ids where the block layout says', () => {
    const row = Float32Array.of(1, -2, 3, -4, -5, 6, 7, -8);

    const block = onDesk(kernels, (desk) => {
      // Vector 0 and vector 17 alone have positive values.
      const rows = new Float32Array(18 * 8).fill(-1);
      rows.set(row, 0);
      rows.fill(2, 17 * 8);
      return desk.bytes(pack(desk, rows, new Float32Array(8), 0), CODE_BLOCK.bytes(8)).slice();
    });

    const view = new DataView(block.buffer);
    expect([...block.subarray(0, 2)]).toEqual([0b0101, 0xf0]);
    expect([...block.subarray(16, 18)]).toEqual([0b0110, 0xf0]);
    // |r|^2 / sum |r_i| = 204 / 36, and 4 for the row of twos: 32 / 16 = 2.
    expect(view.getFloat32(32, true)).toBeCloseTo(204 / 36, 5);
    expect(view.getFloat32(32 + 17 * 4, true)).toBe(2);
    expect([view.getFloat32(160, true), view.getFloat32(160 + 18 * 4, true)]).toEqual([
      0,
      Math.fround(-3.4e38),
    ]);
    expect([view.getUint32(288 + 17 * 4, true), view.getUint32(288 + 18 * 4, true)]).toEqual([
      17, 0xffffffff,
    ]);
  });

  it('looks the sums of four signed values up', () => {
    const query = Float32Array.of(1, 2, 4, 8, 0, 0, 0, 0.75);

    const { entries, delta, bias } = onDesk(kernels, (desk) => {
      const { table, info } = buildTable(desk, query);
      const [step, offset] = desk.floats(info, 2) as unknown as [number, number];
      return { entries: desk.bytes(table, 32).slice(), delta: step, bias: offset };
    });

    // The widest group spans -15..15; code e of the first group adds up to 2e - 15.
    expect(delta).toBeCloseTo(30 / 255, 6);
    expect(bias).toBe(-15.75);
    expect([...entries.subarray(0, 16)]).toEqual(Array.from({ length: 16 }, (_, e) => e * 17));
    expect([...entries.subarray(16, 32)]).toEqual(Array.from({ length: 16 }, (_, e) => (e < 8 ? 0 : 13)));
  });

  it.each([8, 1024, 1032, 2056, 4096])('adds up the largest entries without overflow: %i', (D) => {
    const scores = onDesk(kernels, (desk) => {
      const blocks = pack(desk, new Float32Array(32 * D).fill(1), new Float32Array(D), 0);
      const { table, info } = buildTable(desk, new Float32Array(D).fill(1));
      const out = desk.room(128);
      functions.scanBlocks(table, info, blocks, 1, D, 0, out);
      return [...desk.floats(out, 32)];
    });

    for (const score of scores) expect(score / D).toBeCloseTo(1, 4);
  });

  it('never offers places without a vector, nor ids that are not allowed', () => {
    const D = 16;
    const allowedIds = [0, 31, 32, 36];
    const words = new Uint32Array(2);
    for (const id of allowedIds) words[id >> 5]! |= 1 << (id & 31);

    const found = onDesk(kernels, (desk) => {
      const blocks = pack(desk, gaussianValues(37 * D, 6), new Float32Array(D), 0);
      const { table, info } = buildTable(desk, gaussianValues(D, 7));
      const [query, zero] = [desk.place(gaussianValues(D, 7)), desk.place(new Float32Array(D))];
      const lists = desk.place(Uint32Array.of(zero, blocks, 2, 0));
      return [0, desk.place(words)].map((allowed) => {
        const heap = desk.room(100 * 8);
        const size = functions.scanLists(query, table, info, lists, 1, D, 0, allowed, heap, 0, 100);
        return [...desk.integers(heap, size * 2)].filter((_, n) => n % 2 === 1).sort((a, b) => a - b);
      });
    });

    expect(found).toEqual([Array.from({ length: 37 }, (_, id) => id), allowedIds]);
  });

  it('keeps the best entry of each id', () => {
    const entries = fc.array(
      fc.record({ score: fc.integer({ min: -9, max: 9 }), id: fc.integer({ min: 0, max: 40 }) }),
      {
        maxLength: 120,
      },
    );
    fc.assert(
      fc.property(entries, (offered) => {
        const found = onDesk(kernels, (desk) => {
          const scores = desk.place(Float32Array.from(offered, ({ score }) => score));
          const ids = desk.place(Uint32Array.from(offered, ({ id }) => id));
          const heap = desk.room(offered.length * 8);
          const size = functions.pushTop(scores, ids, 0, offered.length, heap, 0, offered.length);
          const kept = functions.uniqueTop(heap, size, desk.room(uniqueScratchBytes(size)));
          const [values, integers] = [desk.floats(heap, kept * 2), desk.integers(heap, kept * 2)];
          return Array.from({ length: kept }, (_, n) => ({
            score: values[n * 2]!,
            id: integers[n * 2 + 1]!,
          }));
        });

        const best = new Map<number, number>();
        for (const { score, id } of offered) best.set(id, Math.max(best.get(id) ?? -Infinity, score));
        const expected = [...best].map(([id, score]) => ({ score: score + 0, id }));
        expect(found).toEqual(expected.sort((a, b) => b.score - a.score || a.id - b.id));
      }),
      { numRuns: 100 },
    );
  });

  it.each([0, 1])('assigns rows to their best centroids, Euclidean %i', (isL2) => {
    const [D, count, centroidCount] = [96, 60, 200];
    const centroids = gaussianValues(centroidCount * D, 8);
    // Each row lies near one centroid.
    const rows = gaussianValues(count * D, 9).map(
      (value, i) => value + 0.7 * centroids[(i * 3) % centroids.length]!,
    );
    const scoreOf = (n: number, c: number): number => {
      const centroid = rowOf(centroids, c, D);
      const product = dot(rowOf(rows, n, D), centroid);
      return isL2 === 1 ? 2 * product - dot(centroid, centroid) : product;
    };

    const assigned = onDesk(kernels, (desk) => {
      const blocks = pack(desk, centroids, new Float32Array(D), isL2);
      const [out, scratch] = [desk.room(count * 16), desk.room(ASSIGN_SCRATCH_BYTES)];
      const [from, to] = [desk.place(rows), desk.place(centroids)];
      return [24, centroidCount].map((candidates) => {
        functions.assignRows(from, count, D, blocks, 7, to, centroidCount, isL2, candidates, 2, scratch, out);
        return { ids: desk.integers(out, count * 4), scores: desk.floats(out, count * 4) };
      });
    });

    const [coded, exact] = assigned as [(typeof assigned)[0], (typeof assigned)[0]];
    let agreeing = 0;
    for (let n = 0; n < count; n++) {
      const order = Array.from({ length: centroidCount }, (_, c) => c).sort(
        (a, b) => scoreOf(n, b) - scoreOf(n, a),
      );
      expect([...exact.ids.subarray(n * 4, n * 4 + 2)]).toEqual(order.slice(0, 2));
      expect(exact.scores[n * 4 + 2]! / scoreOf(n, order[0]!)).toBeCloseTo(1, 4);
      if (coded.ids[n * 4] === order[0]) agreeing += 1;
    }
    expect(agreeing / count).toBeGreaterThan(0.9);
  });

  it('leaves places without a centroid empty', () => {
    const answer = onDesk(kernels, (desk) => {
      const [out, scratch] = [desk.room(24), desk.room(ASSIGN_SCRATCH_BYTES)];
      const [row, centroid] = [desk.place(gaussianValues(8, 1)), desk.place(gaussianValues(8, 2))];
      functions.assignRows(row, 1, 8, 0, 0, centroid, 1, 0, 16, 3, scratch, out);
      return { ids: [...desk.integers(out, 3)], scores: [...desk.floats(out + 12, 3)] };
    });

    expect(answer.ids).toEqual([0, 0xffffffff, 0xffffffff]);
    expect(answer.scores.slice(1)).toEqual([-Infinity, -Infinity]);
  });
});
