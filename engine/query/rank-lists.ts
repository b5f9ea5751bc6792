import type { SearchQuery } from '../api.ts';

/** A scored row. `segment` is its index in the plan. */
export interface ScoredHit {
  segment: number;
  row: number;
  score: number;
  distance: number | null;
}

/** Reads the ids of rows, in their order. */
export type ReadIds = (rows: readonly { segment: number; row: number }[]) => Promise<string[]>;

/**
 * Returns the best `k`, best first; of equal scores the smaller id (by UTF-16 code units) comes first. Rows of one segment are in the
 * order of their ids, so ids are read only where rows of several segments have the same score.
 */
export async function takeBest<Hit extends ScoredHit>(
  rows: Hit[],
  k: number,
  readIds: ReadIds,
): Promise<Hit[]> {
  rows.sort((a, b) => b.score - a.score || a.segment - b.segment || a.row - b.row);
  const last = rows[Math.min(k, rows.length) - 1]?.score ?? 0;
  const end = rows.length <= k ? rows.length : rows.findLastIndex(({ score }) => score >= last) + 1;
  const best = rows.slice(0, end);
  const tied = tiedRows(best);
  if (tied.length > 0) {
    const ids = await readIds(tied);
    const idOf = new Map(tied.map((hit, i) => [hit, ids[i]!]));
    best.sort((a, b) => b.score - a.score || compareTied(a, b, idOf));
  }
  return best.slice(0, k);
}

/** Returns the rows whose score rows of another segment have too. */
function tiedRows<Hit extends ScoredHit>(best: readonly Hit[]): Hit[] {
  const tied: Hit[] = [];
  for (let start = 0, end = 1; start < best.length; start = end++) {
    while (end < best.length && best[end]!.score === best[start]!.score) end += 1;
    if (best[end - 1]!.segment === best[start]!.segment) continue;
    for (let i = start; i < end; i++) tied.push(best[i]!);
  }
  return tied;
}

function compareTied<Hit extends ScoredHit>(a: Hit, b: Hit, idOf: ReadonlyMap<Hit, string>): number {
  if (a.segment === b.segment) return a.row - b.row;
  return idOf.get(a)! < idOf.get(b)! ? -1 : 1;
}

/** A fused hit: its place in both lists, where it has one. */
export interface Fused extends ScoredHit {
  vector: { rank: number; score: number } | null;
  keyword: { rank: number; score: number } | null;
}

/** Fuses two ranked lists by reciprocal rank, or by scores that are scaled to 0..1 within each list. The result is not sorted. */
export function fuseLists(vector: ScoredHit[], keyword: ScoredHit[], fusion: SearchQuery['fusion']): Fused[] {
  const fused = new Map<number, Fused>();
  const merge = (
    list: ScoredHit[],
    name: 'vector' | 'keyword',
    partOf: (rank: number, score: number) => number,
  ): void => {
    list.forEach((hit, i) => {
      const key = hit.segment * 2 ** 32 + hit.row;
      const known = fused.get(key) ?? { ...hit, score: 0, distance: null, vector: null, keyword: null };
      known.score += partOf(i + 1, hit.score);
      known.distance ??= hit.distance;
      known[name] = { rank: i + 1, score: hit.score };
      fused.set(key, known);
    });
  };
  if (fusion.method === 'RRF') {
    merge(vector, 'vector', (rank) => 1 / (fusion.k + rank));
    merge(keyword, 'keyword', (rank) => 1 / (fusion.k + rank));
  } else {
    merge(vector, 'vector', scaled(vector, fusion.vectorWeight));
    merge(keyword, 'keyword', scaled(keyword, 1 - fusion.vectorWeight));
  }
  return [...fused.values()];
}

function scaled(list: ScoredHit[], weight: number): (rank: number, score: number) => number {
  const best = list[0]?.score ?? 0;
  const worst = list.at(-1)?.score ?? 0;
  return (_rank, score) => weight * (best === worst ? 1 : (score - worst) / (best - worst));
}
