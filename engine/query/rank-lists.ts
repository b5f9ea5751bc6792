import type { SearchQuery } from '../api.ts';

/** A hit while lists are made and fused. `segment` is its index in the plan. */
export interface Candidate {
  id: string;
  segment: number;
  row: number;
  score: number;
  distance: number | null;
}

/** Orders best first; of equal scores the smaller id (by UTF-16 code units) comes first. */
function compareCandidates(a: { score: number; id: string }, b: { score: number; id: string }): number {
  return b.score - a.score || (a.id < b.id ? -1 : 1);
}

/** A scored row whose id was not read yet. */
export type Unnamed = Omit<Candidate, 'id'>;

/** Returns the best `k` of scored rows; only rows that may be among them get their id read. */
export function takeBest(rows: Unnamed[], k: number, idOf: (row: Unnamed) => string): Candidate[] {
  rows.sort((a, b) => b.score - a.score);
  const last = rows[Math.min(k, rows.length) - 1]?.score ?? 0;
  const end = rows.length <= k ? rows.length : rows.findLastIndex(({ score }) => score >= last) + 1;
  return rows
    .slice(0, end)
    .map((row) => ({ ...row, id: idOf(row) }))
    .sort(compareCandidates)
    .slice(0, k);
}

/** A fused hit: its place in both lists, where it has one. */
export interface Fused extends Candidate {
  vector: { rank: number; score: number } | null;
  keyword: { rank: number; score: number } | null;
}

/** Fuses two ranked lists by reciprocal rank, or by scores that are scaled to 0..1 within each list. */
export function fuseLists(vector: Candidate[], keyword: Candidate[], fusion: SearchQuery['fusion']): Fused[] {
  const fused = new Map<string, Fused>();
  const merge = (
    list: Candidate[],
    name: 'vector' | 'keyword',
    partOf: (rank: number, score: number) => number,
  ): void => {
    list.forEach((hit, i) => {
      const known = fused.get(hit.id) ?? { ...hit, score: 0, distance: null, vector: null, keyword: null };
      known.score += partOf(i + 1, hit.score);
      known.distance ??= hit.distance;
      known[name] = { rank: i + 1, score: hit.score };
      fused.set(hit.id, known);
    });
  };
  if (fusion.method === 'RRF') {
    merge(vector, 'vector', (rank) => 1 / (fusion.k + rank));
    merge(keyword, 'keyword', (rank) => 1 / (fusion.k + rank));
  } else {
    merge(vector, 'vector', scaled(vector, fusion.vectorWeight));
    merge(keyword, 'keyword', scaled(keyword, 1 - fusion.vectorWeight));
  }
  return [...fused.values()].sort(compareCandidates);
}

function scaled(list: Candidate[], weight: number): (rank: number, score: number) => number {
  const best = list[0]?.score ?? 0;
  const worst = list.at(-1)?.score ?? 0;
  return (_rank, score) => weight * (best === worst ? 1 : (score - worst) / (best - worst));
}
