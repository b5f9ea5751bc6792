import { describe, expect, it } from 'vitest';
import type { Metadata } from '../../../../../engine/api.ts';
import { buildMetadata } from '../../../../../functions/ingestion/metadata/build-metadata.ts';
import {
  decideFields,
  type FieldDecision,
  type FieldTypes,
} from '../../../../../functions/ingestion/metadata/decide-fields.ts';
import { FieldCensus, readCell } from '../../../../../functions/ingestion/metadata/field-census.ts';

interface Situation {
  isUntyped?: boolean;
  registered?: FieldTypes;
  file?: Metadata;
}

function decide(
  records: Metadata[],
  { isUntyped = false, registered = {}, file = {} }: Situation = {},
): FieldDecision {
  const census = new FieldCensus(isUntyped);
  for (const record of records) census.observe(record);
  return decideFields(census, registered, file);
}

describe('cells', () => {
  it.each([
    ['12', 12],
    ['-0.5', -0.5],
    ['1e3', 1000],
    ['TRUE', true],
    ['false', false],
    ['007', '007'],
    ['+49 170', '+49 170'],
    ['1,5', '1,5'],
    ['12345678901234567890', '12345678901234567890'],
    ['1e999', '1e999'],
    ['NaN', 'NaN'],
  ])('%j reads as %j', (cell, value) => {
    expect(readCell(cell)).toBe(value);
  });
});

describe('the fields of a file', () => {
  it('get the type that all their values have', () => {
    const { types, notes } = decide([
      { name: 'Saturn', moons: 146, rings: true, tags: ['gas'] },
      { name: 'Mars', moons: 2, rings: false },
    ]);

    expect(types).toEqual({ name: 'STRING', moons: 'NUMBER', rings: 'BOOLEAN', tags: 'STRING_LIST' });
    expect(notes).toEqual([]);
  });

  it('are strings once one value is', () => {
    const records = [{ code: '1' }, { code: '2' }, { code: 'A3' }];

    expect(decide(records, { isUntyped: true }).types).toEqual({ code: 'STRING' });
    expect(decide(records.slice(0, 2), { isUntyped: true }).types).toEqual({ code: 'NUMBER' });
  });

  it('keep the type that the database knows, and it is told what that leaves out', () => {
    const { types, notes } = decide([{ price: 'cheap' }, { price: 3 }, { price: 'dear' }], {
      registered: { price: 'NUMBER' },
    });

    expect(types).toEqual({ price: 'NUMBER' });
    expect(notes).toEqual([
      '2 values of the field "price" cannot be filtered, because the field is of type NUMBER.',
    ]);
  });

  it('are taken in their order while a row has room, and the rest is named', () => {
    const wide = Object.fromEntries(Array.from({ length: 70 }, (_, n) => [`column ${n}`, n]));

    const { types, notes } = decide([wide], { file: { topic: 'sea' } });

    expect(Object.keys(types)).toHaveLength(64);
    expect(types).toMatchObject({ topic: 'STRING', 'column 0': 'NUMBER' });
    expect(notes).toEqual([
      '7 fields cannot be filtered: "column 63", "column 64", "column 65", "column 66", "column 67" and 2 more.',
    ]);
  });

  it('are taken while the database has room', () => {
    const registered = Object.fromEntries(
      Array.from({ length: 255 }, (_, n) => [`f${n}`, 'NUMBER' as const]),
    );

    const { types, notes } = decide([{ f1: 1, first: 1, second: 2 }], { registered });

    expect(types).toEqual({ f1: 'NUMBER', first: 'NUMBER' });
    expect(notes).toEqual(['1 fields cannot be filtered: "second".']);
  });

  it('with names that filters cannot spell are left out', () => {
    const { types, notes } = decide([{ $or: 1, ['x'.repeat(129)]: 1, 'a\nb': 1, constructor: 'c' }]);

    expect(types).toEqual({ constructor: 'STRING' });
    expect(notes[0]).toMatch(/^3 fields cannot be filtered/);
  });
});

describe('the metadata of a chunk', () => {
  it('has typed values for filters, and everything for the record', () => {
    const values = { moons: '146', code: '7', rings: 'true', note: 'y'.repeat(2_000) };
    const types: FieldTypes = { moons: 'NUMBER', code: 'STRING', rings: 'BOOLEAN', note: 'STRING' };

    expect(buildMetadata({}, values, types, true)).toEqual({
      row: { moons: 146, code: '7', rings: true },
      record: { moons: 146, code: '7', rings: true },
    });
  });

  it('coerces to strings, and leaves what cannot be coerced to the record', () => {
    const { row, record } = buildMetadata(
      {},
      { code: 7, price: 'cheap', tags: ['a'] },
      { code: 'STRING', price: 'NUMBER', tags: 'STRING' },
      false,
    );

    expect(row).toEqual({ code: '7' });
    expect(record).toEqual({ code: 7, price: 'cheap', tags: ['a'] });
  });

  it('never lets a record overrule what the owner of the file said', () => {
    const { row, record } = buildMetadata(
      { tenant: '007' },
      { tenant: '8', other: '1' },
      { tenant: 'STRING', other: 'NUMBER' },
      true,
    );

    expect(row).toEqual({ tenant: '007', other: 1 });
    expect(record).toEqual(row);
  });

  it('is not confused by names of members of objects', () => {
    const values = JSON.parse('{"__proto__": "x", "constructor": "c", "toString": "t"}') as Metadata;

    const { row, record } = buildMetadata(
      {},
      values,
      { constructor: 'STRING' } as unknown as FieldTypes,
      false,
    );

    expect(Object.keys(row)).toEqual(['constructor']);
    expect(Object.keys(record).sort()).toEqual(['constructor', 'toString']);
  });
});
