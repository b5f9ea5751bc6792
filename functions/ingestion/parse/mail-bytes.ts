import { guessEncoding } from '../sniff/encoding.ts';
import { createDecoder } from '../sniff/text-decoder.ts';

const WIDE = /^utf-(16|32)/;
const WIDE_CHARSET = /charset\s*=\s*"?utf-?(?:16|32)(?:-?[lb]e)?"?/gi;
const ENCODED = /content-transfer-encoding:\s*(base64|quoted-printable)/i;
const BLANK_LINE = /\r?\n\r?\n/;
/** Fields of one head stand within so many characters of each other. */
const HEAD_CHARACTERS = 2_048;
const SAMPLE_BYTES = 65_536;

/** Returns the fields around a place, up to the empty lines that end their head. */
function findHead(text: string, at: number): string {
  const before =
    text
      .slice(Math.max(0, at - HEAD_CHARACTERS), at)
      .split(BLANK_LINE)
      .at(-1) ?? '';
  const after = text.slice(at, at + HEAD_CHARACTERS).split(BLANK_LINE, 1)[0] ?? '';
  return before + after;
}

/** A part that is written as it is cannot be in an encoding of two or four bytes within lines of one: its name is wrong. */
function mendCharsets(text: string): string {
  return text.replace(WIDE_CHARSET, (named: string, at: number) =>
    ENCODED.test(findHead(text, at)) ? named : 'charset=utf-8'.padEnd(named.length),
  );
}

/**
 * Returns a message as its parser takes it: lines in an encoding that has ASCII in it. Programs save messages in UTF-16 or UTF-32 as well, or
 * name those as the encoding of parts that they wrote in another one.
 */
export function toMailBytes(bytes: Uint8Array): Uint8Array {
  const { encoding } = guessEncoding(bytes.subarray(0, SAMPLE_BYTES));
  if (encoding !== null && WIDE.test(encoding)) {
    const text = createDecoder(encoding).decode(bytes, { stream: false });
    return Buffer.from(mendCharsets(text), 'utf8');
  }
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.length - start).toString('latin1');
  const mended = mendCharsets(text);
  return mended === text ? bytes.subarray(start) : Buffer.from(mended, 'latin1');
}
