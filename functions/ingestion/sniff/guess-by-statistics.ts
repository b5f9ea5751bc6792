import { analyse } from 'chardet';
import { judgeDecoding } from './judge-decoding.ts';

/** The statistics need only the neighbourhood of bytes that are not ASCII. */
const GUESS_BYTES = 32_768;
const FALLBACK = 'windows-1252';
/**
 * The most frequent encoding of the web after UTF-8 needs no other evidence than this, of 100: less where letters beyond ASCII stand together,
 * more where there are too few of them for statistics.
 */
const FALLBACK_CONFIDENCE = { foreign: 15, western: 30, few: 60 };
const FEW_LETTERS = 4;
/** What the statistics say of encodings with two bytes for a character when there is too little to tell. */
const NO_EVIDENCE = 10;
/** One decoding in which every tenth character makes no sense is worse than another that is less likely by so much, of 100. */
const NONSENSE_WEIGHT = 300;
/** No statistics exist for it; it has to make more sense than all others. */
const DOS_CYRILLIC_CONFIDENCE = 10;
const FOREIGN_SHARE = 0.5;
const SPACE = 0x20;

/** Letters beyond ASCII stand one by one in Western text, and next to each other in other scripts. */
function isForeign(bytes: Uint8Array): boolean {
  let high = 0;
  let together = 0;
  for (let at = 0; at < bytes.length; at++) {
    if ((bytes[at] ?? 0) < 128) continue;
    high++;
    if ((bytes[at - 1] ?? 0) > 127 || (bytes[at + 1] ?? 0) > 127) together++;
  }
  return together > high * FOREIGN_SHARE;
}

/** Keeps the words that have bytes beyond ASCII: names and code in between say nothing of another script. */
function keepForeignWords(bytes: Uint8Array): Uint8Array {
  const kept = new Uint8Array(bytes.length + 1);
  let length = 0;
  let start = 0;
  let isHigh = false;
  for (let at = 0; at <= bytes.length; at++) {
    const byte = bytes[at] ?? SPACE;
    if (byte > 127) isHigh = true;
    if (byte > SPACE) continue;
    if (isHigh) {
      kept.set(bytes.subarray(start, at), length);
      length += at - start;
      kept[length++] = SPACE;
    }
    start = at + 1;
    isHigh = false;
  }
  return kept.subarray(0, length);
}

function listStatistics(sample: Uint8Array): Map<string, number> {
  const confidences = new Map<string, number>();
  for (const { name, confidence } of analyse(sample)) {
    if (/^utf|^ascii$|^iso-2022/i.test(name)) continue;
    const { encoding } = new TextDecoder(name);
    const known = confidence === NO_EVIDENCE && /^(shift_jis|big5|euc|gb)/.test(encoding) ? 1 : confidence;
    confidences.set(encoding, Math.max(known, confidences.get(encoding) ?? 0));
  }
  return confidences;
}

/** Adds what the statistics do not know: relatives of encodings that they do know, which differ in a few letters. */
function addRelatives(confidences: Map<string, number>, fallbackConfidence: number): void {
  const of = (encoding: string): number => confidences.get(encoding) ?? 0;
  confidences.set(FALLBACK, Math.max(fallbackConfidence, of(FALLBACK)));
  confidences.set('iso-8859-15', of(FALLBACK) - 1);
  confidences.set('macintosh', of(FALLBACK) / 2);
  confidences.set('x-mac-cyrillic', of('windows-1251') - 1);
  confidences.set('koi8-u', of('koi8-r') - 1);
  confidences.set('ibm866', DOS_CYRILLIC_CONFIDENCE);
}

/** Returns the encoding of bytes that are not UTF-8: the likeliest by its letters in which they make sense, too. */
export function guessByStatistics(bytes: Uint8Array): string {
  const first = Math.max(0, bytes.findIndex((byte) => byte > 127) - GUESS_BYTES / 4);
  const start = bytes.subarray(first, first + GUESS_BYTES);
  const words = keepForeignWords(start);
  const isForeignText = isForeign(start);
  const confidences = listStatistics(isForeignText ? words : start);
  const isFew = start.filter((byte) => byte > 127).length < FEW_LETTERS;
  addRelatives(confidences, FALLBACK_CONFIDENCE[isForeignText ? 'foreign' : isFew ? 'few' : 'western']);
  let best = { encoding: FALLBACK, score: 0 };
  for (const [encoding, confidence] of confidences) {
    const score = confidence - NONSENSE_WEIGHT * judgeDecoding(words, encoding);
    if (score > best.score) best = { encoding, score };
  }
  return best.encoding;
}
