import type { SearchHit } from '../../engine/api.ts';

interface DiversityOptions {
  topK: number;
  /** 0..1: the weight of being unlike the hits chosen before; the rest is relevance. */
  diversity: number;
  explain: boolean;
}

function normalize(values: Float32Array): Float32Array {
  let squares = 0;
  for (const value of values) squares += value * value;
  const length = Math.sqrt(squares);
  return length === 0 ? values : values.map((value) => value / length);
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += (one[index] as number) * (other[index] as number);
  return sum;
}

/** Scales scores to 0..1 over the candidates, since ranks, cosines and distances differ in range. */
function scaleScores(hits: readonly SearchHit[]): number[] {
  const scores = hits.map((hit) => hit.score);
  const lowest = scores.reduce((least, score) => Math.min(least, score), Infinity);
  const highest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const range = highest - lowest;
  return scores.map((score) => (range === 0 ? 1 : (score - lowest) / range));
}

interface Candidate {
  hit: SearchHit;
  relevance: number;
  values: Float32Array | null;
  /** The largest cosine similarity to a hit that was chosen; 0 before the first. */
  likeness: number;
}

function explainChoice(candidate: Candidate, rank: number, score: number): SearchHit['stages'] {
  const detail = `relevance ${candidate.relevance.toFixed(4)}, likeness to hits before ${candidate.likeness.toFixed(4)}`;
  return [...(candidate.hit.stages ?? []), { stage: 'diversity', rank, score, detail }];
}

/**
 * Chooses by maximal marginal relevance: each next hit has the best balance of its score and its unlikeness (cosine) to those
 * before. Takes topK × candidates × dimension multiplications. Equal balances keep the engine's order.
 */
export function diversifyHits(
  hits: readonly SearchHit[],
  valuesOf: ReadonlyMap<string, Float32Array>,
  { topK, diversity, explain }: DiversityOptions,
): SearchHit[] {
  const scaled = scaleScores(hits);
  const left: Candidate[] = hits.map((hit, index) => {
    const values = valuesOf.get(hit.id);
    return {
      hit,
      relevance: scaled[index] as number,
      values: values ? normalize(values) : null,
      likeness: 0,
    };
  });
  const balance = ({ relevance, likeness }: Candidate) => (1 - diversity) * relevance - diversity * likeness;
  const chosen: SearchHit[] = [];
  while (left.length > 0 && chosen.length < topK) {
    let best = 0;
    for (let index = 1; index < left.length; index++) {
      if (balance(left[index] as Candidate) > balance(left[best] as Candidate)) best = index;
    }
    const [next] = left.splice(best, 1) as [Candidate];
    const stages = explain ? explainChoice(next, chosen.length + 1, balance(next)) : next.hit.stages;
    chosen.push({ ...next.hit, stages });
    for (const candidate of left) {
      if (!candidate.values || !next.values) continue;
      candidate.likeness = Math.max(candidate.likeness, dot(candidate.values, next.values));
    }
  }
  return chosen;
}
