import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { countTokens } from '../../../../../functions/ingestion/chunk/count-tokens.ts';
import { chunkAll, parseBytes } from '../../../../support/parse-sample.ts';

const folder = fileURLToPath(new URL('../../../../../../shared/data/files', import.meta.url));

/** Words at known places: the page or null, and the least number of chunks. */
const readable: [name: string, words: RegExp, page: number | null, chunks: number][] = [
  ['UDHR_first_article_all.txt', /All human beings are born free/, null, 40],
  ['book-war-and-peace-1225p.txt', /Genoa and Lucca are now just family estates/, null, 1_500],
  ['fake-incomplete-json.txt', /John Doe/, null, 1],
  ['fake-text-utf-16.txt', /^This is a test document to use/, null, 1],
  ['codeblock.md', /```/, null, 1],
  ['readme-sample.md', /\S/, null, 1],
  ['simple-table.md', /Juicy Apples \| 1\.99/, null, 1],
  ['umlauts-non-utf8.md', /## können/, null, 1],
  ['example-10k-1p.html', /Galaxy Gaming, Inc\./, null, 2],
  ['example-10k.html', /SECURITIES AND EXCHANGE COMMISSION|FORM 10-K/i, null, 80],
  ['example-with-scripts.html', /\w+ \w+/, null, 5],
  ['fake-html-cp1252.html', /Der Preis betrug 15,50 €/, null, 1],
  ['fake-html-with-image-from-url.html', /Test page/, null, 1],
  ['stanley-cups-utf-16.csv', /Team: Maple Leafs\nLocation: TOR\nStanley Cups: 13/, null, 3],
  ['semicolon-delimited.csv', /dolor sit/, null, 3],
  ['csv-with-escaped-commas.csv', /A,A/, null, 2],
  ['csv-with-long-lines.csv', /\S/, null, 10],
  ['arbitrary-records.json', /name: Garden Trowel\nprice: 12\.5/, null, 3],
  ['simple.json', /These are a few of my favorite things/, null, 5],
  ['arbitrary-records.ndjson', /name: Garden Trowel\nprice: 12\.5/, null, 3],
  ['spring-weather.html.ndjson', /News Around NOAA/, null, 30],
  ['simple.docx', /favorite things/, null, 1],
  ['contains-pictures.docx', /\w+ \w+/, null, 1],
  ['docx-hdrftr.docx', /First header para/, null, 1],
  ['docx-tables.docx', / \| /, null, 1],
  ['eng_spa_mult.docx', /born free and equal/, null, 1],
  ['handbook-872p.docx', /future case assignments/i, null, 400],
  ['DA-619p.pdf', /MAIN GAME/, 1, 1_000],
  ['a1977-backus-p21.pdf', /functional\s*forms/, 1, 2],
  ['copy-protected.pdf', /LayoutParser: A Unified Toolkit/, 1, 3],
  ['embedded-cmap-cidfont.pdf', /This text uses an embedded CMap/, 1, 1],
  ['failure-after-repair.pdf', /Understanding\s+Breast Cancer/, 1, 60],
  ['fr_olap.pdf', /Résumés et interrogations de logs/, 1, 10],
  ['invalid-pdf-structure-pdfminer-one-page.pdf', /Leadership in Cybersecurity/, 1, 4],
  ['korean-text-with-tables.pdf', /적립 제외 대상/, 1, 1],
  ['layout-parser-paper-fast.pdf', /document image analysis/i, 1, 3],
  ['multi-column-2p.pdf', /Dense Passage Retrieval for Open-Domain Question Answering/, 1, 5],
  ['reliance.pdf', /We Care/, 1, 3],
  ['vodafone.xlsx', /Topic: Segmental results\nPeriod: FY 22\ncolumn 3: FY 23\nPage: 3/, null, 10],
  ['more-than-1k-cells.xlsx', /column 26: x/, null, 40],
  ['xlsx-subtable-cases.xlsx', /b: d\nc: e/, null, 20],
  ['fake-power-point-malformed.pptx', /^Test Slide$/, 1, 1],
  ['fake-power-point-many-pages.pptx', /^Page 2$/, 2, 2],
  ['fake-power-point-table.pptx', /Column 1 \| Column 2 \| Column 3\nRed \| Green \| Blue/, 1, 1],
  ['science-exploration-1p.pptx', /Code 660: Astrophysics Science Division/, 1, 1],
  ['winter-sports.epub', /slowing down to enter Berne—that city so justly famous for its bears/, null, 150],
  ['simple.odt', /Parrots\n•\n- Hockey\n\nAnalysis/, null, 1],
  ['stanley-cups-with-emoji.tsv', /\S/, null, 3],
];

/** These hold no text: planning fails them, because nothing of them could be found. */
const blank = ['empty.txt', 'fake-text-all-whitespace.txt', 'empty.xlsx'];

const unreadable: [name: string, kind: string, words: RegExp][] = [
  ['password.pdf', 'UNSUPPORTED_FILE', /password/],
  ['password_protected.xlsx', 'UNSUPPORTED_FILE', /encrypted Office document/],
];

describe.runIf(existsSync(folder))('real documents', () => {
  const rows = readable.map(([name, words, page, count]) => ({ name, words, page, count }));

  it.each(rows)('$name is read', { timeout: 60_000 }, async ({ name, words, page, count }) => {
    const { sections } = await parseBytes(name, await readFile(join(folder, name)));
    const chunks = await chunkAll(sections);

    const found = chunks.filter(({ text }) => words.test(text));
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]?.page ?? null).toBe(page);
    expect(chunks.length).toBeGreaterThanOrEqual(count);
    expect(Math.max(...chunks.map(({ text }) => countTokens(text)))).toBeLessThanOrEqual(512);

    expect(chunks.some(({ text }) => /[\u0000-\u0008\u000b-\u001f]/.test(text))).toBe(false);
  });

  it.each(unreadable)('%s fails as %s', async (name, kind, words) => {
    const bytes = await readFile(join(folder, name));

    await expect(parseBytes(name, bytes)).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(words) as string,
    });
  });

  it('each have an outcome here', async () => {
    const named = new Set([...readable, ...unreadable].map(([name]) => name));

    expect((await readdir(folder)).filter((name) => !named.has(name) && !blank.includes(name))).toEqual([]);
  });

  it.each(blank)('%s has no chunks', async (name) => {
    const { sections } = await parseBytes(name, await readFile(join(folder, name)));

    expect(await chunkAll(sections)).toEqual([]);
  });
});
