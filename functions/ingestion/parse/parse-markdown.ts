import { decodeText } from './decode-text.ts';
import { HeadingPath } from './heading-path.ts';
import { type Heading, type ParsedFile, type Section, type TableRange, textSection } from './section.ts';
import type { SourceFile } from './source-file.ts';
import { splitWindows } from './split-windows.ts';

const ATX_HEADING = /^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*$/;
const SETEXT_LINE = /^ {0,3}(=+|-{2,})[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const DELIMITER_ROW = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const LONGEST_SETEXT_TITLE = 200;
/** Matching a heading costs the square of its length; a longer line is none. */
const LONGEST_HEADING = 1_000;
const LONGEST_DELIMITER_ROW = 4_000;

/** The open code fence, carried from line to line and from window to window. */
interface ScanState {
  fence: string | null;
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

interface Line {
  text: string;
  offset: number;
  isCode: boolean;
}

function findHeading({ text, offset, isCode }: Line, before: Line | undefined): Heading | null {
  if (isCode || text.length > LONGEST_HEADING) return null;
  const atx = ATX_HEADING.exec(text);
  if (atx) return { offset, level: atx[1]?.length ?? 1, title: atx[2] ?? '' };
  const setext = SETEXT_LINE.exec(text);
  if (!setext || !before || before.isCode || !isSetextTitle(before.text) || ATX_HEADING.test(before.text))
    return null;
  return { offset: before.offset, level: setext[1]?.startsWith('=') ? 1 : 2, title: before.text.trim() };
}

function isDelimiterRow(text: string): boolean {
  return text.length <= LONGEST_DELIMITER_ROW && DELIMITER_ROW.test(text);
}

/** A table is a line of names, a line of dashes, and the lines after them that have a bar. */
class TableScan {
  readonly tables: TableRange[] = [];
  private open: TableRange | null = null;

  pass({ text, offset, isCode }: Line, before: Line | undefined): void {
    const end = offset + text.length;
    if (this.open && !isCode && text.includes('|')) this.open.end = end;
    else if (this.open) this.close();
    else if (!isCode && before?.text.includes('|') && !before.isCode && isDelimiterRow(text))
      this.open = { start: before.offset, headerEnd: end, end };
  }

  close(): void {
    if (this.open && this.open.end > this.open.headerEnd) this.tables.push(this.open);
    this.open = null;
  }
}

function scanLines(text: string, state: ScanState): { headings: Heading[]; tables: TableRange[] } {
  const headings: Heading[] = [];
  const scan = new TableScan();
  let offset = 0;
  let before: Line | undefined;
  for (const each of text.split('\n')) {
    const line = { text: each, offset, isCode: scanFence(each, state) };
    const heading = findHeading(line, before);
    if (heading) headings.push(heading);
    scan.pass(line, before);
    before = line;
    offset += each.length + 1;
  }
  scan.close();
  return { headings, tables: scan.tables };
}

/** Parses Markdown: the text as written, with its headings outside code found. */
export function parseMarkdown(file: SourceFile, encoding: string): ParsedFile {
  const notes: string[] = [];
  async function* readSections(): AsyncGenerator<Section> {
    const state: ScanState = { fence: null };
    const path = new HeadingPath();
    for await (const window of splitWindows(decodeText(file, encoding, notes))) {
      const openHeadings = path.titles();
      const { headings, tables } = scanLines(window, state);
      path.pass(headings);
      yield { ...textSection(window, headings, openHeadings), tables };
    }
  }
  return { sections: readSections(), hasUntypedValues: false, notes };
}
