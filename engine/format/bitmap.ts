/** A set of rows, one bit each, in words of 32. */
export class Bitmap {
  readonly size: number;
  readonly words: Uint32Array;

  constructor(size: number, words: Uint32Array = new Uint32Array((size + 31) >>> 5)) {
    this.size = size;
    this.words = words;
  }

  /** Makes a bitmap with every bit set. */
  static full(size: number): Bitmap {
    const bitmap = new Bitmap(size);
    bitmap.words.fill(0xffffffff);
    return bitmap.clearTail();
  }

  has(row: number): boolean {
    return (this.words[row >>> 5]! & (1 << (row & 31))) !== 0;
  }

  add(row: number): void {
    this.words[row >>> 5]! |= 1 << (row & 31);
  }

  remove(row: number): void {
    this.words[row >>> 5]! &= ~(1 << (row & 31));
  }

  copy(): Bitmap {
    return new Bitmap(this.size, this.words.slice());
  }

  /** Returns how many bits are set. */
  count(): number {
    let total = 0;
    for (const word of this.words) total += countBits(word);
    return total;
  }

  /** Returns whether every bit is set. */
  isFull(): boolean {
    const whole = this.size >>> 5;
    for (let i = 0; i < whole; i++) if (this.words[i] !== 0xffff_ffff) return false;
    const rest = this.size & 31;
    return rest === 0 || this.words[whole] === 0xffff_ffff >>> (32 - rest);
  }

  /** Keeps the bits that are also in `other`. */
  and(other: Bitmap): this {
    for (let i = 0; i < this.words.length; i++) this.words[i]! &= other.words[i]!;
    return this;
  }

  /** Adds the bits of `other`. */
  or(other: Bitmap): this {
    for (let i = 0; i < this.words.length; i++) this.words[i]! |= other.words[i]!;
    return this;
  }

  /** Removes the bits of `other`. */
  andNot(other: Bitmap): this {
    for (let i = 0; i < this.words.length; i++) this.words[i]! &= ~other.words[i]!;
    return this;
  }

  /** Flips every bit. */
  invert(): this {
    for (let i = 0; i < this.words.length; i++) this.words[i] = ~this.words[i]!;
    return this.clearTail();
  }

  /** Returns whether every bit of `other` is set here too. */
  contains(other: Bitmap): boolean {
    return other.words.every((word, i) => (word & ~this.words[i]!) === 0);
  }

  /** Returns the set rows in ascending order. */
  rows(): Uint32Array<ArrayBuffer> {
    const rows = new Uint32Array(this.count());
    let at = 0;
    for (let i = 0; i < this.words.length; i++) {
      for (let word = this.words[i]!; word !== 0; word &= word - 1) {
        rows[at++] = (i << 5) + 31 - Math.clz32(word & -word);
      }
    }
    return rows;
  }

  private clearTail(): this {
    const rest = this.size & 31;
    if (rest !== 0) this.words[this.words.length - 1]! &= (1 << rest) - 1;
    return this;
  }
}

function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
