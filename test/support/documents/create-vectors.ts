/** Writes rows as fvecs: for each the number of its dimensions, then its numbers. */
export function createFvecs(rows: readonly (readonly number[])[]): Uint8Array {
  return Buffer.concat(
    rows.map((row) => {
      const bytes = Buffer.alloc(4 + row.length * 4);
      bytes.writeInt32LE(row.length, 0);
      for (const [index, value] of row.entries()) bytes.writeFloatLE(value, 4 + index * 4);
      return bytes;
    }),
  );
}

export interface NpySource {
  descr?: string;
  isFortranOrder?: boolean;
  shape: string;
  data: Uint8Array;
}

/** Writes a NumPy file of version 1 with whatever header is asked for. */
export function createNpy({ descr = '<f4', isFortranOrder = false, shape, data }: NpySource): Uint8Array {
  const order = isFortranOrder ? 'True' : 'False';
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + '\n';
  const prefix = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 0, 0]);
  prefix.writeUInt16LE(padded.length, 8);
  return Buffer.concat([prefix, Buffer.from(padded, 'latin1'), data]);
}

/** Returns numbers as the bytes of 32-bit floats, little end first. */
export function floatBytes(numbers: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [index, value] of numbers.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes;
}
