import { guessByStatistics } from './guess-by-statistics.ts';
import { createDecoder } from './text-decoder.ts';

/** How bytes become text: a label that TextDecoder knows, or why they cannot. */
export interface TextEncodingGuess {
  /** Null when the bytes are not text. */
  encoding: string | null;
  /** True when a mark, valid UTF-8 or the file itself says so; false for a statistical guess. */
  isCertain: boolean;
}

const BOMS: [number[], string][] = [
  [[0xff, 0xfe, 0, 0], 'utf-32le'],
  [[0, 0, 0xfe, 0xff], 'utf-32be'],
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

const DAMAGE_BYTES = 1024 * 1024;
const MIN_WHOLE = 20;
const WHOLE_TO_BROKEN = 20;
const ODD_ZEROS_OF_UTF16 = 0.3;
const FEW_ZEROS = 0.05;
const MAX_CONTROL_SHARE = 0.01;
/** Zeros are looked for in the beginning alone. */
const GUESS_BYTES = 32_768;
const ESCAPE = 0x1b;
/** Japanese mail: every byte is ASCII, and the escapes tell which of them are characters. */
const ISO_2022_JP = /\x1b\$[@B][\x21-\x7e\s]+?\x1b\([BJ]/;

function findBom(bytes: Uint8Array): string | null {
  return BOMS.find(([mark]) => mark.every((byte, index) => bytes[index] === byte))?.[1] ?? null;
}

/** Whether a few bytes alone are broken in what is UTF-8 otherwise: other encodings hardly ever make whole characters of it. */
function isMostlyUtf8(bytes: Uint8Array): boolean {
  const text = new TextDecoder('utf-8').decode(bytes.subarray(0, DAMAGE_BYTES), { stream: true });
  let broken = 0;
  let whole = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0xfffd) broken++;
    else if (code > 127) whole++;
  }
  return whole >= MIN_WHOLE && whole > broken * WHOLE_TO_BROKEN;
}

function isValidUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Western text in UTF-16 has a zero in every other byte. */
function findBareUtf16(bytes: Uint8Array): string | null {
  const zeros = [0, 0];
  const length = Math.min(bytes.length, GUESS_BYTES);
  for (let at = 0; at < length; at++) if (bytes[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros.map((count) => count / Math.max(1, length / 2));
  const candidate = odd > even ? 'utf-16le' : 'utf-16be';
  if (Math.max(even, odd) < ODD_ZEROS_OF_UTF16 || Math.min(even, odd) > FEW_ZEROS) return null;
  const decoded = new TextDecoder(candidate).decode(bytes.subarray(0, length - (length % 2)));
  return decoded.includes('\0') || hasManyControls(Buffer.from(decoded, 'utf8')) ? null : candidate;
}

/** Text in UTF-32 has two zeros in every four bytes, at the same places. */
function findBareUtf32(bytes: Uint8Array): string | null {
  const length = Math.min(bytes.length - (bytes.length % 4), GUESS_BYTES);
  if (length < 8) return null;
  let little = true;
  let big = true;
  for (let at = 0; at < length && (little || big); at += 4) {
    big &&= bytes[at] === 0 && (bytes[at + 1] ?? 0) <= 16;
    little &&= bytes[at + 3] === 0 && (bytes[at + 2] ?? 0) <= 16;
  }
  if (little === big) return null;
  const candidate = little ? 'utf-32le' : 'utf-32be';
  const decoded = createDecoder(candidate).decode(bytes.subarray(0, length), { stream: false });
  if (/[\0\ufffd]/.test(decoded)) return null;
  return hasManyControls(Buffer.from(decoded, 'utf8')) ? null : candidate;
}

/** Text holds hardly any control characters other than white space, backspace and escape. */
function hasManyControls(bytes: Uint8Array): boolean {
  let controls = 0;
  for (const byte of bytes) {
    if (byte < 7 || (byte >= 14 && byte < 27) || (byte >= 28 && byte < 32)) controls++;
  }
  return controls > bytes.length * MAX_CONTROL_SHARE;
}

/** Zeros are control characters like others where all is UTF-8, as a disk that fills up leaves them in a log; elsewhere text has none. */
function hasBinaryBytes(bytes: Uint8Array): boolean {
  // What is no UTF-8 shows it within its first bytes.
  return (bytes.includes(0) && !isValidUtf8(bytes)) || hasManyControls(bytes);
}

function isIso2022Jp(bytes: Uint8Array): boolean {
  return bytes.includes(ESCAPE) && ISO_2022_JP.test(Buffer.from(bytes).toString('latin1'));
}

function isKnownLabel(label: string): boolean {
  try {
    createDecoder(label);
    return true;
  } catch {
    return false;
  }
}

/** Finds the encoding of a text by its mark, by validity, by what it declares, by statistics, in that order. */
export function guessEncoding(sample: Uint8Array, declared: string | null = null): TextEncodingGuess {
  const marked = findBom(sample);
  if (marked !== null) return { encoding: isKnownLabel(marked) ? marked : null, isCertain: true };
  const bare = findBareUtf32(sample) ?? findBareUtf16(sample);
  if (bare !== null) return { encoding: bare, isCertain: false };
  if (hasBinaryBytes(sample)) return { encoding: null, isCertain: true };
  if (isIso2022Jp(sample)) return { encoding: 'iso-2022-jp', isCertain: true };
  if (isValidUtf8(sample)) return { encoding: 'utf-8', isCertain: true };
  if (isMostlyUtf8(sample)) return { encoding: 'utf-8', isCertain: false };
  if (declared !== null && isKnownLabel(declared) && !/^utf/i.test(declared)) {
    return { encoding: new TextDecoder(declared).encoding, isCertain: true };
  }
  return { encoding: guessByStatistics(sample), isCertain: false };
}
