/** Says what is wrong with stored bytes; the caller that knows the object's key turns it into CorruptData. */
export class FormatProblem extends Error {}

/** Reads little-endian values and fails with FormatProblem instead of reading past the end. The bytes must be aligned to 8. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  take(length: number): Uint8Array {
    if (length < 0 || this.offset + length > this.bytes.length) {
      throw new FormatProblem(
        `it ends at ${this.bytes.length} where ${this.offset + length} bytes are needed`,
      );
    }
    const part = this.bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    return part;
  }

  u32(): number {
    const part = this.take(4);
    return new DataView(part.buffer, part.byteOffset, 4).getUint32(0, true);
  }

  u32Array(count: number): Uint32Array {
    const part = this.take(count * 4);
    return new Uint32Array(part.buffer, part.byteOffset, count);
  }

  f32Array(count: number): Float32Array {
    const part = this.take(count * 4);
    return new Float32Array(part.buffer, part.byteOffset, count);
  }

  f64Array(count: number): Float64Array {
    const part = this.take(count * 8);
    return new Float64Array(part.buffer, part.byteOffset, count);
  }

  align(alignment: number): void {
    const rest = this.offset % alignment;
    if (rest !== 0) this.take(alignment - rest);
  }

  rest(): Uint8Array {
    return this.take(this.bytes.length - this.offset);
  }
}
