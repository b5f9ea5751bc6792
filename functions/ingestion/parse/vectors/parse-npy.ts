import { type ParsedFile, type Section } from '../section.ts';
import { readWhole, type SourceFile } from '../source-file.ts';
import { bareVector, checkShape, readFixedRows, wrongSize } from './fixed-rows.ts';
import { type NpyHeader, readNpyHeader } from './npy-header.ts';
import { toVector } from './vector-values.ts';

type ReadNumber = (view: DataView, at: number, isLittleEndian: boolean) => number;

const READERS: Record<string, ReadNumber> = {
  f2: (view, at, order) => view.getFloat16(at, order),
  f4: (view, at, order) => view.getFloat32(at, order),
  f8: (view, at, order) => view.getFloat64(at, order),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, order) => view.getInt16(at, order),
  i4: (view, at, order) => view.getInt32(at, order),
  i8: (view, at, order) => Number(view.getBigInt64(at, order)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, order) => view.getUint16(at, order),
  u4: (view, at, order) => view.getUint32(at, order),
  b1: (view, at) => view.getUint8(at),
};

function bytesOf(type: string): number {
  return Number(type.slice(1));
}

async function* readRows(file: SourceFile, header: NpyHeader): AsyncGenerator<Section> {
  const { type, isLittleEndian, columns, dataOffset } = header;
  const read = READERS[type];
  if (!read) throw new Error(`No reader for numbers of the type "${type}".`);
  const width = bytesOf(type);
  let row = 0;
  for await (const view of readFixedRows(file, { skip: dataOffset, rowBytes: columns * width })) {
    const numbers = Array.from({ length: columns }, (_, index) => read(view, index * width, isLittleEndian));
    yield bareVector(toVector(numbers, `row ${row}`), row);
    row++;
  }
}

/** Fortran's order keeps the first numbers of all rows together, so the whole array has to be there. */
async function* readColumns(file: SourceFile, header: NpyHeader): AsyncGenerator<Section> {
  const { type, isLittleEndian, rows, columns, dataOffset } = header;
  const bytes = await readWhole(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = READERS[type];
  if (!read) throw new Error(`No reader for numbers of the type "${type}".`);
  const width = bytesOf(type);
  for (let row = 0; row < rows; row++) {
    const numbers = Array.from({ length: columns }, (_, column) =>
      read(view, dataOffset + (column * rows + row) * width, isLittleEndian),
    );
    yield bareVector(toVector(numbers, `row ${row}`), row);
  }
}

/** Parses a NumPy array of two dimensions: each row is a record that is its own vector. */
export async function parseNpy(file: SourceFile, checkWhole: () => void): Promise<ParsedFile> {
  const header = readNpyHeader(await file.readSample());
  const { rows, columns, type, dataOffset, isFortranOrder } = header;
  checkShape(rows, columns);
  const expected = dataOffset + rows * columns * bytesOf(type);
  if (file.sizeBytes !== expected) throw wrongSize('NumPy file', file.sizeBytes, expected);
  if (isFortranOrder) checkWhole();
  const sections = isFortranOrder ? readColumns(file, header) : readRows(file, header);
  return { sections, hasUntypedValues: false, notes: [] };
}
