import { describe, expect, it } from 'vitest';
import { createZip } from '../../../../../support/create-zip.ts';
import { parseBytes } from '../../../../../support/parse-sample.ts';

function createOdf(
  kind: 'text' | 'spreadsheet' | 'presentation',
  body: string,
  more: Record<string, string> = {},
) {
  return createZip({
    mimetype: `application/vnd.oasis.opendocument.${kind}`,
    'content.xml': `<office:document-content><office:automatic-styles>no text</office:automatic-styles><office:body><office:${kind}>${body}</office:${kind}></office:body></office:document-content>`,
    ...more,
  });
}

describe('an OpenDocument text', () => {
  it('keeps headings, lists, notes and tables, and leaves out comments and what was deleted', async () => {
    const body = `<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>
      <text:h text:outline-level="2">Knots</text:h>
      <text:p>A bowline<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>from bow</text:p></text:note-body></text:note> holds.<office:annotation><text:p>really?</text:p></office:annotation></text:p>
      <text:list><text:list-item><text:p>one<text:s text:c="2"/>end</text:p></text:list-item><text:list-item/></text:list>
      <text:p>after</text:p>
      <table:table><table:table-row><table:table-cell><text:p>Knot</text:p></table:table-cell><table:table-cell><text:p>Use</text:p></table:table-cell></table:table-row>
      <table:table-row><table:table-cell><text:p>Hitch</text:p><text:p>half</text:p></table:table-cell><table:table-cell><text:p>post</text:p></table:table-cell></table:table-row></table:table>`;
    const styles = '<x><style:header><text:p>Harbour &amp; sons</text:p></style:header></x>';

    const { sections, contentType } = await parseBytes(
      'a.odt',
      createOdf('text', body, { 'styles.xml': styles }),
    );

    expect(contentType).toBe('application/vnd.oasis.opendocument.text');
    expect(sections[0]?.text).toBe(
      'Knots\n\nA bowline (from bow) holds.\n- one  end\n\nafter\n\nKnot | Use\nHitch half | post\n\nHarbour & sons',
    );
    expect(sections[0]?.headings).toEqual([{ offset: 0, level: 2, title: 'Knots' }]);
    expect(sections[0]?.tables).toHaveLength(1);
  });

  it('may be one XML file, whose pictures are no text', async () => {
    const flat = (kind: string, body: string): string =>
      `<?xml version="1.0"?>\n<office:document xmlns:office="o" office:mimetype="application/vnd.oasis.opendocument.${kind}"><office:master-styles><style:header><text:p>Log book</text:p></style:header></office:master-styles><office:body><office:${kind}>${body}</office:${kind}></office:body></office:document>`;
    const picture = '<draw:image><office:binary-data>iVBORw0KGgo=</office:binary-data></draw:image>';

    const text = await parseBytes('a.fodt', flat('text', `<text:p>High ${picture}water</text:p>`));
    const slides = await parseBytes(
      'a.xml',
      flat('presentation', '<draw:page/><draw:page><text:p>Ports</text:p></draw:page>'),
    );

    expect(text.text).toBe('High water\n\nLog book');
    expect(text.contentType).toBe('application/vnd.oasis.opendocument.text');
    expect(slides.sections.at(-1)).toMatchObject({ page: 2, text: 'Ports' });
    await expect(parseBytes('a.fodg', flat('drawing', ''))).rejects.toMatchObject({
      kind: 'UNSUPPORTED_FILE',
    });
  });

  it('with a password is refused', async () => {
    const manifest = '<m><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></m>';

    await expect(
      parseBytes('a.odt', createOdf('text', '', { 'META-INF/manifest.xml': manifest })),
    ).rejects.toMatchObject({
      kind: 'UNSUPPORTED_FILE',
      message: expect.stringContaining('encrypted') as string,
    });
  });
});

describe('an OpenDocument spreadsheet', () => {
  const text = (value: string): string =>
    `<table:table-cell office:value-type="string"><text:p>${value}</text:p></table:table-cell>`;
  const number = (value: number): string =>
    `<table:table-cell office:value-type="float" office:value="${value}"><text:p>shown</text:p></table:table-cell>`;

  it('has a record for each row, those that it writes once with a number as well', async () => {
    const body = `<table:table table:name="Stock"><table:table-row>${text('part')}${text('count')}</table:table-row>
      <table:table-row table:number-rows-repeated="2">${text('block')}${number(4)}</table:table-row>
      <table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>`;

    const { sections } = await parseBytes('a.ods', createOdf('spreadsheet', body));

    expect(sections.map(({ values }) => values)).toEqual([
      { part: 'block', count: 4 },
      { part: 'block', count: 4 },
    ]);
    expect(sections[0]?.openHeadings).toEqual(['Stock']);
  });

  it.each([
    [
      'rows',
      `<table:table-row table:number-rows-repeated="1000000">${text('x')}</table:table-row>`,
      /repeated 1000000 times/,
    ],
    [
      'columns',
      '<table:table-row><table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="9999999"/></table:table-row>',
      /9999999 columns/,
    ],
  ])('that repeats %s without end is refused', async (_what, row, words) => {
    const bytes = createOdf('spreadsheet', `<table:table table:name="S">${row}</table:table>`);

    await expect(parseBytes('a.ods', bytes)).rejects.toMatchObject({
      kind: 'VALIDATION',
      location: 'sheet "S", row 1',
      message: expect.stringMatching(words) as string,
    });
  });
});

describe('an OpenDocument presentation', () => {
  it('has a page for each slide', async () => {
    const page = (line: string): string =>
      `<draw:page><draw:frame><text:p>${line}</text:p></draw:frame></draw:page>`;

    const { sections } = await parseBytes('a.odp', createOdf('presentation', page('First') + page('Second')));

    expect(sections.map(({ page: number, text }) => [number, text])).toEqual([
      [1, 'First'],
      [2, 'Second'],
    ]);
  });
});
