import { setImmediate } from 'node:timers/promises';
import { countTokens } from '../../ingestion/chunk/count-tokens.ts';
import type { EmbeddingProvider } from '../embedding-provider.ts';
import { splitWords } from './split-words.ts';
import { createWordFeatures, hashText, type WordFeatures } from './word-features.ts';

/** Some tenths of a second: after so many texts it is looked whether they are still wanted. */
const MAX_BATCH = 256;
/** Below this length a sum of signed features has cancelled itself out. */
const MIN_LENGTH = 1e-6;
const FALLBACK_SEED = 4;

function normalise(vector: Float32Array): boolean {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  if (length < MIN_LENGTH) return false;
  for (let index = 0; index < vector.length; index++) vector[index] = (vector[index] ?? 0) / length;
  return true;
}

/** A text without words still needs a direction: the one that the hash of its characters names. */
function fillFallback(vector: Float32Array, text: string): void {
  const shown = text.trim();
  const hash = hashText(shown, 0, shown.length, FALLBACK_SEED);
  vector.fill(0);
  vector[(hash >>> 1) % vector.length] = hash & 1 ? 1 : -1;
}

/**
 * Makes the offline provider: deterministic and lexical. It hashes words, their beginnings and their three-letter pieces into
 * signed features with sublinear counts, so texts that share words or word stems are near; it knows nothing of synonyms.
 */
export function createLocalProvider(model: string, dimension: number): EmbeddingProvider {
  const featuresOf = createWordFeatures(dimension);

  let texts = 0;

  /** Returns the features of the words of a text, each once, with their counts. */
  function countFeatures(text: string): WordFeatures[] {
    const found: WordFeatures[] = [];
    texts++;
    for (const word of splitWords(text)) {
      const features = featuresOf(word);
      if (features.lastText === texts) {
        features.count++;
        continue;
      }
      features.lastText = texts;
      features.count = 1;
      found.push(features);
    }
    return found;
  }

  function embedText(text: string): Float32Array {
    const vector = new Float32Array(dimension);
    for (const { slots, weights, count } of countFeatures(text)) {
      const frequency = 1 + Math.log(count);
      for (let index = 0; index < slots.length; index++) {
        const slot = slots[index] ?? 0;
        vector[slot] = (vector[slot] ?? 0) + frequency * (weights[index] ?? 0);
      }
    }
    if (!normalise(vector)) fillFallback(vector, text);
    return vector;
  }

  return {
    name: 'local',
    model,
    dimension,
    maxBatch: MAX_BATCH,
    async embed(given, _kind, signal) {
      const vectors: Float32Array[] = [];
      for (const [index, text] of given.entries()) {
        vectors.push(embedText(text));
        if (!signal || (index + 1) % MAX_BATCH > 0) continue;
        await setImmediate();
        signal.throwIfAborted();
      }
      return { vectors, tokens: given.reduce((sum, text) => sum + countTokens(text), 0) };
    },
  };
}
