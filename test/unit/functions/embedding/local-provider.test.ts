import { describe, expect, it } from 'vitest';
import { createEmbeddingProvider } from '../../../../functions/embedding/create-embedding-provider.ts';
import { splitWords } from '../../../../functions/embedding/local/split-words.ts';
import { stemWord } from '../../../../functions/embedding/local/stem-word.ts';

const embedder = createEmbeddingProvider({ provider: 'local', model: 'lexical', dimension: 384 });

async function similarity(left: string, right: string): Promise<number> {
  const { vectors } = await embedder.embed([left, right], 'DOCUMENT');
  return dot(vectors[0], vectors[1]);
}

function dot(left: Float32Array = new Float32Array(), right: Float32Array = new Float32Array()): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

describe('the local provider', () => {
  it.each([384, 768, 1024])('makes unit vectors of %i values', async (dimension) => {
    const local = createEmbeddingProvider({ provider: 'local', model: 'lexical', dimension });

    const { vectors, tokens } = await local.embed(
      ['Neap tides are weak.', '!?', '', '   ', 'the of and'],
      'DOCUMENT',
    );

    for (const vector of vectors) {
      expect(vector).toHaveLength(dimension);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
    expect(tokens).toBeGreaterThan(5);
  });

  it('gives the same text the same vector in every process', async () => {
    const again = createEmbeddingProvider({ provider: 'local', model: 'lexical', dimension: 384 });
    const text = 'Naïve café. Зима 春は曙 2024';

    const [first] = (await embedder.embed([text], 'DOCUMENT')).vectors;
    const [second] = (await again.embed(['warm the cache', text], 'QUERY')).vectors.slice(1);

    expect(second).toEqual(first);
  });

  it.each([
    ['running', 'run'],
    ['rises', 'rise'],
    ['stopped', 'stop'],
    ['colours', 'colour'],
    ['organization', 'organisations'],
    ['café', 'cafe'],
    ['Häuser', 'hauser'],
  ])('finds %s near %s, and far from other words', async (form, word) => {
    expect(await similarity(form, word)).toBeGreaterThan(0.18);
    expect(await similarity(form, 'lighthouse')).toBeLessThan(0.15);
  });

  it('ranks the text that shares rare words above those that share frequent ones', async () => {
    const texts = [
      'The cat and the dog are in the house with all of the others.',
      'A waggle dance tells the hive where the flowers are.',
      'Basalt lava flows quickly.',
      'Ice flows downhill under its own weight.',
    ];
    const { vectors } = await embedder.embed(texts, 'DOCUMENT');
    const best = async (question: string): Promise<number> => {
      const [query] = (await embedder.embed([question], 'QUERY')).vectors;
      const scores = vectors.map((vector) => dot(vector, query));
      return scores.indexOf(Math.max(...scores));
    };

    expect(await best('What are the bees dancing in the hive?')).toBe(1);
    expect(await best('How does the lava flow?')).toBe(2);
    expect(await best('What does the weight of the ice do?')).toBe(3);
  });

  it('tells texts without words apart by their characters', async () => {
    expect(await similarity('?!', '--')).toBeLessThan(0.5);
    expect(await similarity('?!', ' ?! ')).toBeCloseTo(1);
  });

  it('embeds at least 2,000 chunks of 1,000 characters a second', async () => {
    const words = Array.from({ length: 3_000 }, (_, n) => `word${((n * 7919) % 5_003).toString(36)}ing`);
    const texts = Array.from({ length: 1_000 }, (_, n) =>
      Array.from({ length: 110 }, (_, w) => words[(n * 31 + w * 17) % 3_000]).join(' '),
    );
    await embedder.embed(texts.slice(0, 100), 'DOCUMENT');
    const startedAt = performance.now();

    await embedder.embed(texts, 'DOCUMENT');

    expect(texts.length / ((performance.now() - startedAt) / 1_000)).toBeGreaterThan(2_000);
  });
});

describe('words', () => {
  it('are split in scripts without spaces too', () => {
    expect(splitWords('Über-Größe, 東京都に住む')).toEqual(expect.arrayContaining(['uber', 'große', '東京']));
    expect(splitWords('ภาษาไทยง่าย').length).toBeGreaterThan(1);
    expect(splitWords("don't stop-2x")).toEqual(['don', 't', 'stop', '2x']);
  });

  it('lose their endings, and never all of their letters', () => {
    expect(['flowers', 'flowing', 'stopped', 'is', 'ing', 'cities'].map(stemWord)).toEqual([
      'flow',
      'flow',
      'stop',
      'is',
      'ing',
      'cit',
    ]);
  });
});

describe('choosing a provider', () => {
  it.each([
    [
      { provider: 'mystery', model: 'x', dimension: 384 },
      'UNAVAILABLE',
      /available are local, bedrock, openai and transformers/,
    ],
    [{ provider: 'local', model: 'x', dimension: 7 }, 'VALIDATION', /from 64 to 4096/],
    [{ provider: 'bedrock', model: 'x', dimension: 384 }, 'VALIDATION', /known are amazon/],
    [
      { provider: 'bedrock', model: 'amazon.titan-embed-text-v2:0', dimension: 384 },
      'VALIDATION',
      /it has 256, 512, 1024/,
    ],
  ])('refuses %j', (choice, kind, words) => {
    expect(() => createEmbeddingProvider(choice)).toThrow(
      expect.objectContaining({ kind, message: expect.stringMatching(words) as string }) as Error,
    );
  });
});
