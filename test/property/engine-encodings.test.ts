import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitmap } from '../../engine/format/bitmap.ts';
import { columnValue, decodeColumn, encodeColumn, type ColumnValues } from '../../engine/index/column.ts';
import { estimateDistinct, mergeSketches, sketchOf } from '../../engine/index/distinct-sketch.ts';
import { decodeTombstones, encodeTombstones } from '../../engine/manifest/tombstones.ts';

const sets = fc
  .integer({ min: 1, max: 200 })
  .chain((size) => fc.record({ size: fc.constant(size), a: subset(size), b: subset(size) }));

function subset(size: number): fc.Arbitrary<number[]> {
  return fc
    .uniqueArray(fc.integer({ min: 0, max: size - 1 }), { maxLength: size })
    .map((rows) => rows.sort((x, y) => x - y));
}

function bitmapOf(size: number, rows: number[]): Bitmap {
  const bitmap = new Bitmap(size);
  for (const row of rows) bitmap.add(row);
  return bitmap;
}

describe('bitmaps', () => {
  it('are sets of rows', () => {
    fc.assert(
      fc.property(sets, ({ size, a, b }) => {
        const [x, y] = [bitmapOf(size, a), bitmapOf(size, b)];

        expect([...x.rows()]).toEqual(a);
        expect(x.count()).toBe(a.length);
        expect([...x.copy().and(y).rows()]).toEqual(a.filter((row) => b.includes(row)));
        expect([...x.copy().or(y).rows()]).toEqual([...new Set([...a, ...b])].sort((m, n) => m - n));
        expect([...x.copy().andNot(y).rows()]).toEqual(a.filter((row) => !b.includes(row)));
        expect(x.copy().invert().count()).toBe(size - a.length);
        expect(x.contains(y)).toBe(b.every((row) => a.includes(row)));
        expect(Bitmap.full(size).count()).toBe(size);
      }),
    );
  });

  it('survive as tombstones', () => {
    fc.assert(
      fc.property(sets, ({ size, a }) => {
        const text = encodeTombstones(bitmapOf(size, a));

        expect([...decodeTombstones(text, size).rows()]).toEqual(a);
        expect(text.length).toBeLessThanOrEqual(Math.ceil((1 + Math.ceil(size / 32) * 4) / 3) * 4);
      }),
    );
  });

  it('are short as tombstones when few rows are dead', () => {
    expect(encodeTombstones(bitmapOf(100_000, [5, 99_000])).length).toBeLessThan(10);
  });
});

describe('columns', () => {
  const columns: fc.Arbitrary<ColumnValues> = fc.oneof(
    fc.record({
      type: fc.constant('STRING' as const),
      values: fc.array(fc.option(fc.string(), { nil: undefined })),
    }),
    fc.record({
      type: fc.constant('NUMBER' as const),
      values: fc.array(fc.option(fc.double({ noNaN: true }), { nil: undefined })),
    }),
    fc.record({
      type: fc.constant('BOOLEAN' as const),
      values: fc.array(fc.option(fc.boolean(), { nil: undefined })),
    }),
    fc.record({
      type: fc.constant('STRING_LIST' as const),
      values: fc.array(fc.option(fc.array(fc.string(), { maxLength: 4 }), { nil: undefined })),
    }),
  );

  it('survive with every value and every gap', () => {
    fc.assert(
      fc.property(columns, (column) => {
        const rows = column.values.length;

        const read = decodeColumn(encodeColumn(column), rows);

        expect(Array.from({ length: rows }, (_, row) => columnValue(read, row))).toEqual(column.values);
      }),
    );
  });
});

describe('distinct counts', () => {
  const values = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 80 });

  it('merge as the values would', () => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(mergeSketches(sketchOf(a), sketchOf(b))).toEqual(sketchOf([...a, ...b]));
      }),
    );
  });

  it('are exact while few, and near when many', () => {
    expect(estimateDistinct(sketchOf([1, 2, 2, '2', true, ['x', 'x', 'y']]))).toBe(6);
    expect(estimateDistinct(sketchOf(Array.from({ length: 31 }, (_, i) => `v${i}`)))).toBe(31);
    for (const count of [100, 1000, 20_000]) {
      const estimate = estimateDistinct(sketchOf(Array.from({ length: count }, (_, i) => `value ${i}`)));
      expect(Math.abs(estimate / count - 1), `of ${count}`).toBeLessThan(0.6);
    }
  });
});
