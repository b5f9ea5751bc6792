import { uniformSource } from './gaussian-source.ts';

const vocabularySize = 30_000;
const wordsPerChunk = 100;

/** Makes the function that draws a rank whose frequency falls like its inverse, as in natural text. */
function zipfRanks(seed: number): () => number {
  const uniform = uniformSource(seed);
  const cumulative = new Float64Array(vocabularySize);
  let total = 0;
  for (let rank = 0; rank < vocabularySize; rank++) cumulative[rank] = total += 1 / (rank + 2.7);
  return () => {
    const wanted = uniform() * total;
    let low = 0;
    let high = vocabularySize - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! <= wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** Makes words with the frequencies of natural text. */
export function zipfWords(seed: number, count: number): string[] {
  const drawRank = zipfRanks(seed);
  return Array.from({ length: count }, () => wordOf(drawRank()));
}

/** Makes chunks of words with the frequencies of natural text. */
export function zipfChunks(seed: number): () => string {
  const drawRank = zipfRanks(seed);
  return () => Array.from({ length: wordsPerChunk }, () => wordOf(drawRank())).join(' ');
}

/** Makes queries of three different words; ranks are spread evenly over the orders of magnitude, the ten most frequent words left out. */
export function zipfQueries(seed: number, count: number): string[][] {
  const uniform = uniformSource(seed);
  const drawRank = (): number => Math.floor(10 * (vocabularySize / 10) ** uniform());
  return Array.from({ length: count }, () => {
    const ranks = new Set<number>();
    while (ranks.size < 3) ranks.add(drawRank());
    return [...ranks].map(wordOf);
  });
}

/** Spells a rank in letters, so that every tokenizer takes it for one word. */
function wordOf(rank: number): string {
  const letters = rank
    .toString(26)
    .replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 26)));
  return `w${letters}`;
}
