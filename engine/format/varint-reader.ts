import { FormatProblem } from './byte-reader.ts';

/** Reads the unsigned LEB128 integers that `ByteWriter.varint` wrote; fails with FormatProblem instead of reading past the end. */
export class VarintReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  next(): number {
    let value = 0;
    for (let shift = 0; shift < 35 && this.at < this.bytes.length; shift += 7) {
      const byte = this.bytes[this.at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new FormatProblem(`a list of integers is cut at ${this.at} of ${this.bytes.length} bytes`);
  }
}
