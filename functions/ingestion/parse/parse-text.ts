import type { Note } from '../left-out.ts';
import { decodeLines } from './decode-text.ts';
import { READ_WHOLE, type Resumption } from './resume-point.ts';
import { type ParsedFile, type Section, textSection } from './section.ts';
import type { SourceFile } from './source-file.ts';
import { WindowSplitter, type WindowState } from './split-windows.ts';

/** Parses plain text: as it is, in windows that end at a paragraph. */
export function parseText(
  file: SourceFile,
  encoding: string,
  { from, onPlace }: Resumption = READ_WHOLE,
): ParsedFile {
  const notes: Note[] = [];
  async function* readSections(): AsyncGenerator<Section> {
    const splitter = new WindowSplitter(from?.state as WindowState | undefined);
    for await (const { text, place } of decodeLines(file, encoding, notes, from)) {
      for (const window of splitter.take(text)) yield textSection(window);
      if (place) onPlace({ ...place, state: splitter.state });
    }
    for (const window of splitter.finish()) yield textSection(window);
  }
  return { sections: readSections(), hasUntypedValues: false, notes };
}
