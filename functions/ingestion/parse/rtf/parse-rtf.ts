import { type ParsedFile, textSection } from '../section.ts';
import { readWhole, type SourceFile } from '../source-file.ts';
import { RtfText } from './rtf-text.ts';

/** Parses an RTF document: text with its headings, tables and notes, headers and footers at the end. */
export async function parseRtf(file: SourceFile): Promise<ParsedFile> {
  const { text, headings, tables } = new RtfText().read(await readWhole(file));
  return { sections: [{ ...textSection(text, headings), tables }], hasUntypedValues: false, notes: [] };
}
