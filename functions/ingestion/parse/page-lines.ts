/** What pdf.js says of one run of text. */
export interface TextRun {
  str: string;
  /** The last two numbers are the place on the page; the vertical axis points up. */
  transform: number[];
  width: number;
  height: number;
  hasEOL: boolean;
}

/** Shares of the text's height: a jump beyond the first is another line, beyond the second another paragraph. */
const NEW_LINE = 0.6;
const NEW_PARAGRAPH = 1.7;
/** A gap wider than this share of the height is a space that the file does not spell out. */
const SPACE_GAP = 0.18;
const HYPHENATED = /(\p{L})-\n(\p{Ll})/gu;

function separate(before: TextRun, run: TextRun): string {
  const [, , , , beforeX = 0, beforeY = 0] = before.transform;
  const [, , , , x = 0, y = 0] = run.transform;
  const height = Math.max(before.height, run.height, 1);
  const drop = Math.abs(beforeY - y);
  if (drop > height * NEW_PARAGRAPH) return '\n\n';
  if (before.hasEOL || drop > height * NEW_LINE) return '\n';
  const gap = x - (beforeX + before.width);
  const hasSpace = before.str.endsWith(' ') || run.str.startsWith(' ');
  return gap > height * SPACE_GAP && !hasSpace ? ' ' : '';
}

/** Joins the runs of a page in their order to lines and paragraphs, and words that were hyphenated at a line's end. */
export function joinRuns(runs: readonly TextRun[]): string {
  let text = '';
  let before: TextRun | undefined;
  for (const run of runs) {
    if (run.str.trim() === '') {
      if (before) before = { ...before, hasEOL: before.hasEOL || run.hasEOL };
      if (run.str !== '' && !text.endsWith(' ')) text += ' ';
      continue;
    }
    if (before)
      text =
        text.trimEnd() === text ? text + separate(before, run) : joinAtSpace(text, separate(before, run));
    text += run.str;
    before = run;
  }
  return text
    .replace(/[ \t]+\n/g, '\n')
    .replace(HYPHENATED, '$1$2')
    .trim();
}

function joinAtSpace(text: string, separator: string): string {
  return separator.startsWith('\n') ? text.trimEnd() + separator : text;
}
