import type { TextRun } from './page-lines.ts';

/** Shares of the text's height: copies within this distance are one text that was printed several times to look bold, or for a shadow. */
const MAX_OFFSET = 0.2;

function placeOf({ transform }: TextRun): [x: number, y: number] {
  return [transform[4] ?? 0, transform[5] ?? 0];
}

/** Leaves out runs that repeat the same words at the same place. */
export function dropOverprints(runs: readonly TextRun[]): TextRun[] {
  const places = new Map<string, [x: number, y: number][]>();
  return runs.filter((run) => {
    const words = run.str.trim();
    if (words === '') return true;
    const known = places.get(words) ?? [];
    const [x, y] = placeOf(run);
    const reach = run.height * MAX_OFFSET;
    if (known.some(([otherX, otherY]) => Math.abs(x - otherX) <= reach && Math.abs(y - otherY) <= reach))
      return false;
    known.push([x, y]);
    places.set(words, known);
    return true;
  });
}
