import type { SearchHit } from '../api.ts';
import { matchedWords, type KeywordSegment } from './keyword-search.ts';
import type { SearchPlan } from './plan-search.ts';
import type { Fused } from './rank-lists.ts';

/** Says how a hit came to its place: its rank and score in each list, the words it matched, and the fusion. */
export function explainHit(
  plan: SearchPlan,
  hit: Fused,
  { rank, keywords, isExact }: { rank: number; keywords: KeywordSegment | null; isExact: boolean },
): NonNullable<SearchHit['stages']> {
  const stages: NonNullable<SearchHit['stages']> = [];
  if (plan.values !== null) {
    const how = isExact ? 'exact scan' : 'nearest lists of the index';
    const detail = hit.vector === null ? notInList(plan) : `distance ${String(hit.distance)}, ${how}`;
    stages.push({
      stage: 'vector',
      rank: hit.vector?.rank ?? null,
      score: hit.vector?.score ?? null,
      detail,
    });
  }
  if (plan.words !== null && keywords !== null) {
    const matched = matchedWords(keywords, plan.words, hit.row);
    const detail = matched.length === 0 ? 'no word of the query' : `words: ${matched.join(', ')}`;
    stages.push({
      stage: 'keyword',
      rank: hit.keyword?.rank ?? null,
      score: hit.keyword?.score ?? null,
      detail,
    });
  }
  if (plan.mode === 'HYBRID')
    stages.push({ stage: 'fusion', rank, score: hit.score, detail: describeFusion(plan, hit) });
  return stages;
}

function notInList(plan: SearchPlan): string {
  return `not among the nearest ${plan.depth}`;
}

function describeFusion({ fusion }: SearchPlan, hit: Fused): string {
  if (fusion.method === 'WEIGHTED') {
    return `scores scaled to 0..1, weighted ${fusion.vectorWeight} vector + ${1 - fusion.vectorWeight} keyword`;
  }
  const parts = [hit.vector, hit.keyword].flatMap((list) =>
    list === null ? [] : `1/(${fusion.k} + ${list.rank})`,
  );
  return `reciprocal ranks: ${parts.join(' + ')}`;
}
