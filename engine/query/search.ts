import type { DatabaseConfig, Metric, SearchAnswer, SearchHit } from '../api.ts';
import type { SegmentEntry } from '../manifest/manifest.ts';
import { openEntry } from '../manifest/open-entry.ts';
import { loadSegment, type LoadedSegment } from '../segment/load-segment.ts';
import type { SegmentFile } from '../segment/segment-file.ts';
import { readLabels } from '../segment/read-labels.ts';
import type { RowLabel } from '../segment/row-records.ts';
import type { VectorIo } from '../segment/vector-io.ts';
import { mapLimited } from '../storage/map-limited.ts';
import { allowedRows, type AllowedRows } from './allowed-rows.ts';
import { explainHit } from './explain-hit.ts';
import { readWordLists, type WordLists } from './keyword-lists.ts';
import { rankKeywords, type KeywordSegment } from './keyword-search.ts';
import type { SearchPlan } from './plan-search.ts';
import { fuseLists, takeBest, type Fused, type ReadIds, type ScoredHit } from './rank-lists.ts';
import { scoreRows, type GuessedRow } from './index-search.ts';
import { readsFor } from './plan-probes.ts';
import type { ScoredRow } from './score-records.ts';
import { exactAnswer, scoreOf, searchVectors } from './vector-search.ts';

/** Segments that are searched at a time. */
const CONCURRENCY = 8;

/** One segment after the fetch, with its part of the list of nearest vectors. */
interface Searched {
  segment: LoadedSegment;
  entry: SegmentEntry;
  allowed: AllowedRows;
  vectorHits: ScoredHit[];
  /** Rows that may have to be read to be compared. */
  guesses: GuessedRow[];
  /** Vectors that were compared, and whether all that were allowed were. */
  compared: number;
  isExact: boolean;
  /** By word of the query; empty in vector mode. */
  words: WordLists[];
}

/** Executes a plan. */
export async function executeSearch(
  io: VectorIo,
  plan: SearchPlan,
  config: DatabaseConfig,
): Promise<Omit<SearchAnswer, 'version'>> {
  const searched = await mapLimited(plan.segments, CONCURRENCY, (entry, index) =>
    searchSegment(io, { plan, entry, index, config }),
  );
  const readIds: ReadIds = async (rows) => (await readAnswers(io, searched, rows)).map(({ id }) => id);
  await compareGuesses(io, plan, { searched, metric: config.metric });
  const nearest = searched.flatMap(({ vectorHits }) => vectorHits);
  const vector = await takeBest(nearest, plan.depth, readIds);
  const keyword = await searchKeywords(plan, searched, readIds);
  const ranked = await rankHits(plan, { vector, keyword: keyword.list }, readIds);
  const isFiltered = plan.filter !== null || plan.fileIds !== null;
  return {
    hits: await answerHits(io, plan, { ranked, searched, keywords: keyword.segments }),
    stats: {
      cold: false,
      exact: searched.every(({ isExact }) => isExact),
      segments: plan.segments.length,
      candidates: keyword.candidates + sum(searched.map(({ compared }) => compared)),
      matchedFilter: isFiltered ? sum(searched.map(({ allowed }) => allowed.matched)) : null,
      bytesFetched: 0,
    },
  };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

async function searchSegment(
  io: VectorIo,
  {
    plan,
    entry,
    index,
    config,
  }: { plan: SearchPlan; entry: SegmentEntry; index: number; config: DatabaseConfig },
): Promise<Searched> {
  const file = await openEntry(io, entry);
  const segment = await loadSegment(io, file, plan.sections);
  const allowed = allowedRows(io, plan, entry, segment);
  const words = plan.words === null ? [] : await readWordLists(io, segment, plan.words);
  const found = await searchNearest(io, file, { plan, allowed, metric: config.metric });
  const { compared, isExact, guesses } = found;
  const vectorHits = hitsOf(found.rows, index, config.metric);
  return { segment, entry, allowed, words, vectorHits, guesses, compared, isExact };
}

function hitsOf(rows: readonly ScoredRow[], segment: number, metric: Metric): ScoredHit[] {
  return rows.map(({ row, raw }) => ({ segment, row, ...scoreOf(metric, raw) }));
}

/**
 * Compares the best guesses of all segments by value. Each segment alone would read as many: a database of a hundred segments would
 * read a hundred times as much for an answer that is hardly better.
 */
async function compareGuesses(
  io: VectorIo,
  { values, depth, effort }: SearchPlan,
  { searched, metric }: { searched: readonly Searched[]; metric: Metric },
): Promise<void> {
  if (values === null) return;
  const guesses = searched.flatMap(({ guesses: some }, segment) =>
    some.map((guess) => ({ ...guess, segment })),
  );
  guesses.sort((a, b) => b.estimate - a.estimate || a.segment - b.segment || a.row - b.row);
  const best = Map.groupBy(guesses.slice(0, readsFor({ k: depth, effort })), ({ segment }) => segment);
  await mapLimited([...best], CONCURRENCY, async ([index, rows]) => {
    const { segment, vectorHits } = searched[index]!;
    const numbers = Uint32Array.from(rows, ({ row }) => row);
    vectorHits.push(...hitsOf(await scoreRows(io, segment.file, { values, metric }, numbers), index, metric));
  });
}

function searchNearest(
  io: VectorIo,
  file: SegmentFile,
  { plan, allowed, metric }: { plan: SearchPlan; allowed: AllowedRows; metric: Metric },
): ReturnType<typeof searchVectors> {
  const { values, depth: k, exact, effort } = plan;
  if (values === null) return Promise.resolve(exactAnswer([], 0));
  return searchVectors(io, file, { values, metric, k, allowed, exact, effort });
}

async function searchKeywords(
  plan: SearchPlan,
  searched: Searched[],
  readIds: ReadIds,
): Promise<{ list: ScoredHit[]; candidates: number; segments: KeywordSegment[] }> {
  if (plan.words === null) return { list: [], candidates: 0, segments: [] };
  const { hits, candidates } = rankKeywords(searched, plan.words, plan.depth);
  return { list: await takeBest(hits, plan.depth, readIds), candidates, segments: searched };
}

async function rankHits(
  plan: SearchPlan,
  { vector, keyword }: { vector: ScoredHit[]; keyword: ScoredHit[] },
  readIds: ReadIds,
): Promise<Fused[]> {
  const isGood = ({ score }: Fused): boolean => plan.minScore === null || score >= plan.minScore;
  if (plan.mode === 'HYBRID') {
    return takeBest(fuseLists(vector, keyword, plan.fusion).filter(isGood), plan.topK, readIds);
  }
  const isVector = plan.mode === 'VECTOR';
  return (isVector ? vector : keyword)
    .slice(0, plan.topK)
    .map((hit, i) => {
      const place = { rank: i + 1, score: hit.score };
      return { ...hit, vector: isVector ? place : null, keyword: isVector ? null : place };
    })
    .filter(isGood);
}

/** Reads what only the answer needs. */
async function answerHits(
  io: VectorIo,
  plan: SearchPlan,
  { ranked, searched, keywords }: { ranked: Fused[]; searched: Searched[]; keywords: KeywordSegment[] },
): Promise<SearchHit[]> {
  const labels = await readAnswers(io, searched, ranked);
  return ranked.map((hit, i) => ({
    ...labels[i]!,
    score: hit.score,
    distance: hit.distance,
    stages: plan.explain
      ? explainHit(plan, hit, {
          rank: i + 1,
          keywords: keywords[hit.segment] ?? null,
          isExact: searched[hit.segment]!.isExact,
        })
      : null,
  }));
}

/** Returns the labels of rows, in their order. */
async function readAnswers(
  io: VectorIo,
  searched: readonly Searched[],
  rows: readonly { segment: number; row: number }[],
): Promise<RowLabel[]> {
  const bySegment = Map.groupBy(rows, ({ segment }) => segment);
  const labels = new Map<number, Map<number, RowLabel>>();
  await mapLimited([...bySegment], CONCURRENCY, async ([segment, group]) => {
    const { file } = searched[segment]!.segment;
    labels.set(
      segment,
      await readLabels(
        io,
        file,
        group.map(({ row }) => row),
      ),
    );
  });
  return rows.map(({ segment, row }) => labels.get(segment)!.get(row)!);
}
