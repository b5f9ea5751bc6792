import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchFolder } from '../datasets/cache-folder.ts';

const startMark = '<!-- npm run bench -- --write: start -->';
const endMark = '<!-- npm run bench -- --write: end -->';

/** Replaces what stands between the markers in docs/benchmarks.md. */
export function writeSection(markdown: string): void {
  const path = join(benchFolder, '..', 'docs', 'benchmarks.md');
  const text = readFileSync(path, 'utf8');
  const start = text.indexOf(startMark);
  const end = text.indexOf(endMark);
  if (start < 0 || end < start) throw new Error(`${path} lacks the markers "${startMark}" and "${endMark}".`);
  writeFileSync(path, `${text.slice(0, start + startMark.length)}\n\n${markdown}\n\n${text.slice(end)}`);
}
