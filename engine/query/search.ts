import type { DatabaseConfig, SearchAnswer, SearchHit } from '../api.ts';
import type { SegmentEntry } from '../manifest/manifest.ts';
import { loadSegment, type LoadedSegment } from '../segment/load-segment.ts';
import { openSegment } from '../segment/segment-file.ts';
import { SECTIONS } from '../segment/segment-sections.ts';
import type { VectorIo } from '../segment/visit-rows.ts';
import { mapLimited } from '../storage/map-limited.ts';
import { allowedRows, type AllowedRows } from './allowed-rows.ts';
import { explainHit } from './explain-hit.ts';
import { readWordLists, type WordLists } from './keyword-lists.ts';
import { rankKeywords, type KeywordSegment } from './keyword-search.ts';
import type { SearchPlan } from './plan-search.ts';
import { fuseLists, takeBest, type Candidate, type Fused, type Unnamed } from './rank-lists.ts';
import { scanSegment, scoreOf } from './vector-search.ts';

/** Segments that are searched at a time. */
const CONCURRENCY = 8;

/** One segment after the fetch, with its part of both lists. */
interface Searched {
  segment: LoadedSegment;
  entry: SegmentEntry;
  allowed: AllowedRows;
  vectorHits: Unnamed[];
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
  const idOf = ({ segment, row }: Unnamed): string => searched[segment]!.segment.ids.get(row);
  const vector = takeBest(
    searched.flatMap(({ vectorHits }) => vectorHits),
    plan.depth,
    idOf,
  );
  const keyword = searchKeywords(plan, searched, idOf);
  const ranked = rankHits(plan, vector, keyword.list).filter(
    ({ score }) => plan.minScore === null || score >= plan.minScore,
  );
  const isFiltered = plan.filter !== null || plan.fileIds !== null;
  return {
    hits: await readHits(io, plan, {
      ranked: ranked.slice(0, plan.topK),
      searched,
      keywords: keyword.segments,
    }),
    stats: {
      cold: false,
      exact: true,
      segments: plan.segments.length,
      candidates:
        keyword.candidates + (plan.values === null ? 0 : sum(searched.map(({ allowed }) => allowed.count))),
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
  const file = await openSegment(io, entry.key);
  const segment = await loadSegment(io, file, plan.sections);
  const allowed = allowedRows(plan, entry, segment);
  const words = plan.words === null ? [] : await readWordLists(io, segment, plan.words);
  if (plan.values === null) return { segment, entry, allowed, words, vectorHits: [] };
  const { metric } = config;
  const scored = await scanSegment(io, file, { values: plan.values, metric, k: plan.depth, allowed });
  const vectorHits = scored.map(({ row, raw }) => ({ segment: index, row, ...scoreOf(metric, raw) }));
  return { segment, entry, allowed, words, vectorHits };
}

function searchKeywords(
  plan: SearchPlan,
  searched: Searched[],
  idOf: (row: Unnamed) => string,
): { list: Candidate[]; candidates: number; segments: KeywordSegment[] } {
  if (plan.words === null) return { list: [], candidates: 0, segments: [] };
  const { hits, candidates } = rankKeywords(searched, plan.words, plan.depth);
  return { list: takeBest(hits, plan.depth, idOf), candidates, segments: searched };
}

function rankHits(plan: SearchPlan, vector: Candidate[], keyword: Candidate[]): Fused[] {
  if (plan.mode === 'HYBRID') return fuseLists(vector, keyword, plan.fusion);
  const isVector = plan.mode === 'VECTOR';
  return (isVector ? vector : keyword).map((hit, i) => {
    const place = { rank: i + 1, score: hit.score };
    return { ...hit, vector: isVector ? place : null, keyword: isVector ? null : place };
  });
}

/** Reads what only the answer needs: addresses and files of the hits. */
async function readHits(
  io: VectorIo,
  plan: SearchPlan,
  { ranked, searched, keywords }: { ranked: Fused[]; searched: Searched[]; keywords: KeywordSegment[] },
): Promise<SearchHit[]> {
  const segments = new Map<number, LoadedSegment>();
  const names = [SECTIONS.addresses, SECTIONS.files, SECTIONS.fileCodes];
  await mapLimited([...new Set(ranked.map(({ segment }) => segment))], CONCURRENCY, async (index) => {
    segments.set(index, await loadSegment(io, searched[index]!.segment.file, names));
  });
  return ranked.map((hit, i) => {
    const segment = segments.get(hit.segment)!;
    return {
      id: hit.id,
      address: segment.addresses.get(hit.row),
      fileId: segment.fileOf(hit.row).fileId,
      score: hit.score,
      distance: hit.distance,
      stages: plan.explain
        ? explainHit(plan, hit, { rank: i + 1, keywords: keywords[hit.segment] ?? null })
        : null,
    };
  });
}
