/** Which lists one search scans first: those that score within a share of the way from the best centroid's score to the mean of all. */
export interface ListReach {
  share: number;
  /** Fewest and most lists. */
  least: number;
  most: number;
}

/** How deep one search looks into the index of a segment. */
export interface ProbePlan {
  reach: ListReach;
  /** Rows to meet in a list of the reach before the search ends, on average. */
  targetPerList: number;
  /** Rows to find before the search ends. */
  wanted: number;
  /** Rows that the codes bring when int8 rows are resident, and of these the rows whose f32 values are compared. */
  candidates: number;
  reranked: number;
  /** Rows that the codes bring, and whose f32 values are compared, when int8 rows are not: each may have to be read. */
  read: number;
  /** Entries of the heap: rows stand in up to two lists, so some come twice. */
  heap: number;
}

/** Most rows that the codes bring. */
const MAX_CANDIDATES = 8192;
/** Deeper searches compare everything: they would read most of the index anyway. */
export const MAX_INDEX_K = 2048;

/** Returns how many rows are compared by value when only one-bit codes tell which: of one segment, and of all together. */
export function readsFor({ k, effort }: { k: number; effort: number }): number {
  return Math.min(MAX_CANDIDATES, Math.round(2.5 * k + 25 + 30 * effort));
}

/**
 * Plans the depth of a search from 0 (fastest) to 1 (deepest). The reach follows the query: one in the midst of a cluster scans
 * few lists, one between clusters many, at equal recall a third fewer than a fixed number. The default of 0.5 is chosen for
 * recall@10 of at least 0.95 on text-like vectors (docs/benchmarks.md).
 */
export function planProbes(
  { effort, k, allowed }: { effort: number; k: number; allowed: { count: number; rows: { size: number } } },
  { lists, rows }: { lists: number; rows: number },
): ProbePlan {
  const rowsPerList = rows / lists;
  const least = Math.min(lists, Math.max(Math.round(2 + 6 * effort), Math.ceil((4 * k) / rowsPerList)));
  const most = Math.max(least, Math.round((lists / 16) * 2 ** (3 * effort)));
  // Few deleted rows change next to nothing; a filter may let through what lies far from the query.
  const isFiltered = allowed.count < 0.8 * rows;
  const candidates = Math.min(MAX_CANDIDATES, Math.round(2 * k + 30 + 150 * effort));
  return {
    reach: { share: 0.1 + 0.7 * effort, least, most },
    // Rows stand in 1.7 lists on average, but the lists that are near may be small ones.
    targetPerList: rowsPerList * (isFiltered ? 2 : 0.5),
    wanted: Math.min(k, allowed.count),
    candidates,
    reranked: Math.min(candidates, Math.round(1.1 * k + 4 + 12 * effort)),
    read: Math.min(candidates, readsFor({ k, effort })),
    heap: Math.ceil(candidates * 1.5),
  };
}
