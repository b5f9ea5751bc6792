import { decodeText } from './decode-text.ts';
import { type Heading, type ParsedFile, type Section, textSection } from './section.ts';
import type { SourceFile } from './source-file.ts';
import { splitWindows } from './split-windows.ts';

const ATX_HEADING = /^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*$/;
const SETEXT_LINE = /^ {0,3}(=+|-{2,})[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const LONGEST_SETEXT_TITLE = 200;
/** Matching a heading costs the square of its length; a longer line is none. */
const LONGEST_HEADING = 1_000;

/** Finds headings line by line; `fence` is the open code fence, carried from window to window. */
interface ScanState {
  fence: string | null;
  path: { level: number; title: string }[];
}

function openHeading(state: ScanState, level: number, title: string): void {
  while ((state.path.at(-1)?.level ?? 0) >= level) state.path.pop();
  state.path.push({ level, title });
}

function scanFence(line: string, state: ScanState): boolean {
  const mark = FENCE.exec(line)?.[1];
  if (state.fence !== null) {
    if (mark?.startsWith(state.fence) && line.trim() === mark) state.fence = null;
    return true;
  }
  if (mark === undefined) return false;
  state.fence = mark;
  return true;
}

function isSetextTitle(line: string): boolean {
  return (
    line.trim() !== '' &&
    line.length <= LONGEST_SETEXT_TITLE &&
    !line.includes('|') &&
    !/^\s*([-*+>]|\d+[.)])\s/.test(line)
  );
}

function findHeadings(text: string, state: ScanState): Heading[] {
  const headings: Heading[] = [];
  let offset = 0;
  let before = { line: '', offset: 0 };
  for (const line of text.split('\n')) {
    const isCode = scanFence(line, state);
    const atx = isCode || line.length > LONGEST_HEADING ? null : ATX_HEADING.exec(line);
    const setext = isCode || atx ? null : SETEXT_LINE.exec(line);
    if (atx) headings.push({ offset, level: atx[1]?.length ?? 1, title: atx[2] ?? '' });
    else if (setext && isSetextTitle(before.line)) {
      headings.push({
        offset: before.offset,
        level: setext[1]?.startsWith('=') ? 1 : 2,
        title: before.line.trim(),
      });
    }
    before = { line: isCode || atx ? '' : line, offset };
    offset += line.length + 1;
  }
  return headings;
}

/** Parses Markdown: the text as written, with its headings outside code found. */
export function parseMarkdown(file: SourceFile, encoding: string): ParsedFile {
  const notes: string[] = [];
  async function* readSections(): AsyncGenerator<Section> {
    const state: ScanState = { fence: null, path: [] };
    for await (const window of splitWindows(decodeText(file, encoding, notes))) {
      const openHeadings = state.path.map(({ title }) => title);
      const headings = findHeadings(window, state);
      for (const { level, title } of headings) openHeading(state, level, title);
      yield textSection(window, headings, openHeadings);
    }
  }
  return { sections: readSections(), hasUntypedValues: false, notes };
}
