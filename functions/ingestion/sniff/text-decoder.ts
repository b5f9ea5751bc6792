/** Turns bytes into text; what is not of the encoding becomes U+FFFD. */
export interface Decoder {
  decode(bytes: Uint8Array, options: { stream: boolean }): string;
}

const BYTE_ORDER_MARK = 0xfeff;
const REPLACEMENT = 0xfffd;
const LAST_CODE_POINT = 0x10ffff;
/** So many characters become text at once; more would be too many arguments for one call. */
const BATCH = 4_096;

function isCharacter(code: number): boolean {
  return code <= LAST_CODE_POINT && (code < 0xd800 || code > 0xdfff);
}

/** UTF-32 is the one encoding of Unicode that the platform's decoder does not know. */
class Utf32Decoder implements Decoder {
  private readonly isLittleEndian: boolean;
  private rest = new Uint8Array(0);
  private isStart = true;

  constructor(isLittleEndian: boolean) {
    this.isLittleEndian = isLittleEndian;
  }

  decode(bytes: Uint8Array, { stream }: { stream: boolean }): string {
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    const view = new DataView(all.buffer, all.byteOffset, all.length);
    const end = all.length - (all.length % 4);
    const pieces: string[] = [];
    let codes: number[] = [];
    for (let at = 0; at < end; at += 4) {
      const code = view.getUint32(at, this.isLittleEndian);
      if (!this.isStart || code !== BYTE_ORDER_MARK) codes.push(isCharacter(code) ? code : REPLACEMENT);
      this.isStart = false;
      if (codes.length < BATCH) continue;
      pieces.push(String.fromCodePoint(...codes));
      codes = [];
    }
    this.rest = new Uint8Array(all.subarray(end));
    if (!stream && this.rest.length > 0) codes.push(REPLACEMENT);
    return pieces.join('') + String.fromCodePoint(...codes);
  }
}

/** Returns a decoder for an encoding; throws a RangeError for a label that nobody knows. */
export function createDecoder(encoding: string): Decoder {
  if (encoding === 'utf-32le') return new Utf32Decoder(true);
  if (encoding === 'utf-32be') return new Utf32Decoder(false);
  return new TextDecoder(encoding);
}
