/** Bytes that are added piece by piece; its room is used again. */
export class ByteBuffer {
  private bytes = new Uint8Array(1_024);
  private length = 0;

  add(more: Uint8Array): void {
    if (this.length + more.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more.length));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    this.bytes.set(more, this.length);
    this.length += more.length;
  }

  /** Returns what was added since the last time; it is overwritten by what is added next. */
  take(): Uint8Array {
    const { length } = this;
    this.length = 0;
    return this.bytes.subarray(0, length);
  }
}
