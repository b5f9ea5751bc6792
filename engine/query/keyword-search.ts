import type { Bitmap } from '../format/bitmap.ts';
import { PLAIN_ANALYZER, type QueryWord } from '../index/analyze-text.ts';
import { createBlockBuffer, decodeBlock, frequencyOf, type PostingList } from '../index/posting-list.ts';
import type { SegmentEntry } from '../manifest/manifest.ts';
import { deadRows } from '../manifest/tombstones.ts';
import type { LoadedSegment } from '../segment/load-segment.ts';
import { guardFormat } from '../segment/segment-file.ts';
import type { AllowedRows } from './allowed-rows.ts';
import type { WordLists } from './keyword-lists.ts';
import { PostingCursor, type RowLengths } from './posting-cursor.ts';
import { rankRows, type RankedRows } from './rank-rows.ts';

/** A segment with the postings of the query's words. */
export interface KeywordSegment {
  segment: LoadedSegment;
  entry: SegmentEntry;
  allowed: AllowedRows;
  /** By position of the word in the query. */
  words: WordLists[];
}

/**
 * A word counts half as it is written and half by its stem, so that the written form comes before its inflections. Where there
 * are no stems, the written form counts whole.
 */
const EXACT_SHARE = 0.5;

/** What BM25 needs to know about all live rows; tombstoned rows do not count, so that the ranking does not depend on compaction. */
interface KeywordStatistics {
  averageLength: number;
  /** How much each word of the query tells: rare words more; always above 0. */
  weights: number[];
}

/** A ranked row of one of the segments. */
export interface KeywordHit {
  segment: number;
  row: number;
  score: number;
  distance: null;
}

/** Ranks the allowed rows of all segments by BM25; the best `k` are among those that it returns. */
export function rankKeywords(
  segments: readonly KeywordSegment[],
  words: readonly QueryWord[],
  k: number,
): { hits: KeywordHit[]; candidates: number } {
  const statistics = sumStatistics(segments, words);
  const hits: KeywordHit[] = [];
  let candidates = 0;
  let best = new Float64Array(0);
  segments.forEach((one, segment) => {
    const floor = best.length < k ? 0 : best[0]!;
    const ranked = rankSegment(one, words, { ...statistics, k, floor });
    candidates += ranked.candidates;
    for (const { row, score } of ranked.hits) hits.push({ segment, row, score, distance: null });
    if (segments.length > 1) best = bestScores(best, ranked.hits, k);
  });
  return { hits, candidates };
}

/** Returns the best `k` scores so far, ascending. */
function bestScores(before: Float64Array, hits: RankedRows['hits'], k: number): Float64Array<ArrayBuffer> {
  const all = new Float64Array(before.length + hits.length);
  all.set(before);
  all.set(
    hits.map(({ score }) => score),
    before.length,
  );
  return all.sort().slice(-k);
}

function rankSegment(
  { segment, allowed, words: lists }: KeywordSegment,
  words: readonly QueryWord[],
  { averageLength, weights, k, floor }: KeywordStatistics & { k: number; floor: number },
): RankedRows {
  const rows: RowLengths = {
    lengths: segment.lengths,
    average: averageLength,
    plainRows: segment.plainRows,
  };
  return guardFormat(segment.file.key, () => {
    const cursors = lists.flatMap(({ exact, stems }, i) => {
      const weight = weights[i]!;
      const hasStems = words[i]!.stems.length > 0 && !isPlain(segment);
      const share = hasStems ? EXACT_SHARE : 1;
      const exactWeights = { weight: weight * share, plainWeight: weight };
      const stemWeight = weight * (1 - share);
      return [
        ...(exact === null ? [] : [new PostingCursor(exact, exactWeights, rows)]),
        ...stems.map(
          (list) => new PostingCursor(list, { weight: stemWeight, plainWeight: stemWeight }, rows),
        ),
      ];
    });
    return rankRows(cursors, allowed.rows, { k, floor });
  });
}

/** Returns whether no row of a segment has stems. */
function isPlain({ file }: LoadedSegment): boolean {
  return file.statistics.analyzer === PLAIN_ANALYZER;
}

function sumStatistics(segments: readonly KeywordSegment[], words: readonly QueryWord[]): KeywordStatistics {
  let rows = 0;
  let total = 0;
  const exact = new Array<number>(words.length).fill(0);
  const stemmed = new Array<number>(words.length).fill(0);
  for (const one of segments) {
    const live = countLiveWords(one);
    rows += live.rows;
    total += live.words;
    words.forEach((_, i) => {
      const counts = countRows(one, i);
      exact[i]! += counts.exact;
      stemmed[i]! += counts.stemmed;
    });
  }
  const weights = words.map(({ stems }, i) => {
    const frequency = stems.length === 0 ? exact[i]! : Math.max(exact[i]!, stemmed[i]!);
    return Math.log(1 + (rows - frequency + 0.5) / (frequency + 0.5));
  });
  return { averageLength: rows === 0 ? 0 : total / rows, weights };
}

/** By the tombstones of a segment: its live rows with words, and their words. */
const liveWords = new WeakMap<Bitmap, { rows: number; words: number }>();

function countLiveWords({ segment, entry }: KeywordSegment): { rows: number; words: number } {
  const { keywordRows, words } = segment.file.statistics;
  const dead = deadRows(entry);
  if (dead === null) return { rows: keywordRows, words };
  let live = liveWords.get(dead);
  if (live === undefined) {
    live = { rows: keywordRows, words };
    for (const row of dead.rows()) {
      const length = segment.lengths[row]!;
      live.rows -= length > 0 ? 1 : 0;
      live.words -= length;
    }
    liveWords.set(dead, live);
  }
  return live;
}

/** Returns the live rows with a word as it is written, and by its stem; plain rows count by what is written. */
function countRows(
  { segment, entry, words: lists }: KeywordSegment,
  word: number,
): { exact: number; stemmed: number } {
  const { exact, stems } = lists[word]!;
  const dead = deadRows(entry);
  return guardFormat(segment.file.key, () => {
    const written = exact === null ? 0 : countLive(exact, dead, null);
    let stemmed = isPlain(segment) ? written : 0;
    if (segment.plainRows !== null && exact !== null) stemmed += countLive(exact, dead, segment.plainRows);
    for (const list of stems) stemmed += countLive(list, dead, null);
    return { exact: written, stemmed };
  });
}

/** The last count of a list: it holds as long as the tombstones do. */
const liveCounts = new WeakMap<PostingList, { dead: Bitmap | null; among: Bitmap | null; count: number }>();

/** Counts the live rows of a list, or those that are also in `among`. */
function countLive(list: PostingList, dead: Bitmap | null, among: Bitmap | null): number {
  if (dead === null && among === null) return list.count;
  const known = liveCounts.get(list);
  if (known !== undefined && known.dead === dead && known.among === among) return known.count;
  const buffer = createBlockBuffer();
  let count = 0;
  list.blocks.lastRows.forEach((_, block) => {
    const found = decodeBlock(list, block, buffer);
    for (let i = 0; i < found; i++) {
      const row = buffer.rows[i]!;
      if (dead?.has(row) !== true && among?.has(row) !== false) count += 1;
    }
  });
  liveCounts.set(list, { dead, among, count });
  return count;
}

/** Says which words of the query a row has, and which only by their stem. */
export function matchedWords(
  { segment, words: lists }: Pick<KeywordSegment, 'segment' | 'words'>,
  words: readonly QueryWord[],
  row: number,
): string[] {
  return guardFormat(segment.file.key, () =>
    words.flatMap(({ term }, i) => {
      const { exact, stems } = lists[i]!;
      if (exact !== null && frequencyOf(exact, row) > 0) return [term];
      return stems.some((list) => frequencyOf(list, row) > 0) ? [`${term} (by its stem)`] : [];
    }),
  );
}
