import type { StringList } from '../format/string-list.ts';
import type { TermRows } from './index-texts.ts';

/** The keyword index of one source of a merge. */
export interface TermSource {
  terms: StringList;
  /** Decodes the postings of term `index`. */
  decode: (index: number) => Omit<TermRows, 'term'>;
  /** The row of the merged segment that each row becomes; -1 for rows that are left out. */
  targets: Int32Array;
}

/** Merges sorted dictionaries term by term; terms without rows are left out. Holds the postings of one term at a time. */
export function* mergeTerms(sources: readonly TermSource[], rowCount: number): Generator<TermRows> {
  const frequencyByRow = new Uint32Array(rowCount);
  const heads = sources.map(({ terms }) => (terms.length > 0 ? terms.get(0) : null));
  const places = new Uint32Array(sources.length);
  for (;;) {
    const term = smallest(heads);
    if (term === null) return;
    const found: Uint32Array[] = [];
    sources.forEach((source, i) => {
      if (heads[i] !== term) return;
      found.push(moveRows(source, source.decode(places[i]!), frequencyByRow));
      places[i]! += 1;
      heads[i] = places[i]! < source.terms.length ? source.terms.get(places[i]!) : null;
    });
    const rows = joinRows(found);
    if (rows.length > 0) yield { term, rows, frequencies: rows.map((row) => frequencyByRow[row]!) };
  }
}

function smallest(heads: readonly (string | null)[]): string | null {
  let least: string | null = null;
  for (const head of heads) if (head !== null && (least === null || head < least)) least = head;
  return least;
}

/** Returns the rows of the merged segment, and notes their frequencies. */
function moveRows(
  { targets }: TermSource,
  { rows, frequencies }: Omit<TermRows, 'term'>,
  frequencyByRow: Uint32Array,
): Uint32Array {
  const moved = new Uint32Array(rows.length);
  let count = 0;
  rows.forEach((row, i) => {
    const target = targets[row]!;
    if (target === -1) return;
    moved[count++] = target;
    frequencyByRow[target] = frequencies[i]!;
  });
  return moved.subarray(0, count);
}

function joinRows(lists: readonly Uint32Array[]): Uint32Array {
  if (lists.length === 1) return lists[0]!;
  const joined = new Uint32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    joined.set(list, at);
    at += list.length;
  }
  return joined.sort();
}
