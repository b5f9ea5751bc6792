import { describe, expect, it } from 'vitest';
import { createPdf } from '../../../../../support/documents/create-pdf.ts';
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
