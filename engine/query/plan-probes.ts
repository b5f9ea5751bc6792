/** How deep one search looks into the index of a segment. */
export interface ProbePlan {
  /** Lists of the first wave, and most lists at all. */
  probes: number;
  maxProbes: number;
  /** Allowed rows to meet before waves end: about as many as a search without a filter meets. */
  target: number;
  /** Rows to find before waves end. */
  wanted: number;
  /** Rows that the codes bring, and of these the rows whose f32 values are read when int8 rows are resident. */
  candidates: number;
  reranked: number;
  /** Entries of the heap: rows stand in up to two lists, so some come twice. */
  heap: number;
}

/** Most rows that the codes bring. */
const MAX_CANDIDATES = 8192;
/** Deeper searches compare everything: they would read most of the index anyway. */
export const MAX_INDEX_K = 2048;

/** Lists of an index for which the numbers below were chosen; more lists are smaller parts of the whole. */
const USUAL_LISTS = 1500;

/**
 * Plans the depth of a search. `effort` goes from 0 (fastest) to 1 (deepest); each seventh doubles the lists, from 2 to 256. The
 * default of 0.5 is chosen for recall@10 of at least 0.95 on text-like vectors (docs/benchmarks.md).
 */
export function planProbes(
  { effort, k, allowed }: { effort: number; k: number; allowed: { count: number; rows: { size: number } } },
  { lists, rows }: { lists: number; rows: number },
): ProbePlan {
  const scale = Math.max(1, Math.sqrt(lists / USUAL_LISTS));
  const rowsPerList = rows / lists;
  const usual = Math.round(2 * 2 ** (7 * effort) * scale);
  const probes = Math.min(lists, Math.max(usual, Math.ceil((4 * k) / rowsPerList)));
  // Few deleted rows change next to nothing; a filter may let through what lies far from the query.
  const isFiltered = allowed.count < 0.8 * rows;
  const needsAll = isFiltered || 8 * k > probes * rowsPerList;
  const candidates = Math.min(MAX_CANDIDATES, Math.round(2 * k + 30 + 150 * effort));
  return {
    probes,
    maxProbes: needsAll ? lists : Math.min(lists, probes * 4),
    // Rows stand in 1.7 lists on average, but the lists that are probed may be small ones.
    target: Math.ceil(probes * rowsPerList * (isFiltered ? 1.5 : 0.5)),
    wanted: Math.min(k, allowed.count),
    candidates,
    reranked: Math.min(candidates, Math.round(1.1 * k + 4 + 12 * effort)),
    heap: Math.ceil(candidates * 1.5),
  };
}
