import { type ParsedFile, type Section, textSection } from './section.ts';
import { decodeText } from './decode-text.ts';
import type { SourceFile } from './source-file.ts';
import { splitWindows } from './split-windows.ts';

/** Parses plain text: as it is, in windows that end at a paragraph. */
export function parseText(file: SourceFile, encoding: string): ParsedFile {
  const notes: string[] = [];
  async function* readSections(): AsyncGenerator<Section> {
    for await (const window of splitWindows(decodeText(file, encoding, notes))) yield textSection(window);
  }
  return { sections: readSections(), hasUntypedValues: false, notes };
}
