/** What pdf.js says of one run of text. */
export interface TextRun {
  str: string;
  /** The last two numbers are the place on the page; the vertical axis points up. */
  transform: number[];
  width: number;
  height: number;
  hasEOL: boolean;
}

/** Returns the direction that a run is written in, in quarters of a turn to the left; null for what stands askew. */
export function turnOf({ transform: [a = 0, b = 0] }: TextRun): 0 | 1 | 2 | 3 | null {
  if (b === 0) return a < 0 ? 2 : 0;
  if (a !== 0) return null;
  return b > 0 ? 1 : 3;
}

/** Shares of the text's height: a jump beyond the first is another line, beyond the second another paragraph. */
const NEW_LINE = 0.6;
const NEW_PARAGRAPH = 1.7;
/** A jump back with a drop beyond this share of the smaller text's height begins another line. */
const LOWERED = 0.3;
/** A gap wider than this share of the height is a space that the file does not spell out. */
const SPACE_GAP = 0.18;
const HYPHENATED = /(\p{L})-\n(\p{Ll})/gu;

type Separator = '' | ' ' | '\n' | '\n\n';

function separate(before: TextRun, run: TextRun): Separator {
  if (turnOf(before) !== turnOf(run)) return '\n\n';
  const [, , , , beforeX = 0, beforeY = 0] = before.transform;
  const [, , , , x = 0, y = 0] = run.transform;
  const height = Math.max(before.height, run.height, 1);
  const drop = Math.abs(beforeY - y);
  if (drop > height * NEW_PARAGRAPH) return '\n\n';
  if (before.hasEOL || drop > height * NEW_LINE) return '\n';
  const gap = x - (beforeX + before.width);
  const least = Math.max(1, Math.min(before.height, run.height));
  if (gap > -least) return gap > height * SPACE_GAP ? ' ' : '';
  // It stands further back: below a larger text, or, where one writes from right to left, behind it.
  if (drop > least * LOWERED) return '\n';
  return beforeX - (x + run.width) > least * SPACE_GAP ? ' ' : '';
}

/** Joins the runs of a page in their order to lines and paragraphs, and words that were hyphenated at a line's end. */
export function joinRuns(runs: readonly TextRun[]): string {
  const parts: string[] = [];
  let before: TextRun | undefined;
  let isSpaced = false;
  for (const run of runs) {
    const words = run.str.trim();
    if (words === '') {
      isSpaced ||= run.str !== '';
      if (before && run.hasEOL) before = { ...before, hasEOL: true };
      continue;
    }
    const separator = before ? separate(before, run) : '';
    parts.push(separator === '' && (isSpaced || /^\s/.test(run.str)) ? ' ' : separator, words);
    isSpaced = /\s$/.test(run.str);
    before = run;
  }
  return parts.join('').replace(HYPHENATED, '$1$2').trim();
}
