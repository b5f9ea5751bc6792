import { IngestionFailure } from '../../ingestion-failure.ts';

/** How the bytes after the header are numbers. */
export interface NpyHeader {
  dataOffset: number;
  /** Letters of NumPy: the kind of number and its bytes, such as `f4`. */
  type: string;
  isLittleEndian: boolean;
  isFortranOrder: boolean;
  rows: number;
  columns: number;
}

const SUPPORTED = new Set(['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'b1']);
const PREFIX_BYTES = 8;
const MAX_HEADER_BYTES = 64 * 1024;

function damaged(problem: string): IngestionFailure {
  return new IngestionFailure('CORRUPT_DATA', `The NumPy file is damaged: ${problem}.`);
}

function readShape(header: string): number[] {
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1];
  if (shape === undefined) throw damaged('its header names no shape');
  const sizes = shape
    .split(',')
    .map((each) => each.trim().replace(/L$/, ''))
    .filter((each) => each !== '');
  if (!sizes.every((each) => /^\d{1,15}$/.test(each))) throw damaged(`its shape is (${shape.slice(0, 60)})`);
  return sizes.map(Number);
}

function readType(header: string): { type: string; isLittleEndian: boolean } {
  const described = /'descr'\s*:\s*'([<>|=]?)(\w+)'/.exec(header);
  const [, order, type = ''] = described ?? [];
  if (SUPPORTED.has(type)) return { type, isLittleEndian: order !== '>' };
  const found = described ? `'${type}'` : 'of several fields';
  const message = `The NumPy array has elements ${found}; arrays of numbers are read (${[...SUPPORTED].join(', ')}). Objects are never unpickled.`;
  throw new IngestionFailure('UNSUPPORTED_FILE', message);
}

/** Reads the header of a NumPy array from the first bytes of its file. */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREFIX_BYTES + 4) throw damaged('it ends within its header');
  const isOld = bytes[6] === 1;
  const length = isOld ? view.getUint16(PREFIX_BYTES, true) : view.getUint32(PREFIX_BYTES, true);
  const start = PREFIX_BYTES + (isOld ? 2 : 4);
  if (length > MAX_HEADER_BYTES || start + length > bytes.length)
    throw damaged(`its header is said to have ${length} bytes`);
  const header = Buffer.from(bytes.subarray(start, start + length)).toString('latin1');
  const [rows = 1, columns = 1, ...more] = readShape(header);
  if (more.length > 0 || readShape(header).length < 2) {
    const message = `The NumPy array has ${readShape(header).length} dimensions; a list of vectors has 2.`;
    throw new IngestionFailure('VALIDATION', message);
  }
  const isFortranOrder = /'fortran_order'\s*:\s*True/.test(header);
  return { dataOffset: start + length, ...readType(header), isFortranOrder, rows, columns };
}
