import { Bitmap } from '../format/bitmap.ts';
import { ANALYZER, PLAIN_ANALYZER } from '../index/analyze-text.ts';
import type { KeywordContent } from '../index/index-texts.ts';
import { mergeTerms, type TermSource } from '../index/merge-terms.ts';
import { decodePostings } from '../index/postings.ts';
import { checkAnalyzer } from './check-analyzer.ts';
import type { LoadedSegment } from './load-segment.ts';
import { guardFormat } from './segment-file.ts';

/**
 * Merges the keyword indexes of segments. Texts are not stored, so rows without stems stay without: they are marked, and score
 * after the merge as before.
 */
export function mergeKeywords(
  segments: readonly LoadedSegment[],
  origins: readonly { source: number; row: number }[],
): KeywordContent {
  for (const { file } of segments) checkAnalyzer(file);
  const lengths = Uint32Array.from(origins, ({ source, row }) => segments[source]!.lengths[row]!);
  const targets = segments.map(({ rows }) => new Int32Array(rows).fill(-1));
  origins.forEach(({ source, row }, target) => (targets[source]![row] = target));
  const sources = segments.map((segment, source) => sourceOf(segment, targets[source]!));
  const isPlain = segments.map(({ file }) => file.statistics.analyzer === PLAIN_ANALYZER);
  const plain = new Bitmap(origins.length);
  origins.forEach(({ source, row }, target) => {
    if (isPlain[source] === true || segments[source]!.plainRows?.has(row) === true) plain.add(target);
  });
  return {
    analyzer: isPlain.includes(false) ? ANALYZER : PLAIN_ANALYZER,
    lengths,
    plainRows: isPlain.includes(false) && plain.count() > 0 ? plain : null,
    terms: () => mergeTerms(sources, origins.length),
  };
}

function sourceOf(segment: LoadedSegment, targets: Int32Array): TermSource {
  const { file, terms: dictionary, postings, rows } = segment;
  const decode: TermSource['decode'] = (index) =>
    guardFormat(file.key, () => decodePostings(dictionary, postings, index, rows));
  return { terms: dictionary.terms, decode, targets };
}
