const DELIMITERS = [',', ';', '\t', '|'];
const MAX_LINES = 50;

/** Counts a delimiter outside quotes, for each record of the sample. */
function countPerRecord(sample: string, delimiter: string): number[] {
  const counts: number[] = [];
  let count = 0;
  let isQuoted = false;
  for (const character of sample) {
    if (character === '"') isQuoted = !isQuoted;
    else if (character === delimiter && !isQuoted) count++;
    else if (character === '\n' && !isQuoted) {
      counts.push(count);
      count = 0;
      if (counts.length === MAX_LINES) return counts;
    }
  }
  if (counts.length === 0) counts.push(count);
  return counts;
}

/** A delimiter is the likelier the more records agree on how often it occurs; more columns decide a tie. */
function score(counts: readonly number[]): number {
  const frequencies = new Map<number, number>();
  for (const count of counts) if (count > 0) frequencies.set(count, (frequencies.get(count) ?? 0) + 1);
  let best = 0;
  for (const [count, records] of frequencies) {
    best = Math.max(best, (records / counts.length) * 10 + Math.min(count, 20) / 20);
  }
  return best;
}

/** Returns the delimiter of a table, judged by its first records; a comma when there is none. */
export function detectDelimiter(sample: string): string {
  const scored = DELIMITERS.map((delimiter) => ({
    delimiter,
    score: score(countPerRecord(sample, delimiter)),
  }));
  scored.sort((left, right) => right.score - left.score);
  return scored[0] && scored[0].score > 0 ? scored[0].delimiter : ',';
}
