import { describe, expect, it } from 'vitest';
import { createZip } from '../../../../../support/create-zip.ts';
import { createXlsx } from '../../../../../support/documents/create-office.ts';
import { parseBytes } from '../../../../../support/parse-sample.ts';

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

describe('a ZIP archive', () => {
  it('has each of its files read as what it is, under its name', async () => {
    const { sections, notes, hasUntypedValues, contentType, sniffed } = await parseBytes(
      'all.zip',
      createZip({
        'notes/read me.md': '# Top\n\nText.',
        'fees.csv': 'boat,fee\nsloop,12',
        'stock.xlsx': createXlsx({
          S: [
            ['part', 'count'],
            ['block', 4],
          ],
        }),
        'inner.zip': createZip({ 'deep.txt': 'deep words' }),
        'logo.png': png,
        '__MACOSX/._fees.csv': 'x',
        '.DS_Store': 'x',
      }),
    );

    expect([sniffed.contentType, contentType]).toEqual(['application/zip', undefined]);
    expect(sections.map(({ text, openHeadings }) => [text, openHeadings])).toEqual([
      ['# Top\n\nText.', ['notes/read me.md']],
      ['boat: sloop\nfee: 12', ['fees.csv']],
      ['part: block\ncount: 4', ['stock.xlsx', 'S']],
      ['deep words', ['inner.zip', 'deep.txt']],
    ]);
    expect(hasUntypedValues).toBe(true);
    expect(notes).toEqual([expect.stringMatching(/^"logo\.png" was left out: .*PNG image/) as string]);
  });

  it('is read as what it is under the name of another format, and says so', async () => {
    const { text, notes } = await parseBytes('fees.csv', createZip({ 'fees.csv': 'boat,fee\nsloop,12' }));

    expect(text).toBe('boat: sloop\nfee: 12');
    expect(notes).toEqual(['The file is called "fees.csv", but its bytes are zip; it was read as that.']);
  });

  it('of nothing that can be read fails with the first reason', async () => {
    await expect(parseBytes('a.zip', createZip({ 'a.png': png, 'b.png': png }))).rejects.toMatchObject({
      kind: 'UNSUPPORTED_FILE',
      message: expect.stringContaining('a.png') as string,
    });
  });

  it('reads names that point out of it as names', async () => {
    const { sections } = await parseBytes(
      'a.zip',
      createZip({ '../../etc/passwd.txt': 'root', '/abs.txt': 'abs' }),
    );

    expect(sections.map(({ openHeadings }) => openHeadings)).toEqual([
      ['../../etc/passwd.txt'],
      ['/abs.txt'],
    ]);
  });

  it.each([
    ['an archive of programs', { 'META-INF/MANIFEST.MF': 'x', 'A.class': 'x' }, /Java archive/],
    ['a binary workbook', { 'xl/workbook.bin': 'x' }, /binary Excel workbook/],
    ['a document of Apple', { 'Index/Document.iwa': 'x' }, /Apple iWork/],
  ])('that is %s is refused by name', async (_what, entries, words) => {
    await expect(
      parseBytes('a.zip', createZip(entries as unknown as Record<string, string>)),
    ).rejects.toMatchObject({
      kind: 'UNSUPPORTED_FILE',
      message: expect.stringMatching(words) as string,
    });
  });
});

describe('an archive with two entries of one name', () => {
  it.each([
    ['a.zip', 'a.txt', 'words'],
    ['a.docx', 'word/document.xml', '<w:document/>'],
    ['a.xlsx', 'xl/workbook.xml', '<workbook/>'],
    ['a.pptx', 'ppt/presentation.xml', '<p:presentation/>'],
    ['a.odt', 'content.xml', '<office:document-content/>'],
    ['a.epub', 'META-INF/container.xml', '<container/>'],
    ['a.npz', 'arr_0.npy', 'NUMPY'],
  ])('is refused as damaged: %s', async (name, entry, content) => {
    const bytes = createZip([
      [entry, content],
      ['other.txt', 'x'],
      [entry, `${content} `],
    ]);

    await expect(parseBytes(name, bytes)).rejects.toMatchObject({
      kind: 'CORRUPT_DATA',
      message: expect.stringContaining(`two entries named "${entry}"`) as string,
    });
  });

  it('may name a folder twice', async () => {
    const bytes = createZip([
      ['docs/', ''],
      ['docs/', ''],
      ['docs/a.txt', 'harbour'],
    ]);

    expect((await parseBytes('a.zip', bytes)).sections.map(({ text }) => text)).toEqual(['harbour']);
  });
});
