import { createDecoder } from '../sniff/text-decoder.ts';
import type { Note } from '../left-out.ts';
import type { ResumePoint } from './resume-point.ts';
import type { SourceFile } from './source-file.ts';

const REPLACEMENT = /\ufffd/g;
const LINE_FEED = 0x0a;
const COMMA = 0x2c;
/** In all other encodings that are told apart, the byte of a line feed is nothing else, and no state goes past it. */
const WIDE_ENCODING = /^utf-?(16|32)/i;

/** A text without line feeds, such as JSON of one line, has its places behind commas: in UTF-8 that byte is nothing else, either. */
function findPlace(block: Uint8Array, encoding: string): number {
  if (WIDE_ENCODING.test(encoding)) return 0;
  const end = block.lastIndexOf(LINE_FEED) + 1;
  return end > 0 || !/^utf-?8$/i.test(encoding) ? end : block.lastIndexOf(COMMA) + 1;
}

/** A stretch of decoded text. */
export interface DecodedText {
  text: string;
  /** Where the file goes on behind it, when it ends with a line feed there, or with a comma for lack of any. */
  place: Omit<ResumePoint, 'state'> | null;
}

function countReplaced(text: string): number {
  return text.match(REPLACEMENT)?.length ?? 0;
}

/**
 * Decodes a file as it streams, from a place on; bytes that are not of the encoding become U+FFFD and are counted in a note. Stretches
 * end at line feeds or commas, so that there are places to go on from.
 */
export async function* decodeLines(
  file: SourceFile,
  encoding: string,
  notes: Note[],
  from: Omit<ResumePoint, 'state'> | null = null,
): AsyncGenerator<DecodedText> {
  const decoder = createDecoder(encoding);
  let replaced = from?.replaced ?? 0;
  let offset = from?.byteOffset ?? 0;
  const decode = (bytes: Uint8Array, isLast: boolean): string => {
    const text = decoder.decode(bytes, { stream: !isLast });
    replaced += countReplaced(text);
    return text;
  };
  for await (const block of file.stream(offset)) {
    const end = findPlace(block, encoding);
    if (end > 0) {
      const text = decode(block.subarray(0, end), false);
      yield { text, place: { byteOffset: offset + end, replaced } };
    }
    offset += block.length;
    const text = decode(block.subarray(end), false);
    if (text !== '') yield { text, place: null };
  }
  const rest = decode(new Uint8Array(0), true);
  if (rest !== '') yield { text: rest, place: null };
  if (replaced > 0)
    notes.push(`${replaced} characters could not be read as ${encoding} and stand as U+FFFD.`);
}

/** Decodes a file as it streams. */
export async function* decodeText(file: SourceFile, encoding: string, notes: Note[]): AsyncGenerator<string> {
  for await (const { text } of decodeLines(file, encoding, notes)) yield text;
}

/** Decodes a whole file. */
export async function decodeWhole(file: SourceFile, encoding: string, notes: Note[]): Promise<string> {
  const blocks: string[] = [];
  for await (const block of decodeText(file, encoding, notes)) blocks.push(block);
  return blocks.join('');
}
