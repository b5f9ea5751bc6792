import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chunk, ChunkingRules } from '../../../../../functions/ingestion/chunk/chunk.ts';
import { chunkSections } from '../../../../../functions/ingestion/chunk/chunk-sections.ts';
import { countTokens } from '../../../../../functions/ingestion/chunk/count-tokens.ts';
import { type Section, textSection } from '../../../../../functions/ingestion/parse/section.ts';

async function chunk(sections: Section[], rules: Partial<ChunkingRules> = {}): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  const all = { strategy: 'RECURSIVE' as const, maxTokens: 32, overlapTokens: 0, ...rules };
  for await (const each of chunkSections(sections, all)) chunks.push(each);
  return chunks;
}

const texts = async (section: Section, rules?: Partial<ChunkingRules>): Promise<string[]> =>
  (await chunk([section], rules)).map(({ text }) => text);

const record = (text: string): Section => ({ ...textSection(text), kind: 'RECORD', values: { text } });
const page = (text: string, number: number): Section => ({
  ...textSection(text),
  kind: 'PAGE',
  page: number,
});
const sentence = (n: number): string => `Sentence number ${n} has a few words.`;
const paragraph = (n: number): string => [1, 2, 3].map((k) => sentence(n * 10 + k)).join(' ');

const anyText = fc
  .array(
    fc.oneof(
      fc.lorem({ maxCount: 30 }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('\n\n', '\n', '. ', '。', 'x'.repeat(300), '😀'.repeat(50), ' '.repeat(70)),
    ),
  )
  .map((parts) => parts.join('').toWellFormed());
const anyRules = fc.record({
  strategy: fc.constantFrom('RECURSIVE', 'SENTENCE', 'MARKDOWN', 'PAGE', 'RECORD', 'FIXED'),
  maxTokens: fc.integer({ min: 16, max: 64 }),
  overlapTokens: fc.integer({ min: 0, max: 8 }),
}) as fc.Arbitrary<ChunkingRules>;
const anySection = fc.oneof(
  anyText.map((text) => textSection(text)),
  anyText.map(record),
  anyText.map((text) => page(text, 1)),
);

describe('chunks of any text under any strategy', () => {
  it('stand where they say, are never too long, and together hold every character that is not white space', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anySection, { maxLength: 4 }), anyRules, async (sections, rules) => {
        const whole = sections.map(({ text }) => text).join('\n\n');
        const covered = new Uint8Array(whole.length);
        const chunks = await chunk(sections, rules);
        for (const { text, startOffset, endOffset } of chunks) {
          expect(whole.slice(startOffset, endOffset)).toBe(text);
          expect(text.isWellFormed()).toBe(true);
          expect(text.trim()).toBe(text);
          expect(countTokens(text)).toBeLessThanOrEqual(rules.maxTokens);
          covered.fill(1, startOffset, endOffset);
        }
        const missing = covered.some((isCovered, at) => isCovered === 0 && /\S/.test(whole.charAt(at)));
        expect(missing).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('never cross a section', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anySection, { minLength: 2, maxLength: 4 }),
        anyRules,
        async (sections, rules) => {
          const starts = sections.map((_, index) =>
            sections.slice(0, index).reduce((sum, { text }) => sum + text.length + 2, 0),
          );
          for (const { startOffset, endOffset } of await chunk(sections, rules)) {
            const index = starts.findLastIndex((start) => start <= startOffset);
            expect(endOffset).toBeLessThanOrEqual((starts[index] ?? 0) + (sections[index]?.text.length ?? 0));
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('RECURSIVE', () => {
  it('keeps paragraphs whole while they fit, then sentences', async () => {
    const text = [paragraph(1), paragraph(2)].join('\n\n');

    expect(await texts(textSection(text), { maxTokens: 40 })).toEqual([paragraph(1), paragraph(2)]);
    expect(await texts(textSection(text), { maxTokens: 400 })).toEqual([text]);
    expect(
      (await texts(textSection(paragraph(1)), { maxTokens: 16 })).every((each) => each.endsWith('.')),
    ).toBe(true);
  });

  it('repeats whole sentences of the chunk before, at most as many tokens as asked', async () => {
    const chunks = await texts(textSection(paragraph(1)), { maxTokens: 24, overlapTokens: 12 });

    expect(chunks).toEqual([`${sentence(11)} ${sentence(12)}`, `${sentence(12)} ${sentence(13)}`]);
  });

  it('leaves a heading with the text that it heads', async () => {
    const text = `${paragraph(1)}\n\n# Next\n\n${paragraph(2)}`;
    const section = textSection(text, [{ offset: text.indexOf('# Next'), level: 1, title: 'Next' }]);

    const chunks = await chunk([section], { maxTokens: 48, overlapTokens: 8 });

    expect(chunks.map((each) => each.text)).toEqual([paragraph(1), `# Next\n\n${paragraph(2)}`]);
  });

  it('keeps a record whole while it fits', async () => {
    expect(await texts(record('a: 1\n\nb: 2'), { maxTokens: 16 })).toEqual(['a: 1\n\nb: 2']);
  });
});

describe('the other strategies', () => {
  it('cut at every heading, and a bare heading stays with the next', async () => {
    const text = '# One\n\n## Two\n\nText of two.\n\n## Three\n\nText of three.';
    const headings = [...text.matchAll(/^(#+) (\w+)$/gm)].map((match) => ({
      offset: match.index,
      level: match[1]?.length ?? 1,
      title: match[2] ?? '',
    }));

    const chunks = await chunk([textSection(text, headings)], { strategy: 'MARKDOWN', maxTokens: 512 });

    expect(chunks.map((each) => each.text)).toEqual([
      '# One\n\n## Two\n\nText of two.',
      '## Three\n\nText of three.',
    ]);
    expect(chunks.map((each) => each.headings)).toEqual([[], ['One']]);
  });

  it('keep pages apart', async () => {
    const chunks = await chunk([page('First page.', 1), page('Second page.', 2)], { strategy: 'PAGE' });

    expect(chunks.map(({ text, page: number }) => [text, number])).toEqual([
      ['First page.', 1],
      ['Second page.', 2],
    ]);
  });

  it('take each paragraph as a record', async () => {
    expect(await texts(textSection('one\n\ntwo\n\n\nthree'), { strategy: 'RECORD' })).toEqual([
      'one',
      'two',
      'three',
    ]);
  });

  it('fill windows of words with their overlap', async () => {
    const words = Array.from({ length: 40 }, (_, n) => `w${n % 10}`).join(' ');

    const chunks = await texts(textSection(words), { strategy: 'FIXED', maxTokens: 16, overlapTokens: 4 });

    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks[1]?.startsWith(chunks[0]?.split(' ').slice(-2).join(' ') ?? '-')).toBe(true);
  });

  it('refuse to cut nothing when the text is too long for a model', async () => {
    expect(await texts(textSection(paragraph(1)), { strategy: 'NONE', maxTokens: 16 })).toEqual([
      paragraph(1),
    ]);
    await expect(texts(textSection('word '.repeat(9_000)), { strategy: 'NONE' })).rejects.toMatchObject({
      kind: 'VALIDATION',
      message: expect.stringContaining('8192 tokens') as string,
    });
  });
});

describe('tokens', () => {
  it.each([
    ['', 0],
    ['word', 1],
    ['unbelievable', 2],
    ['1234567', 3],
    ['東京都', 3],
    ['Hello, world!', 4],
    [' '.repeat(100), 6],
  ])('of %j are counted as %i', (text, tokens) => {
    expect(countTokens(text)).toBe(tokens);
  });

  it('come to about four characters each in prose', () => {
    const prose =
      'The committee has been considering the proposal for several months, and its members expect to reach a decision before winter. '.repeat(
        20,
      );

    expect(prose.length / countTokens(prose)).toBeGreaterThan(3.5);
    expect(prose.length / countTokens(prose)).toBeLessThan(5.5);
  });
});
