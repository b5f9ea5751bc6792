import { UnknownVersion } from '../format/segment-directory.ts';
import { ANALYZER, PLAIN_ANALYZER } from '../index/analyze-text.ts';
import { guardFormat, type SegmentFile } from './segment-file.ts';

/** Fails when the words of a segment were found by rules that this version does not know: queries would miss them. */
export function checkAnalyzer({ key, statistics }: Pick<SegmentFile, 'key' | 'statistics'>): void {
  const { analyzer } = statistics;
  if (analyzer === ANALYZER || analyzer === PLAIN_ANALYZER) return;
  guardFormat(key, () => {
    throw new UnknownVersion(
      `its words are of the analyzer ${analyzer}, and this reader knows ${PLAIN_ANALYZER} and ${ANALYZER}`,
    );
  });
}
