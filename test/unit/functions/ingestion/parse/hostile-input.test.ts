import { describe, expect, it } from 'vitest';
import { chunkAll, parseBytes } from '../../../../support/parse-sample.ts';

const K = 200_000;

/** Inputs that cost the square of their size where a pattern or a loop is careless. */
const inputs: [title: string, name: string, content: string][] = [
  ['full stops', 'a.txt', '.'.repeat(K)],
  ['full stops and quotes', 'a.txt', '.)"'.repeat(K / 3)],
  ['spaces', 'a.md', `# ${' '.repeat(K)}x`],
  ['hash signs', 'a.md', `# x ${'# '.repeat(K / 2)}x`],
  ['line breaks and tabs', 'a.txt', '\n\t'.repeat(K / 2)],
  ['one word', 'a.txt', 'x'.repeat(K)],
  ['surrogate pairs', 'a.txt', '😀'.repeat(K / 2)],
  ['open elements', 'a.html', '<b>'.repeat(1_500) + '<p>x</p>'.repeat(K / 8)],
  ['headings', 'a.html', '<h1>a</h1>'.repeat(K / 10)],
  ['headings', 'a.md', '# a\n'.repeat(K / 4)],
  ['broken tags', 'a.html', '<w:t <'.repeat(K / 6)],
  ['cells', 'a.csv', `${'a,'.repeat(8_000)}b\n${'1,'.repeat(8_000)}2\n`],
  ['equal names of columns', 'a.csv', `${'x'.repeat(20)},y\n`.repeat(1_000)],
  ['quotes', 'a.csv', `a,b\n${'""'.repeat(K / 2)}\n`],
  ['digits', 'a.csv', `${'1 '.repeat(K / 2)}x,y\n1,2\n`],
  [
    'keys',
    'a.json',
    JSON.stringify([Object.fromEntries(Array.from({ length: K / 10 }, (_, n) => [`k${n}`, n]))]),
  ],
  ['strings', 'a.json', `[${'"\\"",'.repeat(K / 5)}1]`],
];

describe('hostile input', () => {
  it.each(inputs)('of %s in %s is done in time', { timeout: 10_000 }, async (_title, name, content) => {
    const { sections } = await parseBytes(name, content);

    const chunks = await chunkAll(sections);

    expect(chunks.every(({ values }) => JSON.stringify(values).length < 40_000)).toBe(true);
  });

  it('never makes a chunk repeat the name of a column without end', async () => {
    const { sections } = await parseBytes('a.csv', `${'name '.repeat(10_000)},b\nx,y\n`);

    expect(sections[0]?.text.length).toBeLessThan(300);
  });
});
