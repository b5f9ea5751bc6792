import { describe, expect, it } from 'vitest';
import { assemblePdf, createPdf } from '../../../../../support/documents/create-pdf.ts';
import { chunkAll, parseBytes } from '../../../../../support/parse-sample.ts';

const LINES = 12;
const column = (name: string, x: number) =>
  Array.from({ length: LINES }, (_, index) => ({
    x,
    y: 700 - index * 14,
    text: `${name} column has line number ${index + 10} here`,
  }));
const left = column('Left', 40);
const right = column('Right', 320);
const title = { x: 150, y: 750, text: 'A title that stands across both of the columns of this page' };
const expected = [title, ...left, ...right].map(({ text }) => text);

describe('a PDF', () => {
  it.each([
    ['in reading order', [title, ...left, ...right]],
    ['row by row', [title, ...left.flatMap((line, index) => [line, right[index] ?? line])]],
    ['from the bottom up', [title, ...left, ...right].reverse()],
    [
      'by chance',
      [title, ...left, ...right].toSorted(
        (one, other) =>
          ((one.text.length * 7 + one.y * 13) % 31) - ((other.text.length * 7 + other.y * 13) % 31),
      ),
    ],
  ])('of two columns written %s is read column by column', async (_order, texts) => {
    const { sections } = await parseBytes('a.pdf', createPdf({ pages: [texts] }));

    expect(sections[0]?.text.split(/\n+/)).toEqual(expected);
  });

  it('whose pages are turned is read like any other', async () => {
    const turned = [title, ...left, ...right].map(({ x, y, text }) => ({
      x: 800 - y,
      y: x,
      text,
      isTurned: true,
    }));
    const shuffled = [turned[0], ...turned.slice(1).toReversed()].filter((text) => text !== undefined);

    const pages = [turned, shuffled, [...turned, { x: 20, y: 20, text: 'Printed in Kiel' }]];
    const { sections } = await parseBytes('a.pdf', createPdf({ pages }));

    expect(sections[0]?.text.split(/\n+/)).toEqual(expected);
    expect(sections[1]?.text.split(/\n+/)).toEqual(expected);
    expect(sections[2]?.text.split(/\n+/)).toEqual([...expected, 'Printed in Kiel']);
  });

  it('that is a form has what was filled in, but no passwords', async () => {
    const field = (name: string, more: string): string =>
      `<</Type/Annot/Subtype/Widget/T(${name})/Rect[9 9 99 99]/F 4/P 3 0 R${more}>>`;
    const bytes = assemblePdf([
      '<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R 7 0 R 8 0 R 9 0 R]>>>>',
      '<</Type/Pages/Kids[3 0 R]/Count 1>>',
      '<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R/Annots[6 0 R 7 0 R 8 0 R 9 0 R]>>',
      '<</Length 36>>stream\nBT /F1 10 Tf 40 700 Td (Boat) Tj ET  \nendstream',
      '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
      field('boat', '/FT/Tx/V(Sea Cloud)'),
      field('pin', '/FT/Tx/Ff 8192/V(secret)'),
      field('paid', '/FT/Btn/AS/Yes/V/Yes/AP<</N<</Yes null/Off null>>>>'),
      field('empty', '/FT/Tx'),
    ]);

    expect((await parseBytes('a.pdf', bytes)).text).toBe('Boat\n\nboat: Sea Cloud\npaid: Yes');
  });

  it('whose words are printed several times to look bold has them once', async () => {
    const words = { x: 40, y: 700, text: 'Bold' };
    const page = [
      words,
      { ...words, x: 40.3 },
      { ...words, y: 700.3 },
      words,
      { ...words, x: 80 },
      { ...words, y: 680 },
    ];

    expect((await parseBytes('a.pdf', createPdf({ pages: [page] }))).text.split(/\s+/)).toEqual([
      'Bold',
      'Bold',
      'Bold',
    ]);
  });

  it('that a wrong editor has given the mark of UTF-8 is one', async () => {
    const pdf = createPdf({ pages: [[{ x: 40, y: 700, text: 'Boat' }]] });

    const { sections } = await parseBytes('a.pdf', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), pdf]));

    expect(sections[0]?.text).toBe('Boat');
  });

  it('has small words below large ones on a line of their own', async () => {
    const page = [
      { x: 40, y: 700, text: '2,32,822', size: 30 },
      { x: 40, y: 688, text: 'new jobs' },
    ];

    expect((await parseBytes('a.pdf', createPdf({ pages: [page] }))).text).toBe('2,32,822\nnew jobs');
  });

  it('with a table keeps its rows together', async () => {
    const rows = Array.from({ length: 10 }, (_, index) => [
      { x: 40, y: 700 - index * 14, text: `boat ${index}` },
      { x: 320, y: 700 - index * 14, text: `${index} m` },
    ]);

    const { sections } = await parseBytes('a.pdf', createPdf({ pages: [rows.flat()] }));

    expect(sections[0]?.text).toContain('boat 3 3 m\nboat 4 4 m');
  });

  it('has the headings of its outline at their titles, and from page to page', async () => {
    const page = (text: string, more: string) => [
      { x: 40, y: 700, text },
      { x: 40, y: 680, text: more },
    ];
    const pdf = createPdf({
      pages: [
        page('Before it all', 'a preface'),
        page('Chapter One', 'begins here'),
        page('It goes on', 'with more'),
      ],
      outline: [
        { title: 'Preface', page: 1 },
        { title: 'Chapter One', page: 2 },
      ],
    });

    const { sections } = await parseBytes('a.pdf', pdf);

    expect(
      sections.map(({ openHeadings, headings }) => [
        openHeadings,
        headings.map(({ offset, title: name }) => [offset, name]),
      ]),
    ).toEqual([
      [[], [[17, 'Preface']]],
      [['Preface'], [[0, 'Chapter One']]],
      [['Chapter One'], []],
    ]);
    const chunks = await chunkAll(sections, { strategy: 'MARKDOWN' });
    expect(chunks.at(-1)?.values).toEqual({ headings: ['Chapter One'] });
  });
});
