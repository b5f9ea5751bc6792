import type { FieldType, MetadataValue } from '../api.ts';
import { Bitmap } from '../format/bitmap.ts';
import { FormatProblem, ByteReader } from '../format/byte-reader.ts';
import { ByteWriter, bytesOf } from '../format/byte-writer.ts';
import { readStringList, writeStringList, type StringList } from '../format/string-list.ts';

/** One metadata field over all rows of a segment, as it is stored. Rows without the field are not in `present`. */
export type Column =
  | { type: 'NUMBER'; present: Bitmap; numbers: Float64Array }
  | { type: 'BOOLEAN'; present: Bitmap; truths: Bitmap }
  | { type: 'STRING'; present: Bitmap; codes: Uint32Array; dictionary: StringList }
  | {
      type: 'STRING_LIST';
      present: Bitmap;
      offsets: Uint32Array;
      codes: Uint32Array;
      dictionary: StringList;
    };

/** The values of one field by row; undefined where a row does not have it. */
export interface ColumnValues {
  type: FieldType;
  values: (MetadataValue | undefined)[];
}

const TYPE_CODES: Record<FieldType, number> = { STRING: 1, NUMBER: 2, BOOLEAN: 3, STRING_LIST: 4 };

/** Returns the metadata type of a value. */
export function fieldTypeOf(value: MetadataValue): FieldType {
  if (typeof value === 'string') return 'STRING';
  if (typeof value === 'number') return 'NUMBER';
  return typeof value === 'boolean' ? 'BOOLEAN' : 'STRING_LIST';
}

/** Writes the column of one field. */
export function encodeColumn({ type, values }: ColumnValues): Uint8Array {
  const present = new Bitmap(values.length);
  values.forEach((value, row) => {
    if (value !== undefined) present.add(row);
  });
  const writer = new ByteWriter().u32(TYPE_CODES[type]).u32(values.length);
  writer.raw(bytesOf(present.words)).align(8);
  if (type === 'NUMBER') {
    writer.raw(bytesOf(Float64Array.from(values, (value) => (typeof value === 'number' ? value : 0))));
  } else if (type === 'BOOLEAN') {
    writer.raw(bytesOf(truthsOf(values).words));
  } else if (type === 'STRING') {
    writeStrings(writer, values as (string | undefined)[]);
  } else {
    writeLists(writer, values as (string[] | undefined)[]);
  }
  return writer.finish();
}

function truthsOf(values: ColumnValues['values']): Bitmap {
  const truths = new Bitmap(values.length);
  values.forEach((value, row) => {
    if (value === true) truths.add(row);
  });
  return truths;
}

function writeStrings(writer: ByteWriter, values: (string | undefined)[]): void {
  const { codeOf, dictionary } = dictionaryOf(values.filter((value) => value !== undefined));
  writer.raw(bytesOf(Uint32Array.from(values, (value) => (value === undefined ? 0 : codeOf(value)))));
  writeStringList(writer, dictionary);
}

function writeLists(writer: ByteWriter, values: (string[] | undefined)[]): void {
  const { codeOf, dictionary } = dictionaryOf(values.flatMap((value) => value ?? []));
  const offsets = new Uint32Array(values.length + 1);
  values.forEach((value, row) => {
    offsets[row + 1] = offsets[row]! + (value?.length ?? 0);
  });
  writer.raw(bytesOf(offsets));
  writer.raw(bytesOf(Uint32Array.from(values.flatMap((value) => value ?? []).map(codeOf))));
  writeStringList(writer, dictionary);
}

function dictionaryOf(values: string[]): { codeOf: (value: string) => number; dictionary: string[] } {
  const dictionary = [...new Set(values)].sort();
  const codes = new Map(dictionary.map((value, code) => [value, code]));
  return { codeOf: (value) => codes.get(value)!, dictionary };
}

/** Reads a column that `encodeColumn` wrote for a segment of `rows` rows. */
export function decodeColumn(bytes: Uint8Array, rows: number): Column {
  const reader = new ByteReader(bytes);
  const code = reader.u32();
  const stated = reader.u32();
  if (stated !== rows) throw new FormatProblem(`a column has ${stated} rows of ${rows}`);
  const present = readBitmap(reader, rows);
  reader.align(8);
  if (code === TYPE_CODES.NUMBER) return { type: 'NUMBER', present, numbers: reader.f64Array(rows) };
  if (code === TYPE_CODES.BOOLEAN) return { type: 'BOOLEAN', present, truths: readBitmap(reader, rows) };
  if (code === TYPE_CODES.STRING) {
    const codes = reader.u32Array(rows);
    const dictionary = readStringList(reader);
    for (const row of present.rows()) checkCode(codes[row]!, dictionary);
    return { type: 'STRING', present, codes, dictionary };
  }
  if (code !== TYPE_CODES.STRING_LIST) throw new FormatProblem(`a column has the unknown type ${code}`);
  return readLists(reader, present, rows);
}

function readLists(reader: ByteReader, present: Bitmap, rows: number): Column {
  const offsets = reader.u32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    if (offsets[row]! > offsets[row + 1]!)
      throw new FormatProblem(`list ${row} of a column has a negative length`);
  }
  const codes = reader.u32Array(offsets[rows]!);
  const dictionary = readStringList(reader);
  for (const code of codes) checkCode(code, dictionary);
  return { type: 'STRING_LIST', present, offsets, codes, dictionary };
}

function readBitmap(reader: ByteReader, rows: number): Bitmap {
  return new Bitmap(rows, reader.u32Array((rows + 31) >>> 5));
}

function checkCode(code: number, dictionary: StringList): void {
  if (code >= dictionary.length)
    throw new FormatProblem(`a column names value ${code} of ${dictionary.length}`);
}

/** Returns the value of one row, or undefined when the row does not have the field. */
export function columnValue(column: Column, row: number): MetadataValue | undefined {
  if (!column.present.has(row)) return undefined;
  if (column.type === 'NUMBER') return column.numbers[row]!;
  if (column.type === 'BOOLEAN') return column.truths.has(row);
  if (column.type === 'STRING') return column.dictionary.get(column.codes[row]!);
  const codes = column.codes.subarray(column.offsets[row], column.offsets[row + 1]);
  return Array.from(codes, (code) => column.dictionary.get(code));
}
