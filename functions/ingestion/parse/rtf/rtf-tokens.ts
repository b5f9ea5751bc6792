/** One token of RTF. */
export type RtfToken =
  | { kind: 'open' }
  | { kind: 'close' }
  | { kind: 'word'; word: string; value: number | null }
  | { kind: 'byte'; byte: number }
  | { kind: 'text'; bytes: Uint8Array };

const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const QUOTE = 0x27;
const MINUS = 0x2d;
const SPACE = 0x20;
const MAX_WORD = 32;
const MAX_DIGITS = 10;

function isLetter(byte: number): boolean {
  return (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90);
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

/** Reads a file of RTF token by token, each byte once; binary data is stepped over by its declared length. */
export class RtfTokens {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  next(): RtfToken | null {
    this.skipLineBreaks();
    const byte = this.peek();
    if (this.at >= this.bytes.length) return null;
    if (byte === OPEN || byte === CLOSE) {
      this.at++;
      return byte === OPEN ? { kind: 'open' } : { kind: 'close' };
    }
    return byte === BACKSLASH ? this.readControl() : this.readText();
  }

  private peek(): number {
    return this.bytes[this.at] ?? -1;
  }

  private skipLineBreaks(): void {
    while (this.peek() === 10 || this.peek() === 13) this.at++;
  }

  private readText(): RtfToken {
    const start = this.at;
    for (let byte = this.peek(); this.at < this.bytes.length; byte = this.peek()) {
      if (byte === BACKSLASH || byte === OPEN || byte === CLOSE || byte === 10 || byte === 13) break;
      this.at++;
    }
    return { kind: 'text', bytes: this.bytes.subarray(start, this.at) };
  }

  private readControl(): RtfToken {
    this.at++;
    const byte = this.peek();
    if (isLetter(byte)) return this.readWord();
    this.at++;
    if (byte !== QUOTE) return { kind: 'word', word: String.fromCharCode(Math.max(0, byte)), value: null };
    const hex = String.fromCharCode(this.bytes[this.at] ?? 0, this.bytes[this.at + 1] ?? 0);
    this.at += 2;
    const value = Number.parseInt(hex, 16);
    return { kind: 'byte', byte: Number.isNaN(value) ? SPACE : value };
  }

  private readWord(): RtfToken {
    const start = this.at;
    while (isLetter(this.peek()) && this.at - start < MAX_WORD) this.at++;
    const word = Buffer.from(this.bytes.subarray(start, this.at)).toString('latin1');
    const value = this.readNumber();
    if (this.peek() === SPACE) this.at++;
    if (word === 'bin' && value !== null && value > 0) this.at += value;
    return { kind: 'word', word, value };
  }

  private readNumber(): number | null {
    const start = this.at;
    if (this.peek() === MINUS) this.at++;
    const digits = this.at;
    while (isDigit(this.peek()) && this.at - digits < MAX_DIGITS) this.at++;
    if (this.at === digits) {
      this.at = start;
      return null;
    }
    return Number(Buffer.from(this.bytes.subarray(start, this.at)).toString('latin1'));
  }
}
