import { type TextRun, turnOf } from './page-lines.ts';

/** The turn that most letters of a page have; pages of wide tables are often written upwards. */
function findTurn(runs: readonly TextRun[]): 0 | 1 | 2 | 3 {
  const letters = [0, 0, 0, 0];
  for (const run of runs) {
    const turn = turnOf(run);
    if (turn !== null) letters[turn] = (letters[turn] ?? 0) + run.str.length;
  }
  return letters.indexOf(Math.max(...letters)) as 0 | 1 | 2 | 3;
}

/** Turns the whole page, so that its main text runs from left to right. */
export function turnUpright(runs: readonly TextRun[]): readonly TextRun[] {
  const turn = findTurn(runs);
  if (turn === 0) return runs;
  const cos = [1, 0, -1, 0][turn] ?? 1;
  const sin = [0, 1, 0, -1][turn] ?? 0;
  const turnBack = (x: number, y: number): [number, number] => [x * cos + y * sin, y * cos - x * sin];
  return runs.map((run) => {
    const [a = 0, b = 0, c = 0, d = 0, x = 0, y = 0] = run.transform;
    return { ...run, transform: [...turnBack(a, b), ...turnBack(c, d), ...turnBack(x, y)] };
  });
}
