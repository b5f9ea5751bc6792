import { describe, expect, it } from 'vitest';
import type { Metric, Row } from '../../../engine/api.ts';
import { checkRow, openDatabase } from '../../../engine/index.ts';
import { kernels, makeRow, openTestDatabase, PREFIX } from '../../support/engine-database.ts';

const config: { dimension: number; metric: Metric } = { dimension: 2, metric: 'COSINE' };

describe('row check', () => {
  it('accepts a plain row, and values at the bounds', () => {
    const row = makeRow('x'.repeat(512), [1e15, -1e-30], {
      metadata: { s: '', n: -0, b: false, l: [] },
      text: '',
    });

    expect(checkRow(row, config, { s: 'STRING', other: 'NUMBER' })).toEqual([]);
  });

  it.each<[string, Partial<Row> | { values: unknown }, object]>([
    ['an empty id', { id: '' }, { field: 'id' }],
    ['a long id', { id: 'x'.repeat(513) }, { field: 'id', actual: 513, limit: 512 }],
    ['an id with control characters', { id: 'a\u0000b' }, { field: 'id' }],
    ['an id with a lone surrogate', { id: 'a\ud800' }, { field: 'id' }],
    ['a file id with a lone surrogate', { fileId: 'f\ud800' }, { field: 'fileId' }],
    ['a long address', { address: 'x'.repeat(4097) }, { field: 'address' }],
    ['an empty file id', { fileId: '' }, { field: 'fileId' }],
    ['a fractional version', { fileVersion: 1.5 }, { field: 'fileVersion' }],
    [
      'too few values',
      { values: Float32Array.of(1) },
      { field: 'values', code: 'DIMENSION_MISMATCH', actual: 1, limit: 2 },
    ],
    ['a plain array', { values: [1, 2] }, { field: 'values' }],
    ['NaN', { values: Float32Array.of(1, NaN) }, { field: 'values[1]', actual: 'NaN' }],
    ['infinity', { values: Float32Array.of(-Infinity, 1) }, { field: 'values[0]' }],
    ['values that would overflow', { values: Float32Array.of(1e16, 1) }, { field: 'values[0]' }],
    ['zeros under cosine', { values: Float32Array.of(0, -0) }, { field: 'values' }],
    ['an endless text', { text: 'x'.repeat(1_000_001) }, { field: 'text', limit: 1_000_000 }],
    [
      'too many fields',
      { metadata: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}`, 1])) },
      { field: 'metadata' },
    ],
    ['an empty field name', { metadata: { '': 1 } }, { field: 'metadata.' }],
    ['a field name with a dollar', { metadata: { $or: 1 } }, { field: 'metadata.$or' }],
    [
      'a reserved field name',
      { metadata: JSON.parse('{"__proto__": 1}') as Row['metadata'] },
      { field: 'metadata.__proto__' },
    ],
    ['null as a value', { metadata: { a: null as unknown as string } }, { field: 'metadata.a' }],
    ['an object as a value', { metadata: { a: {} as unknown as string } }, { field: 'metadata.a' }],
    ['a number in a list', { metadata: { a: [1] as unknown as string[] } }, { field: 'metadata.a' }],
    ['a NaN value', { metadata: { a: NaN } }, { field: 'metadata.a' }],
    ['a long string', { metadata: { a: 'x'.repeat(4097) } }, { field: 'metadata.a' }],
    ['a long list', { metadata: { a: new Array<string>(257).fill('') } }, { field: 'metadata.a' }],
    [
      'another type than before',
      { metadata: { year: 'x' } },
      { field: 'metadata.year', actual: 'STRING', limit: 'NUMBER' },
    ],
  ])('names %s', (_, change, info) => {
    const problems = checkRow({ ...makeRow('a', [1, 0]), ...change } as Row, config, { year: 'NUMBER' });

    expect(problems).toMatchObject([{ info }]);
  });

  it('names every problem of a row', () => {
    const row = makeRow('', [0, 0], { metadata: { $a: 1, b: Infinity } });

    expect(checkRow(row, config).map(({ info }) => info.field)).toEqual([
      'id',
      'values',
      'metadata.$a',
      'metadata.b',
    ]);
  });
});

describe('writing a segment', () => {
  it('names the row and the field of a problem', async () => {
    const { database } = openTestDatabase();
    const rows = [makeRow('a', [1, 0]), makeRow('b', [1, NaN])];

    await expect(database.writeSegment(rows)).rejects.toMatchObject({
      kind: 'InvalidInput',
      message:
        'Row 1 (id "b"): the value at position 1 is NaN; it must be a finite number of at most 1000000000000000 in magnitude.',
      info: { field: 'rows[1].values[1]' },
    });
  });

  it('refuses an id twice, a field with two types, and no rows', async () => {
    const { database } = openTestDatabase();
    const twice = [makeRow('a', [1, 0]), makeRow('a', [0, 1])];
    const types = [
      makeRow('a', [1, 0], { metadata: { n: 1 } }),
      makeRow('b', [1, 0], { metadata: { n: 'x' } }),
    ];

    await expect(database.writeSegment(twice)).rejects.toMatchObject({
      kind: 'InvalidInput',
      info: { field: 'rows[1].id' },
    });
    await expect(database.writeSegment(types)).rejects.toMatchObject({
      info: { field: 'rows[1].metadata.n' },
    });
    await expect(database.writeSegment([])).rejects.toMatchObject({ kind: 'InvalidInput' });
  });
});

describe('opening a database', () => {
  it.each([
    { dimension: 0 },
    { dimension: 4097 },
    { dimension: 1.5 },
    { metric: 'MANHATTAN' as Metric },
    { prefix: 'no-slash' },
  ])('refuses %j', (wrong) => {
    const { store, pointer } = openTestDatabase();
    const open = () =>
      openDatabase({ store, pointer, kernels, config: { ...config, prefix: PREFIX, ...wrong } });

    expect(open).toThrow(expect.objectContaining({ kind: 'InvalidInput' }));
  });
});
