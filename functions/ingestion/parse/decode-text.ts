import { createDecoder } from '../sniff/text-decoder.ts';
import type { SourceFile } from './source-file.ts';

const REPLACEMENT = /\ufffd/g;

/** Decodes a file as it streams; bytes that are not of the encoding become U+FFFD and are counted in a note. */
export async function* decodeText(
  file: SourceFile,
  encoding: string,
  notes: string[],
): AsyncGenerator<string> {
  const decoder = createDecoder(encoding);
  let replaced = 0;
  for await (const block of file.stream()) {
    const text = decoder.decode(block, { stream: true });
    replaced += text.match(REPLACEMENT)?.length ?? 0;
    if (text !== '') yield text;
  }
  const rest = decoder.decode(new Uint8Array(0), { stream: false });
  replaced += rest.match(REPLACEMENT)?.length ?? 0;
  if (rest !== '') yield rest;
  if (replaced > 0)
    notes.push(`${replaced} characters could not be read as ${encoding} and stand as U+FFFD.`);
}

/** Decodes a whole file. */
export async function decodeWhole(file: SourceFile, encoding: string, notes: string[]): Promise<string> {
  const blocks: string[] = [];
  for await (const block of decodeText(file, encoding, notes)) blocks.push(block);
  return blocks.join('');
}
