import type { TextRun } from './page-lines.ts';

/** Runs that stand on one line without a wide gap, in the order of the file. */
interface LineBox {
  runs: TextRun[];
  left: number;
  right: number;
  y: number;
  height: number;
  characters: number;
}

/** A gap wider than this many heights of the text is one between columns or cells. */
const COLUMN_GAP = 1.5;
/** Lines that jump back up within a column, as a share of all: files in reading order have nearly none. */
const MAX_JUMPS = 0.1;
const MIN_JUMPS = 3;
/** Lines of two columns that follow each other row by row, as a share of all; shorter ones are cells of a table. */
const MAX_ROW_STEPS = 0.3;
const PROSE_CHARACTERS = 25;
/** A gutter may be crossed by titles and pictures' captions, and has text on both sides. */
const MAX_CROSSING = 0.2;
const MIN_SIDE = 0.2;
const MIN_LINES = 6;
const GUTTER_STEPS = 60;
const MAX_DEPTH = 4;
/** A page with more is a drawing. */
const MAX_LINES = 5_000;

function xOf(run: TextRun): number {
  return run.transform[4] ?? 0;
}

function yOf(run: TextRun): number {
  return run.transform[5] ?? 0;
}

function isUpright({ transform }: TextRun): boolean {
  return transform[1] === 0 && transform[2] === 0;
}

function startBox(run: TextRun): LineBox {
  const left = xOf(run);
  const { length } = run.str.trim();
  return {
    runs: [run],
    left,
    right: left + run.width,
    y: yOf(run),
    height: run.height || 1,
    characters: length,
  };
}

function continuesLine(box: LineBox, run: TextRun): boolean {
  const gap = xOf(run) - box.right;
  return Math.abs(yOf(run) - box.y) < box.height * 0.5 && gap < box.height * COLUMN_GAP && gap > -box.height;
}

function toBoxes(runs: readonly TextRun[]): LineBox[] {
  const boxes: LineBox[] = [];
  for (const run of runs) {
    const box = boxes.at(-1);
    const isBlank = run.str.trim() === '';
    if (box && (isBlank || continuesLine(box, run))) {
      box.runs.push(run);
      if (isBlank) continue;
      box.right = Math.max(box.right, xOf(run) + run.width);
      box.characters += run.str.trim().length;
    } else boxes.push(startBox(run));
  }
  return boxes;
}

/** Whether a line stands higher than the one before without standing to its right, where the next column begins. */
function jumpsBack(before: LineBox, box: LineBox): boolean {
  return box.y > before.y + before.height && box.left < before.right;
}

/** Whether a line goes on in the next column instead of below. */
function stepsAcross(before: LineBox, box: LineBox): boolean {
  const isProse = before.characters >= PROSE_CHARACTERS && box.characters >= PROSE_CHARACTERS;
  return isProse && Math.abs(box.y - before.y) < before.height * 0.5 && box.left > before.right;
}

function isDisordered(boxes: readonly LineBox[]): boolean {
  let jumps = 0;
  let steps = 0;
  for (const [index, box] of boxes.entries()) {
    const before = boxes[index - 1];
    if (before && jumpsBack(before, box)) jumps++;
    if (before && stepsAcross(before, box)) steps++;
  }
  return (
    (jumps >= MIN_JUMPS && jumps > boxes.length * MAX_JUMPS) ||
    (steps >= MIN_JUMPS && steps > boxes.length * MAX_ROW_STEPS)
  );
}

/** Returns the place between two columns that the fewest lines cross, or null when there are no columns. */
function findGutter(boxes: readonly LineBox[]): number | null {
  if (boxes.length < MIN_LINES) return null;
  const left = Math.min(...boxes.map((box) => box.left));
  const right = Math.max(...boxes.map((box) => box.right));
  let best: { x: number; crossing: number } | null = null;
  for (let step = GUTTER_STEPS * 0.15; step <= GUTTER_STEPS * 0.85; step++) {
    const x = left + ((right - left) * step) / GUTTER_STEPS;
    const crossing = boxes.filter((box) => box.left < x && box.right > x).length;
    const before = boxes.filter((box) => box.right <= x).length;
    const after = boxes.length - crossing - before;
    if (crossing > boxes.length * MAX_CROSSING || Math.min(before, after) < boxes.length * MIN_SIDE) continue;
    if (!best || crossing < best.crossing) best = { x, crossing };
  }
  return best?.x ?? null;
}

function compareLines(one: LineBox, other: LineBox): number {
  const isSameLine = Math.abs(one.y - other.y) < Math.min(one.height, other.height) * 0.5;
  return isSameLine ? one.left - other.left : other.y - one.y;
}

/** Lines across the gutter part the page into bands; in each, the left column comes before the right one. */
function orderBoxes(boxes: readonly LineBox[], depth: number): LineBox[] {
  const sorted = boxes.toSorted((one, other) => other.y - one.y);
  const gutter = depth < MAX_DEPTH ? findGutter(sorted) : null;
  if (gutter === null) return sorted.sort(compareLines);
  const ordered: LineBox[] = [];
  let left: LineBox[] = [];
  let right: LineBox[] = [];
  const endBand = (): void => {
    ordered.push(...orderBoxes(left, depth + 1), ...orderBoxes(right, depth + 1));
    left = [];
    right = [];
  };
  for (const box of sorted) {
    if (box.right <= gutter) left.push(box);
    else if (box.left >= gutter) right.push(box);
    else {
      endBand();
      ordered.push(box);
    }
  }
  endBand();
  return ordered;
}

/**
 * Returns the runs of a page in reading order. Most files are written in it, and know best; one whose lines jump about is ordered by where
 * they stand: columns one after the other, lines from top to bottom.
 */
export function orderRuns(runs: readonly TextRun[]): readonly TextRun[] {
  if (!runs.every(isUpright)) return runs;
  const boxes = toBoxes(runs);
  if (boxes.length > MAX_LINES || !isDisordered(boxes)) return runs;
  return orderBoxes(boxes, 0).flatMap((box) => box.runs);
}
