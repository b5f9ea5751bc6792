import { decodeWhole } from './decode-text.ts';
import { readHtmlText } from './html-text.ts';
import { type ParsedFile, textSection } from './section.ts';
import type { SourceFile } from './source-file.ts';

/** Parses an HTML page: what a reader sees of it. Nothing that the page refers to is fetched. */
export async function parseHtml(file: SourceFile, encoding: string): Promise<ParsedFile> {
  const notes: string[] = [];
  const { text, headings, tables } = readHtmlText(await decodeWhole(file, encoding, notes));
  return { sections: [{ ...textSection(text, headings), tables }], hasUntypedValues: false, notes };
}
