import type { Bitmap } from '../format/bitmap.ts';
import type { PostingCursor } from './posting-cursor.ts';
import { TopRows } from './top-rows.ts';

/** Rows that are scored together; a multiple of 32. Small enough for the first-level cache, large enough for its overhead. */
const WINDOW = 2048;

/** The best rows of a segment. */
export interface RankedRows {
  hits: { row: number; score: number }[];
  /** Rows that were scored; those that could not be among the best are left out. */
  candidates: number;
}

/**
 * Returns the best `k` allowed rows that score at least `floor`, best first; of equals the lower row comes first. Lists whose
 * bounds together cannot reach the best so far are only looked up for rows of the others (MaxScore: Turtle and Flood 1995), and
 * bounds are those of the blocks in a window of rows.
 */
export function rankRows(
  cursors: readonly PostingCursor[],
  allowed: Bitmap,
  { k, floor }: { k: number; floor: number },
): RankedRows {
  const top = new TopRows(Math.min(k, allowed.size), floor);
  const scores = new Float64Array(WINDOW);
  const marks = new Uint32Array(WINDOW / 32);
  let candidates = 0;
  for (let from = 0; from < allowed.size; from += WINDOW) {
    const end = Math.min(allowed.size, from + WINDOW);
    if (!hasAny(allowed, from, end)) continue;
    const { essential, others, otherBounds } = splitLists(cursors, { from, end, threshold: top.threshold });
    if (essential.length === 0) continue;
    for (const cursor of essential) cursor.addWindow(from, end, { scores, marks });
    for (let word = 0; word < marks.length; word++) {
      const first = from + word * 32;
      let rest = marks[word]!;
      if (rest === 0) continue;
      marks[word] = 0;
      for (rest &= allowed.words[first >>> 5]!; rest !== 0; rest &= rest - 1) {
        const row = first + 31 - Math.clz32(rest & -rest);
        candidates += 1;
        const score = completeScore(row, scores[row - from]!, { others, otherBounds, top });
        top.offer(row, score);
      }
    }
    scores.fill(0);
  }
  return { hits: top.best(), candidates };
}

function hasAny({ words }: Bitmap, from: number, end: number): boolean {
  for (let word = from >>> 5; word << 5 < end; word++) if (words[word] !== 0) return true;
  return false;
}

interface SplitLists {
  /** Lists whose rows are candidates. */
  essential: PostingCursor[];
  /** Lists that cannot bring a row among the best without the essential ones, the largest bound first. */
  others: PostingCursor[];
  /** The most that each of `others` and those after it score together; ends with 0. */
  otherBounds: number[];
}

function splitLists(
  cursors: readonly PostingCursor[],
  { from, end, threshold }: { from: number; end: number; threshold: number },
): SplitLists {
  const bounded = cursors
    .map((cursor) => ({ cursor, bound: cursor.boundWindow(from, end) }))
    .filter(({ bound }) => bound > 0)
    .sort((a, b) => a.bound - b.bound);
  const others: PostingCursor[] = [];
  const otherBounds = [0];
  let sum = 0;
  for (const { cursor, bound } of bounded) {
    if (sum + bound >= threshold) break;
    sum += bound;
    others.push(cursor);
    otherBounds.push(sum);
  }
  const essential = bounded.slice(others.length).map(({ cursor }) => cursor);
  return { essential, others: others.reverse(), otherBounds: otherBounds.reverse() };
}

/** Adds what the other lists score for a row, as long as it can still be among the best. */
function completeScore(
  row: number,
  known: number,
  { others, otherBounds, top }: Omit<SplitLists, 'essential'> & { top: TopRows },
): number {
  const { threshold } = top;
  let score = known;
  for (let i = 0; i < others.length; i++) {
    if (score + otherBounds[i]! < threshold) return -1;
    score += others[i]!.scoreRow(row, threshold - score - otherBounds[i + 1]!);
  }
  return score;
}
