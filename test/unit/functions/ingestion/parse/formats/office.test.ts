import { describe, expect, it } from 'vitest';
import { createZip } from '../../../../../support/create-zip.ts';
import { createDocx, createPptx, createXlsx } from '../../../../../support/documents/create-office.ts';
import { chunkAll, parseBytes } from '../../../../../support/parse-sample.ts';

/** A chart of two rows, the first of which lacks a value. */
function chart(categories: 'strCache' | 'numCache'): string {
  const title = (...runs: string[]): string =>
    `<c:title><c:tx><c:rich><a:p>${runs.map((run) => `<a:r><a:t>${run}</a:t></a:r>`).join('')}</a:p></c:rich></c:tx></c:title>`;
  const points = (values: (string | null)[]): string =>
    values
      .map((value, index) => (value === null ? '' : `<c:pt idx="${index}"><c:v>${value}</c:v></c:pt>`))
      .join('');
  const series = (name: string, values: (string | null)[]): string =>
    `<c:ser><c:tx><c:strRef><c:f>Sheet1!$B$1</c:f><c:strCache>${points([name])}</c:strCache></c:strRef></c:tx>` +
    `<c:cat><c:strRef><c:${categories}>${points(['May', 'June'])}</c:${categories}></c:strRef></c:cat>` +
    `<c:val><c:numRef><c:numCache><c:formatCode>General</c:formatCode>${points(values)}</c:numCache></c:numRef></c:val></c:ser>`;
  const bars = `<c:barChart>${series('Cod', ['4.5', null])}${series('Eel', ['1', '2'])}</c:barChart>`;
  return `<c:chartSpace xmlns:c="c" xmlns:a="a"><c:chart>${title('Catch ', 'by month')}<c:plotArea>${bars}<c:valAx>${title('Tons')}</c:valAx></c:plotArea></c:chart></c:chartSpace>`;
}

const chartOfDocument = {
  'word/_rels/document.xml.rels':
    '<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/chart" Target="charts/chart1.xml"/></Relationships>',
  'word/charts/chart1.xml': chart('strCache'),
};

describe('a presentation', () => {
  const slides = [
    { title: 'Tides', lines: ['High water', 'Low &amp; slack water'], notes: 'Say why the moon matters.' },
    {
      title: 'Ports',
      table: [
        ['Port', 'Depth'],
        ['Genoa', '15 m'],
      ],
    },
  ];

  it('has a page for each slide in the order shown, with title, table and notes', async () => {
    const { sections, contentType } = await parseBytes('a.pptx', createPptx(slides));

    expect(contentType).toBe('application/vnd.openxmlformats-officedocument.presentationml.presentation');
    expect(sections.map(({ page, text }) => [page, text])).toEqual([
      [1, 'Tides\n\nHigh water\nLow & slack water\n\nNotes:\nSay why the moon matters.'],
      [2, 'Ports\n\nPort | Depth\nGenoa | 15 m'],
    ]);
    expect(sections.map(({ headings }) => headings.map(({ title }) => title))).toEqual([
      ['Tides'],
      ['Ports'],
    ]);
  });

  it('is read as what it is under another name, and says so', async () => {
    const { sections, notes } = await parseBytes('deck.docx', createPptx(slides));

    expect(sections).toHaveLength(2);
    expect(notes).toEqual([expect.stringContaining('its bytes are pptx') as string]);
  });

  it('has the titles of its charts, and their rows where they are named', async () => {
    const [sections, docx] = await Promise.all([
      parseBytes('a.pptx', createPptx([{ title: 'Catch', chart: chart('strCache') }])).then(
        (parsed) => parsed.sections,
      ),
      parseBytes('a.docx', createDocx('<w:p><w:r><w:t>Report</w:t></w:r></w:p>', chartOfDocument)),
    ]);

    const told = 'Catch by month\nTons\n\n| Cod | Eel\nMay | 4.5 | 1\nJune |  | 2';
    expect(sections[0]?.text).toBe(`Catch\n\n${told}`);
    expect(docx.text).toBe(`Report\n\n${told}`);
  });

  it('has of a cloud of points what its rows are called', async () => {
    const { text } = await parseBytes('a.pptx', createPptx([{ title: 'Catch', chart: chart('numCache') }]));

    expect(text).toBe('Catch\n\nCatch by month\nTons\n\nCod\nEel');
  });

  it('that lists no slides has no text', async () => {
    const empty = createZip({ 'ppt/presentation.xml': '<p:presentation/>' });

    expect((await parseBytes('a.pptx', empty)).sections).toEqual([]);
  });
});

describe('a workbook', () => {
  it('has a record for each row, with the types of its cells', async () => {
    const { sections } = await parseBytes(
      'a.xlsx',
      createXlsx({
        Ships: [
          ['name', 'length', 'launched', 'afloat'],
          ['Vasa', 69, { date: 9_354 }, false],
          ['Cutty Sark', 85.4, { date: 44_197.5 }, true],
        ],
      }),
    );

    expect(sections.map(({ kind, openHeadings, values }) => [kind, openHeadings, values])).toEqual([
      ['RECORD', ['Ships'], { name: 'Vasa', length: 69, launched: '1925-08-10', afloat: false }],
      [
        'RECORD',
        ['Ships'],
        { name: 'Cutty Sark', length: 85.4, launched: '2021-01-01T12:00:00', afloat: true },
      ],
    ]);
    expect(sections[0]?.text).toBe('name: Vasa\nlength: 69\nlaunched: 1925-08-10\nafloat: false');
  });

  it('has the text of shapes behind the rows of their sheet', async () => {
    const bytes = createZip({
      'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="W" r:id="a"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels':
        '<Relationships><Relationship Id="a" Type="x/worksheet" Target="w.xml"/></Relationships>',
      'xl/w.xml': '<worksheet><row r="1"><c><v>7</v></c></row></worksheet>',
      'xl/_rels/w.xml.rels':
        '<Relationships><Relationship Id="b" Type="x/drawing" Target="d.xml"/></Relationships>',
      'xl/d.xml':
        '<xdr:wsDr><xdr:sp><xdr:txBody><a:p><a:r><a:t>Mind the tide</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>',
    });

    expect(
      (await parseBytes('a.xlsx', bytes)).sections.map(({ text, openHeadings }) => [text, openHeadings]),
    ).toEqual([
      ['7', ['W']],
      ['Mind the tide', ['W']],
    ]);
  });

  it('has times longer than a day, and characters that XML cannot hold', async () => {
    const sheet = (cells: string): string => `<worksheet><row r="1">${cells}</row></worksheet>`;
    const bytes = createZip({
      'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="W" r:id="a"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels':
        '<Relationships><Relationship Id="a" Type="x/worksheet" Target="w.xml"/><Relationship Id="b" Type="x/styles" Target="s.xml"/></Relationships>',
      'xl/s.xml':
        '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="[h]:mm:ss"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="46"/><xf numFmtId="21"/></cellXfs></styleSheet>',
      'xl/w.xml': sheet(
        '<c s="1"><v>1.5</v></c><c s="2"><v>-0.25</v></c><c s="3"><v>0.5</v></c><c t="inlineStr"><is><t>a_x000A_b</t></is></c>',
      ),
    });

    expect((await parseBytes('a.xlsx', bytes)).text).toBe(
      'column 1: 36:00:00\ncolumn 2: -6:00:00\ncolumn 3: 12:00:00\ncolumn 4: a\nb',
    );
  });

  it('keeps what a formula gave when it was saved, else its text, and evaluates none', async () => {
    const { sections } = await parseBytes(
      'a.xlsx',
      createXlsx({
        S: [
          ['sum', 'link'],
          [{ formula: '1+1', value: '2' }, { formula: 'WEBSERVICE("http://127.0.0.1:1/x")' }],
        ],
      }),
    );

    expect(sections[0]?.values).toEqual({ sum: '2', link: '=WEBSERVICE("http://127.0.0.1:1/x")' });
  });

  it('has a table wherever empty rows part it, under the title above', async () => {
    const { sections } = await parseBytes(
      'a.xlsx',
      createXlsx({
        Fees: [
          ['Summer'],
          [null, 'boat', 'fee'],
          [null, 'sloop', 12],
          null,
          [null, 'yawl', 14],
          null,
          ['crew', 'pay'],
          ['mate', 3],
        ],
      }),
    );

    expect(sections.map(({ text, openHeadings }) => [text, openHeadings])).toEqual([
      ['boat: sloop\nfee: 12', ['Fees', 'Summer']],
      ['boat: yawl\nfee: 14', ['Fees', 'Summer']],
      ['crew: mate\npay: 3', ['Fees']],
    ]);
  });

  it('refuses a cell beyond the last column with its place', async () => {
    const wide = createZip({
      'xl/workbook.xml': '<workbook xmlns:r="r"><sheets><sheet name="W" r:id="a"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels':
        '<Relationships><Relationship Id="a" Type="x/worksheet" Target="w.xml"/></Relationships>',
      'xl/w.xml': '<worksheet><row r="7"><c r="ZZZZ7"><v>1</v></c></row></worksheet>',
    });

    await expect(parseBytes('a.xlsx', wide)).rejects.toMatchObject({
      kind: 'VALIDATION',
      location: 'sheet "W", row 7',
    });
  });
});

describe('a Word document', () => {
  const row = (...cells: string[]): string =>
    `<w:tr>${cells.map((text) => `<w:tc><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:tc>`).join('')}</w:tr>`;

  it('repeats the header of a long table in every chunk of it', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => row(`boat ${index}`, `berth ${index}`));
    const { sections } = await parseBytes(
      'a.docx',
      createDocx(`<w:tbl>${row('Boat', 'Berth')}${rows.join('')}</w:tbl>`),
    );

    const chunks = await chunkAll(sections, { maxTokens: 100, overlapTokens: 0 });

    expect(chunks.length).toBeGreaterThan(5);
    expect(chunks.every(({ text }) => text.startsWith('Boat | Berth\nboat '))).toBe(true);
    const whole = sections[0]?.text ?? '';
    const last = chunks.at(-1);
    expect(last?.text).toBe(`Boat | Berth\n${whole.slice(last?.startOffset, last?.endOffset)}`);
  });

  it('has lines of headers and footers that are not lines of the text, without what merged cells hide', async () => {
    const cell = (text: string, more = ''): string =>
      `<w:tc><w:tcPr>${more}</w:tcPr><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:tc>`;
    const footer = `<w:ftr><w:p><w:r><w:t>a</w:t></w:r></w:p><w:p><w:r><w:t>Harbour</w:t></w:r></w:p><w:tbl><w:tr>${cell('b', '<w:vMerge w:val="restart"/>')}${cell('c')}</w:tr><w:tr>${cell('hidden', '<w:vMerge/>')}${cell('d')}</w:tr></w:tbl></w:ftr>`;

    const bytes = createDocx('<w:p><w:r><w:t>Harbour</w:t></w:r></w:p>', { 'word/footer1.xml': footer });

    expect((await parseBytes('a.docx', bytes)).text).toBe('Harbour\n\na\nb | c\nd');
  });

  const run = (text: string): string => `<w:r><w:t>${text}</w:t></w:r>`;
  const box = (text: string): string => `<w:txbxContent><w:p>${run(text)}</w:p></w:txbxContent>`;
  const spaces =
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:v="urn:schemas-microsoft-com:vml"';

  it.each([
    ['a field', `${run('Figure ')}<w:fldSimple w:instr=" SEQ ">${run('7')}</w:fldSimple>`, 'Figure 7'],
    [
      'another direction',
      `<w:bdo w:val="rtl">${run('שלום')}</w:bdo><w:dir w:val="ltr">${run(' peace')}</w:dir>`,
      'שלום peace',
    ],
    [
      'a reading above it',
      `<w:ruby><w:rt>${run('しお')}</w:rt><w:rubyBase>${run('潮')}</w:rubyBase></w:ruby>`,
      '潮',
    ],
    ['a carriage return within', '<w:r><w:t>one</w:t><w:cr/><w:t>two</w:t></w:r>', 'one\ntwo'],
    [
      'an equation',
      '<m:oMathPara><m:oMath><m:r><m:t>E=</m:t></m:r><m:f><m:num><m:r><m:t>m</m:t></m:r></m:num></m:f></m:oMath></m:oMathPara>',
      'E=m',
    ],
    [
      'a box of the newer kind',
      `<w:r><w:drawing><wps:txbx>${box('Mind the tide')}</wps:txbx></w:drawing></w:r>`,
      'Mind the tide',
    ],
    [
      'a box whose older version is a picture',
      `<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>${box('Mind the tide')}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict/></mc:Fallback></mc:AlternateContent></w:r>`,
      'Mind the tide',
    ],
    [
      'a box in two versions, once',
      `<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>${box('Mind the tide')}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:oval><v:textbox>${box('Mind the tide')}</v:textbox></v:oval></w:pict></mc:Fallback></mc:AlternateContent></w:r>`,
      'Mind the tide',
    ],
  ])('keeps text in %s', async (_what, content, expected) => {
    const bytes = createDocx(`<w:p ${spaces}>${content}</w:p>`);

    expect((await parseBytes('a.docx', bytes)).text).toBe(expected);
  });
});
