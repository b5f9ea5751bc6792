/** A list of unsigned 32-bit integers that grows: 4 bytes each, where an array of numbers costs 8 or more. */
export class NumberList {
  private numbers = new Uint32Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.numbers.length) {
      const larger = new Uint32Array(this.length * 2);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    this.numbers[this.length++] = value;
  }

  get(index: number): number {
    return this.numbers[index]!;
  }

  set(index: number, value: number): void {
    this.numbers[index] = value;
  }

  /** Empties the list; its room stays. */
  clear(): void {
    this.length = 0;
  }

  /** Returns the numbers so far, without copying: valid until the next `push`. */
  view(): Uint32Array<ArrayBuffer> {
    return this.numbers.subarray(0, this.length);
  }
}
