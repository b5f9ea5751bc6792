import { describe, expect, it } from 'vitest';
import { countTokens } from '../../../../../functions/ingestion/chunk/count-tokens.ts';
import { chunkAll, parseBytes } from '../../../../support/parse-sample.ts';

const rows = Array.from({ length: 80 }, (_, index) => `| boat ${index} | berth ${index} |`);
const markdown = `# Harbour\n\nBefore.\n\n| Boat | Berth |\n|---|---|\n${rows.join('\n')}\n\nAfter.\n`;
const html = `<h1>Harbour</h1><p>Before.<table><tr><th>Boat<th>Berth</tr>${rows.map((_, index) => `<tr><td>boat ${index}<td>berth ${index}`).join('')}</table><p>After.`;

describe('a table that is longer than a chunk', () => {
  it.each(['RECURSIVE', 'SENTENCE', 'MARKDOWN', 'FIXED', 'RECORD', 'PAGE'] as const)(
    'has its header in every chunk under %s, and is cut between its rows',
    async (strategy) => {
      for (const [name, source] of [
        ['a.md', markdown],
        ['a.html', html],
      ] as const) {
        const { sections } = await parseBytes(name, source);
        const chunks = await chunkAll(sections, { strategy, maxTokens: 90, overlapTokens: 20 });

        const ofTable = chunks.filter(({ text }) => /boat \d/.test(text));
        expect(ofTable.length).toBeGreaterThan(4);
        expect(ofTable.every(({ text }) => text.includes('Boat') && /berth \d+( \|)?$/.test(text))).toBe(
          true,
        );
        expect(Math.max(...chunks.map(({ text }) => countTokens(text)))).toBeLessThanOrEqual(90);
        const boats = ofTable.flatMap(({ text }) =>
          [...text.matchAll(/boat (\d+)/g)].map(([, number]) => Number(number)),
        );
        expect(boats).toEqual(rows.map((_, index) => index));
      }
    },
  );

  it('keeps the places of its rows, without the header that is repeated', async () => {
    const { sections, text: whole } = await parseBytes('a.md', markdown);

    for (const { text, startOffset, endOffset } of await chunkAll(sections, {
      maxTokens: 90,
      overlapTokens: 0,
    }))
      expect(text.endsWith(whole.slice(startOffset, endOffset))).toBe(true);
  });

  it('does without a header that would take half of every chunk', async () => {
    const wide = `| ${'long name '.repeat(40)} | b |\n|---|---|\n${rows.join('\n')}`;

    const chunks = await chunkAll((await parseBytes('a.md', wide)).sections, {
      maxTokens: 64,
      overlapTokens: 0,
    });

    expect(chunks.at(-1)?.text.startsWith('| boat')).toBe(true);
  });
});

describe('the path of headings', () => {
  const source = '# Sea\n\nwater\n\n## Tides\n\nhigh and low\n\n# Land\n\ndry\n';

  it('is a property of every chunk under MARKDOWN', async () => {
    const chunks = await chunkAll((await parseBytes('a.md', source)).sections, { strategy: 'MARKDOWN' });

    expect(chunks.map(({ text, headings, values }) => [text, headings, values])).toEqual([
      ['# Sea\n\nwater', [], {}],
      ['## Tides\n\nhigh and low', ['Sea'], { headings: ['Sea'] }],
      ['# Land\n\ndry', [], {}],
    ]);
  });

  it('leaves a column of that name alone', async () => {
    const { sections } = await parseBytes('a.csv', 'Ports of call\nheadings,b\nown,1\n');

    expect((await chunkAll(sections, { strategy: 'MARKDOWN' }))[0]?.values).toEqual({
      headings: 'own',
      b: '1',
    });
  });
});
