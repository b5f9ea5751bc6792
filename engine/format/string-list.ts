import { FormatProblem, type ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

const encoder = new TextEncoder();

/** Strings in their stored form: decoded one by one, so that a large list costs no more than its bytes. */
export class StringList {
  readonly length: number;
  private readonly offsets: Uint32Array;
  private readonly text: Buffer;

  constructor(offsets: Uint32Array, text: Uint8Array) {
    this.length = offsets.length - 1;
    this.offsets = offsets;
    this.text = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  }

  get(index: number): string {
    return this.text.toString('utf8', this.offsets[index], this.offsets[index + 1]);
  }

  /** Returns all strings. */
  toArray(): string[] {
    return Array.from({ length: this.length }, (_, i) => this.get(i));
  }

  /** Returns the index of `wanted` in an ascending list, or -1. */
  indexOf(wanted: string): number {
    const at = this.lowerBound(wanted);
    return at < this.length && this.get(at) === wanted ? at : -1;
  }

  /** Returns the index of the first string that is not below `wanted` in an ascending list. */
  lowerBound(wanted: string): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.get(middle) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Writes a count, the offsets and the UTF-8 text of a list of strings. */
export function writeStringList(writer: ByteWriter, strings: readonly string[]): void {
  const encoded = strings.map((one) => encoder.encode(one));
  writer.u32(strings.length);
  let offset = 0;
  writer.u32(offset);
  for (const bytes of encoded) writer.u32((offset += bytes.length));
  for (const bytes of encoded) writer.raw(bytes);
}

/** Reads a list that `writeStringList` wrote; its offsets are checked, so that `get` cannot leave the text. */
export function readStringList(reader: ByteReader): StringList {
  const count = reader.u32();
  const offsets = reader.u32Array(count + 1);
  if (offsets[0] !== 0) throw new FormatProblem('a list of strings does not start at 0');
  for (let i = 0; i < count; i++) {
    if (offsets[i]! > offsets[i + 1]!) throw new FormatProblem(`string ${i} of a list has a negative length`);
  }
  return new StringList(offsets, reader.take(offsets[count]!));
}
